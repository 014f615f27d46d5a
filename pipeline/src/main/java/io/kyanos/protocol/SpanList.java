package io.kyanos.protocol;

import java.util.Arrays;

/** Spans of one view, in order. Grows to the most that was needed and is reused; not thread-safe. */
public final class SpanList {

    private static final int SMALLEST = 16;

    private int[] ends = new int[SMALLEST];
    private int size;

    /** Adds {@code [from, to)}, which does not begin before the end of the last one; joins what touches. */
    public void add(int from, int to) {
        if (from < 0 || to < from || (size > 0 && from < ends[size - 1])) {
            throw new IllegalArgumentException("span: [" + from + ", " + to + ") (expected: in order)");
        }
        if (size > 0 && from == ends[size - 1]) {
            ends[size - 1] = to;
            return;
        }
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, 2 * size);
        }
        ends[size++] = from;
        ends[size++] = to;
    }

    public int count() {
        return size / 2;
    }

    public int from(int index) {
        return ends[2 * index];
    }

    public int to(int index) {
        return ends[2 * index + 1];
    }

    public void clear() {
        size = 0;
    }
}
