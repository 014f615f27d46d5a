package io.kyanos.connection;

import io.kyanos.protocol.ByteView;

/**
 * Contiguous bytes of one direction, addressed by stream position. Works in place on the event's memory while a message
 * lies within one event and copies only what is left over; holds at most {@code capacity} bytes of its own, in an array
 * that it gives to the next buffer as soon as nothing is left. Not thread-safe.
 */
final class StreamBuffer {

    private static final byte[] NOTHING = {};

    private final int capacity;
    private final MemoryBudget budget;
    private final ByteView view = new ByteView();

    private byte[] own = NOTHING;
    private byte[] bytes = NOTHING;
    private int start;
    private int end;
    private long position;

    StreamBuffer(int capacity, MemoryBudget budget) {
        this.capacity = capacity;
        this.budget = budget;
    }

    /** Stream position of the first byte that is not consumed. */
    long position() {
        return position;
    }

    /** Stream position after the last byte that is here. */
    long end() {
        return position + available();
    }

    int available() {
        return end - start;
    }

    boolean isEmpty() {
        return start == end;
    }

    /** What is not consumed. Valid until the next call of any other method. */
    ByteView view() {
        view.wrap(bytes, start, end - start);
        return view;
    }

    /** The first {@code count} bytes of what is not consumed; valid as {@link #view()} is. */
    ByteView view(int count) {
        view.wrap(bytes, start, Math.min(count, end - start));
        return view;
    }

    /** Drops what is here and stands at {@code newPosition}. */
    void moveTo(long newPosition) {
        position = newPosition;
        forget();
    }

    /**
     * Adds bytes at {@link #end()}. They may be viewed in place until {@link #settle}, which must be called before their
     * memory is given back.
     *
     * @return false, with nothing added, if what is here and these together exceed the capacity or the budget
     */
    boolean add(byte[] source, int offset, int length) {
        if (isEmpty()) {
            bytes = source;
            start = offset;
            end = offset + length;
            return true;
        }
        if (!settle() || !reserve(available() + length)) {
            return false;
        }
        System.arraycopy(source, offset, own, end, length);
        end += length;
        return true;
    }

    void consume(int count) {
        if (count < 0 || count > available()) {
            throw new IllegalArgumentException("consume: " + count + " (expected: <= " + available() + ")");
        }
        start += count;
        position += count;
    }

    /**
     * Copies what is left out of memory that is not the buffer's own.
     *
     * @return false if that would exceed the capacity or the budget: the bytes are dropped and the position stays
     */
    boolean settle() {
        if (isEmpty()) {
            forget();
            return true;
        }
        if (bytes == own) {
            return true;
        }
        byte[] source = bytes;
        int from = start;
        int count = available();
        start = 0;
        end = 0;
        bytes = own;
        if (!reserve(count)) {
            return false;
        }
        System.arraycopy(source, from, own, 0, count);
        end = count;
        return true;
    }

    /** Gives everything back. */
    void close() {
        forget();
    }

    /** Makes {@code own} hold {@code needed} bytes, keeping what is in it. Only called while {@code bytes} is {@code own}. */
    private boolean reserve(int needed) {
        if (needed > capacity) {
            return false;
        }
        int kept = available();
        if (own.length < needed) {
            int size = Math.min(capacity, Math.max(SpareArrays.SMALLEST, Integer.highestOneBit(needed - 1) << 1));
            if (!budget.take(size - own.length)) {
                return false;
            }
            if (own.length == 0) {
                budget.enter();
            }
            byte[] larger = budget.spares().take(size);
            System.arraycopy(bytes, start, larger, 0, kept);
            budget.spares().give(own);
            own = larger;
            bytes = larger;
            start = 0;
            end = kept;
        } else if (start > 0 && own.length - start < needed) {
            System.arraycopy(own, start, own, 0, kept);
            start = 0;
            end = kept;
        }
        return true;
    }

    private void forget() {
        if (own.length > 0) {
            budget.giveBack(own.length);
            budget.leave();
            budget.spares().give(own);
            own = NOTHING;
        }
        bytes = NOTHING;
        start = 0;
        end = 0;
    }
}
