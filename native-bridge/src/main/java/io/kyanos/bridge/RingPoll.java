package io.kyanos.bridge;

/** What one {@link RingReader#poll} did. Reused: overwritten by the next poll it is passed to. Not thread-safe. */
public final class RingPoll {

    static final int WATERMARK = 0;
    static final int DRAINED = 1;
    static final int HEADER = 2;
    static final int START = 0;
    static final int END = 1;
    static final int WAITING = 2;
    static final int LOST = 3;
    static final int PER_RING = 4;

    final long[] out;

    RingPoll(int rings) {
        out = new long[HEADER + rings * PER_RING];
    }

    /**
     * CLOCK_MONOTONIC in nanoseconds: everything that entered the rings before this moment has been handed out by this
     * or an earlier poll. Never goes back; 0 until it first holds. It was read before the producer positions of all
     * rings were sampled and is given once all rings are drained up to them, be it several polls later.
     */
    public long watermarkNanos() {
        return out[WATERMARK];
    }

    /** Whether this poll itself drained all that it saw waiting. If not, poll again without waiting. */
    public boolean isDrained() {
        return out[DRAINED] != 0;
    }

    /** Index in the slab of the first byte of {@code ring}'s records. */
    public int start(int ring) {
        return (int) out[HEADER + ring * PER_RING + START];
    }

    /** Index in the slab after the last byte of {@code ring}'s records; equal to the start when there are none. */
    public int end(int ring) {
        return (int) out[HEADER + ring * PER_RING + END];
    }

    /** Bytes, headers included, that were in {@code ring} when sampled and stay for the next poll. */
    public long waitingBytes(int ring) {
        return out[HEADER + ring * PER_RING + WAITING];
    }

    /**
     * Records of perf buffers that found no room, since the reader was opened, as far as the kernel has reported: it
     * reports them with the next record of the same CPU that finds room. The programs that sent them knew at once, and
     * their counts are the ones to use. Always 0 for a BPF ring.
     */
    public long lostRecords(int ring) {
        return out[HEADER + ring * PER_RING + LOST];
    }
}
