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

    private final int capacity;
    private long[] positions = new long[SMALLEST];
    private long[] lengths = new long[SMALLEST];
    private long[] enteredAt = new long[SMALLEST];
    private long[] exitedAt = new long[SMALLEST];
    private int first;
    private int size;

    /** An empty stream; {@code capacity} is rounded up to a power of two. */
    KernelEventStream(int capacity) {
        this.capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, capacity - 1)) << 1);
    }

    void add(long position, long length, long entered, long exited) {
        if (size == positions.length) {
            makeRoom();
        }
        int slot = slot(size);
        positions[slot] = position;
        lengths[slot] = length;
        enteredAt[slot] = entered;
        exitedAt[slot] = exited;
        size++;
    }

    /** Forgets the calls that carried nothing at or after {@code position}. */
    void prune(long position) {
        while (size > 0 && positions[first] + lengths[first] <= position) {
            first = (first + 1) & (positions.length - 1);
            size--;
        }
    }

    /** When the call of the byte at {@code position} was entered, or {@link #NONE} if no call is known. */
    long enteredAt(long position) {
        return size == 0 ? NONE : enteredAt[slot(indexAt(position))];
    }

    /** When the call of the byte at {@code position} returned, or {@link #NONE} if no call is known. */
    long exitedAt(long position) {
        return size == 0 ? NONE : exitedAt[slot(indexAt(position))];
    }

    /** The calls that carried bytes of {@code [start, end)}, with the bytes each carried of them. */
    List<StepTime> calls(long start, long end, long epochOffsetNanos) {
        List<StepTime> calls = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int slot = slot(i);
            long from = Math.max(start, positions[slot]);
            long to = Math.min(end, positions[slot] + lengths[slot]);
            if (from < to) {
                calls.add(new StepTime(to - from, exitedAt[slot] + epochOffsetNanos));
            }
        }
        return calls;
    }

    void clear() {
        first = 0;
        size = 0;
    }

    /** The last call that began at or before {@code position}; the first one if all began after it. */
    private int indexAt(long position) {
        int low = 0;
        int high = size - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (positions[slot(middle)] <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private int slot(int index) {
        return (first + index) & (positions.length - 1);
    }

    private void makeRoom() {
        if (positions.length < capacity) {
            positions = grown(positions);
            lengths = grown(lengths);
            enteredAt = grown(enteredAt);
            exitedAt = grown(exitedAt);
            first = 0;
            return;
        }
        int second = slot(1);
        positions[second] = positions[first];
        lengths[second] = lengths[first];
        enteredAt[second] = enteredAt[first];
        exitedAt[second] = exitedAt[first];
        first = second;
        size--;
    }

    private long[] grown(long[] ring) {
        long[] larger = new long[ring.length * 2];
        for (int i = 0; i < size; i++) {
            larger[i] = ring[(first + i) & (ring.length - 1)];
        }
        return larger;
    }
}
