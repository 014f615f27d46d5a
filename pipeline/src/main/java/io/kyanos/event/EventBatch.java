package io.kyanos.event;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one poll of all rings brought: a slab with the events' bytes, and the events in order of {@code emitted_at}
 * across channels. Filled and ordered by the reading side, then immutable. Whoever hands the batch on retains it once
 * per further holder; the last release gives the slab back to its pool, after which nothing of the batch may be read.
 */
public final class EventBatch {

    private static final int INITIAL_EVENTS = 256;
    private static final byte[] NONE = {};

    private final byte[] slab;
    private final Consumer<EventBatch> recycler;
    private final AtomicInteger holders = new AtomicInteger(1);
    private int[] offsets = new int[INITIAL_EVENTS];
    private int[] lengths = new int[INITIAL_EVENTS];
    private byte @Nullable [] @Nullable [] replaced; // by index; null where nothing is
    private byte[] shares = NONE; // by index; shorter than size where nothing is divided
    private int size;
    private long watermark;

    /** An empty batch over {@code slab}; {@code recycler} takes it when its last holder has released it. */
    public EventBatch(byte[] slab, Consumer<EventBatch> recycler) {
        this.slab = slab;
        this.recycler = recycler;
    }

    public byte[] slab() {
        return slab;
    }

    public int size() {
        return size;
    }

    /**
     * No event that is not yet here was emitted before this moment (monotonic nanoseconds), but for the few late ones
     * whose program had read the clock and not yet reached its ring.
     */
    public long watermark() {
        return watermark;
    }

    /** What the event at {@code index} stands in: the slab, unless it was replaced. */
    public byte[] bytes(int index) {
        byte[] other = replaced == null ? null : replaced[checkIndex(index)];
        return other == null ? slab : other;
    }

    /** Where the event begins in {@link #bytes}. */
    public int offset(int index) {
        return offsets[checkIndex(index)];
    }

    public int length(int index) {
        return lengths[checkIndex(index)];
    }

    /** Stands {@code decoder} on the event at {@code index}; false if its bytes are not a whole event. */
    public boolean read(int index, EventDecoder decoder) {
        return decoder.wrap(bytes(index), offset(index), length(index));
    }

    /** Empties the batch for a new poll. For the reading side only. */
    public void restart() {
        size = 0;
        replaced = null;
        holders.set(1);
    }

    public void add(int offset, int length) {
        if (size == offsets.length) {
            offsets = Arrays.copyOf(offsets, size * 2);
            lengths = Arrays.copyOf(lengths, size * 2);
        }
        offsets[size] = offset;
        lengths[size] = length;
        size++;
    }

    /** Puts {@code event}, not copied, in the place of another. Before the batch is handed on. */
    public void replace(int index, byte[] event) {
        offsets[checkIndex(index)] = 0;
        lengths[index] = event.length;
        if (replaced == null) {
            replaced = new byte[size][];
        }
        replaced[index] = event;
    }

    /** Makes the event at {@code index} one of those with this number. Before the batch is handed on to several. */
    public void share(int index, byte number) {
        if (shares.length <= checkIndex(index)) {
            shares = Arrays.copyOf(shares, offsets.length);
        }
        shares[index] = number;
    }

    /** The number that {@link #share(int, byte)} has given the event. */
    public byte share(int index) {
        return shares[checkIndex(index)];
    }

    public void watermark(long newWatermark) {
        watermark = newWatermark;
    }

    public void retain() {
        if (holders.getAndIncrement() <= 0) {
            throw new IllegalStateException("retain after the last release");
        }
    }

    public void release() {
        int left = holders.decrementAndGet();
        if (left == 0) {
            recycler.accept(this);
        } else if (left < 0) {
            throw new IllegalStateException("release: one more than holders");
        }
    }

    private int checkIndex(int index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("event: " + index + " (expected: < " + size + ")");
        }
        return index;
    }
}
