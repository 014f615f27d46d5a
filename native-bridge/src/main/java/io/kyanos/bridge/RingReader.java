package io.kyanos.bridge;

import java.util.List;

/**
 * The consumer of several BPF ring buffers, or of perf buffers in their place. {@link #poll} and {@link #await} belong
 * to one thread at a time (a second one gets {@link IllegalStateException}); {@link #wakeup} and {@link #close} may
 * come from any thread. A reader keeps its rings and flags alive by itself: the objects may be closed before it.
 *
 * <p>A ring has one consumer position, so it must have one reader. Ring memory is never seen by Java: each poll is one
 * native call that copies records into the caller's array.
 *
 * <p>Records stay framed as the kernel frames them, one after the other, each beginning at a multiple of 8 from the
 * start of its ring's range:
 * <pre>
 *   0       4             8            8 + length      padded to a multiple of 8
 *   | length | page offset | data ...  | padding |
 * </pre>
 * {@code length} is a u32 without flag bits; the page offset means nothing here; the padding is undefined. Discarded
 * records are left out. From perf buffers come the same frames, but the padding counts into the length, which is so a
 * multiple of 8 plus 4.
 *
 * <p>Perf buffers: a ring is one buffer for each CPU that is online when the reader opens. Its records come in order of the
 * u64 that each must begin with, the least first, whatever CPU wrote them; those of one CPU keep the order in which
 * they were written where that differs. What a program writes on another CPU finds no buffer, and the program learns
 * so.
 *
 * <p>Sleep: {@code await} sets the flags (each a u32 global of an object), then looks at the rings again, then sleeps
 * until a ring's wake-up. The kernel side may submit with {@code BPF_RB_NO_WAKEUP} while its flag is 0 and must force
 * the wake-up while it is not. It must read the flag between reserve and submit, after a full barrier (an atomic
 * operation whose result is used); with {@code bpf_ringbuf_output} a wake-up can be lost for the length of the timeout.
 * Perf buffers wake their reader whenever they have taken so many bytes more, whether it sleeps or dozes, and never for
 * less: a sleeping reader looks at them from time to time. While it dozes it does not even look at the beginning.
 */
public final class RingReader implements AutoCloseable {

    /** What a reader reads as one ring. */
    public sealed interface Origin permits Ring, PerfBuffers {}

    /** A ring buffer map of a loaded object. */
    public record Ring(BpfObject object, String map) implements Origin {}

    /**
     * A map of a loaded object made by {@link BpfObject#usePerfBuffers}, and the sizes of the buffer of each CPU.
     *
     * @param bytesPerCpu for records; a power of two, at least a page
     * @param wakeBytes the reader is woken whenever so many have been written, at most the buffer's size
     * @param lookMillis at least 1: a reader that sleeps looks so often whether something has come
     */
    public record PerfBuffers(BpfObject object, String map, int bytesPerCpu, int wakeBytes, int lookMillis)
            implements Origin {}

    /** A u32 global of a loaded object: 0 while the reader is awake, 1 while it sleeps, 2 while it dozes. */
    public record SleepFlag(BpfObject object, String variable) {}

    /** Rings that one reader takes at most. */
    public static final int MAX_RINGS = 64;

    /** Sleep flags that one reader takes at most. */
    public static final int MAX_FLAGS = 64;

    private static final int ASLEEP = 1;
    private static final int DOZING = 2;

    private final Handle handle;
    private final int rings;

    private RingReader(Handle handle, int rings) {
        this.handle = handle;
        this.rings = rings;
    }

    /** Opens a reader of {@code rings}, which are numbered from 0 in this order. */
    public static RingReader open(List<? extends Origin> rings, List<SleepFlag> flags) {
        if (rings.isEmpty() || rings.size() > MAX_RINGS || flags.size() > MAX_FLAGS) {
            throw new IllegalArgumentException("reader: " + rings.size() + " rings, " + flags.size()
                    + " flags (expected: 1 to " + MAX_RINGS + ", 0 to " + MAX_FLAGS + ")");
        }
        Handle handle = new Handle("ring reader", Native.readerOpen());
        try {
            for (Origin ring : rings) {
                add(handle, ring);
            }
            for (SleepFlag flag : flags) {
                Native.readerAddFlag(handle.value(), flag.object().handle(), flag.variable());
            }
        } catch (RuntimeException e) {
            handle.close(Native::readerClose);
            throw e;
        }
        return new RingReader(handle, rings.size());
    }

    private static void add(Handle handle, Origin origin) {
        if (origin instanceof PerfBuffers perf) {
            Native.readerAddPerf(
                    handle.value(),
                    perf.object().handle(),
                    perf.map(),
                    perf.bytesPerCpu(),
                    perf.wakeBytes(),
                    perf.lookMillis());
        } else if (origin instanceof Ring ring) {
            Native.readerAddRing(handle.value(), ring.object().handle(), ring.map());
        }
    }

    public int rings() {
        return rings;
    }

    /** A result for {@link #poll} that fits this reader. */
    public RingPoll newPoll() {
        return new RingPoll(rings);
    }

    /**
     * Copies what waits in the rings into {@code slab[offset, offset + capacity)} and frees it in the rings. Never
     * blocks. Begins with the first ring, which sees all that was written before what later rings give; rings that had
     * to wait for room come first in the next poll.
     *
     * @return bytes copied; 0 when nothing waits or the next record is still being written
     * @throws IllegalArgumentException when a record does not fit the whole capacity; it stays in the ring
     */
    public int poll(byte[] slab, int offset, int capacity, RingPoll result) {
        return Native.readerPoll(handle.value(), slab, offset, capacity, result.out);
    }

    /**
     * Waits until something is in a ring, {@link #wakeup}, {@link #close}, or the time is over. Returns at once when
     * something waits already.
     *
     * @param timeoutMillis at most {@link Integer#MAX_VALUE}; 0 looks only
     * @return whether something is (or was) in a ring
     */
    public boolean await(long timeoutMillis) {
        return sleep(timeoutMillis, ASLEEP);
    }

    /**
     * As {@link #await}, but the flags tell the kernel side that the reader only dozes (2 instead of 1): it may leave
     * it alone until enough waits. What comes in meanwhile ends the doze only then.
     */
    public boolean doze(long timeoutMillis) {
        return sleep(timeoutMillis, DOZING);
    }

    private boolean sleep(long timeoutMillis, int depth) {
        if (timeoutMillis < 0 || timeoutMillis > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "timeout: " + timeoutMillis + " ms (expected: 0 to " + Integer.MAX_VALUE + ")");
        }
        return Native.readerAwait(handle.value(), (int) timeoutMillis, depth);
    }

    /** Ends the {@link #await} in progress, or the next one. */
    public void wakeup() {
        Native.readerWakeup(handle.value());
    }

    /**
     * Ends an {@link #await} in progress, waits until the reading thread has left, and unmaps the rings. A second close
     * does nothing.
     */
    @Override
    public void close() {
        handle.close(Native::readerClose);
    }
}
