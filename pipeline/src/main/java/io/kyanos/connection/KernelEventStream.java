package io.kyanos.connection;

import io.kyanos.record.StepTime;
import java.util.ArrayList;
import java.util.List;

/**
 * The system calls that moved the bytes of one direction, by stream position, as long as a message may still ask for
 * them. Holds at most {@code capacity} calls; when full the second oldest goes, so that the call of the first byte of a
 * very long message stays known. Not thread-safe.
 */
final class KernelEventStream {

    static final long NONE = -1;

    private static final int SMALLEST = 8;

    /* One call is POSITION, LENGTH, ENTERED_AT, EXITED_AT, side by side: of many connections each is far from the cache. */
    private static final int POSITION = 0;
    private static final int LENGTH = 1;
    private static final int ENTERED_AT = 2;
    private static final int EXITED_AT = 3;
    private static final int FIELDS = 4;

    private final int capacity;
    private long[] ring = new long[SMALLEST * FIELDS];
    private int first;
    private int size;

    /** An empty stream; {@code capacity} is rounded up to a power of two. */
    KernelEventStream(int capacity) {
        this.capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, capacity - 1)) << 1);
    }

    /** Adds a call, or a further piece of the last one. */
    void add(long position, long length, long entered, long exited) {
        if (size > 0 && isPieceOfLast(position, entered, exited)) {
            ring[slot(size - 1) + LENGTH] += length;
            return;
        }
        if (size == slots()) {
            makeRoom();
        }
        int slot = slot(size);
        ring[slot + POSITION] = position;
        ring[slot + LENGTH] = length;
        ring[slot + ENTERED_AT] = entered;
        ring[slot + EXITED_AT] = exited;
        size++;
    }

    /** Forgets the calls that carried nothing at or after {@code position}. */
    void prune(long position) {
        while (size > 0 && end(slot(0)) <= position) {
            first = (first + 1) & (slots() - 1);
            size--;
        }
        if (size == 0) {
            first = 0;
        }
    }

    /** When the call of the byte at {@code position} was entered, or {@link #NONE} if no call is known. */
    long enteredAt(long position) {
        return size == 0 ? NONE : ring[slot(indexAt(position)) + ENTERED_AT];
    }

    /** When the call of the byte at {@code position} returned, or {@link #NONE} if no call is known. */
    long exitedAt(long position) {
        return size == 0 ? NONE : ring[slot(indexAt(position)) + EXITED_AT];
    }

    /** The calls that carried bytes of {@code [start, end)}, with the bytes each carried of them. */
    List<StepTime> calls(long start, long end, long epochOffsetNanos) {
        List<StepTime> calls = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int slot = slot(i);
            long from = Math.max(start, ring[slot + POSITION]);
            long to = Math.min(end, end(slot));
            if (from < to) {
                calls.add(new StepTime(to - from, ring[slot + EXITED_AT] + epochOffsetNanos));
            }
        }
        return calls;
    }

    void clear() {
        first = 0;
        size = 0;
    }

    /** No call of a direction has both times of another. */
    private boolean isPieceOfLast(long position, long entered, long exited) {
        int last = slot(size - 1);
        return end(last) == position && ring[last + ENTERED_AT] == entered && ring[last + EXITED_AT] == exited;
    }

    /** The last call that began at or before {@code position}; the first one if all began after it. */
    private int indexAt(long position) {
        int low = 0;
        int high = size - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (ring[slot(middle) + POSITION] <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private int slots() {
        return ring.length / FIELDS;
    }

    /** Where the fields of the call at {@code index} begin. */
    private int slot(int index) {
        return ((first + index) & (slots() - 1)) * FIELDS;
    }

    private long end(int slot) {
        return ring[slot + POSITION] + ring[slot + LENGTH];
    }

    private void makeRoom() {
        if (slots() < capacity) {
            long[] larger = new long[ring.length * 2];
            for (int i = 0; i < size; i++) {
                System.arraycopy(ring, slot(i), larger, i * FIELDS, FIELDS);
            }
            ring = larger;
            first = 0;
            return;
        }
        System.arraycopy(ring, slot(0), ring, slot(1), FIELDS);
        first = (first + 1) & (slots() - 1);
        size--;
    }
}
