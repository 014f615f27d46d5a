package io.kyanos.reassembly;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The segments of one direction that wait, by position; none overlaps another. Of bytes that come twice the first ones stay.
 * Not thread-safe.
 */
final class HeldSegments {

    private static final int FEW = 8;

    private @Nullable Segment[] segments = new Segment[FEW];
    private int first;
    private int size;
    private int memory;

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** Bytes of memory, about. */
    int memory() {
        return memory;
    }

    @Nullable
    Segment first() {
        return size == 0 ? null : segment(0);
    }

    void removeFirst() {
        memory -= segment(0).memory();
        segments[first] = null;
        first++;
        size--;
        if (size == 0) {
            first = 0;
        }
    }

    /** Adds those parts of the packet's bytes, which are copied, that no other segment has. */
    void add(
            long position,
            int length,
            byte[] array,
            int offset,
            int captured,
            long capturedAt,
            long number,
            long knows,
            boolean pushed) {
        long end = position + length;
        int index = indexAfter(position);
        long at = index > 0 ? Math.max(position, segment(index - 1).end()) : position;
        while (at < end) {
            long until = index < size ? Math.min(end, segment(index).position) : end;
            if (at < until) {
                int from = (int) Math.min(at - position, captured);
                int to = (int) Math.min(until - position, captured);
                byte[] bytes = Arrays.copyOfRange(array, offset + from, offset + to);
                boolean isLast = until == end;
                insert(index, new Segment(at, (int) (until - at), bytes, capturedAt, number, knows, isLast && pushed));
                index++;
            }
            if (index == size) {
                return;
            }
            at = segment(index).end();
            index++;
        }
    }

    private Segment segment(int index) {
        Segment segment = segments[first + index];
        if (segment == null) {
            throw new IndexOutOfBoundsException("segment: " + index + " (expected: < " + size + ")");
        }
        return segment;
    }

    /** The number of segments that begin at the position or before it. */
    private int indexAfter(long position) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (segment(middle).position <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void insert(int index, Segment segment) {
        if (first + size == segments.length) {
            int room = size + 1 > segments.length / 2 ? segments.length * 2 : segments.length;
            @Nullable Segment[] moved = new Segment[room];
            System.arraycopy(segments, first, moved, 0, size);
            segments = moved;
            first = 0;
        }
        int at = first + index;
        System.arraycopy(segments, at, segments, at + 1, size - index);
        segments[at] = segment;
        size++;
        memory += segment.memory();
    }
}
