package io.kyanos.protocol.http2;

import org.jspecify.annotations.Nullable;

/**
 * The fields that one side of a connection has numbered, newest first. After a loss, or where the beginning of the connection was
 * not seen, older ones are unknown. Not thread-safe.
 */
// https://www.rfc-editor.org/rfc/rfc7541#section-2.3.2
final class FieldTable {

    static final int DEFAULT_BYTES = 4096;

    /** More is not kept of one table, whatever the other side allows. */
    static final int MOST_BYTES = 1 << 16;

    private static final int ENTRY_BYTES = 32;
    private static final int FIRST_CAPACITY = 16;

    private byte @Nullable [][] names = new byte[FIRST_CAPACITY][];
    private byte @Nullable [][] values = new byte[FIRST_CAPACITY][];
    private int newest;
    private int count;
    private int bytes;
    private int maxBytes = DEFAULT_BYTES;

    /** How many there are; what is older is unknown or is not there. */
    int count() {
        return count;
    }

    /** The name at {@code index}, counted from the newest, 0; null if it is unknown. */
    byte @Nullable [] name(int index) {
        return index < count ? names[slot(index)] : null;
    }

    byte @Nullable [] value(int index) {
        return index < count ? values[slot(index)] : null;
    }

    /** A field becomes the newest. What is null is unknown; such a field counts as if it were empty. */
    void add(byte @Nullable [] name, byte @Nullable [] value) {
        int size = ENTRY_BYTES + (name == null ? 0 : name.length) + (value == null ? 0 : value.length);
        evict(maxBytes - size);
        if (size > maxBytes) {
            return;
        }
        if (count == names.length) {
            grow();
        }
        newest = (newest - 1) & (names.length - 1);
        names[newest] = name;
        values[newest] = value;
        count++;
        bytes += size;
    }

    void maxBytes(int most) {
        maxBytes = Math.min(most, MOST_BYTES);
        evict(maxBytes);
    }

    /** All of it is unknown from now on. */
    void forget() {
        evict(-1);
    }

    private void evict(int room) {
        while (count > 0 && bytes > room) {
            int oldest = slot(--count);
            byte[] name = names[oldest];
            byte[] value = values[oldest];
            bytes -= ENTRY_BYTES + (name == null ? 0 : name.length) + (value == null ? 0 : value.length);
            names[oldest] = null;
            values[oldest] = null;
        }
    }

    private int slot(int index) {
        return (newest + index) & (names.length - 1);
    }

    private void grow() {
        byte[][] moreNames = new byte[2 * names.length][];
        byte[][] moreValues = new byte[2 * names.length][];
        for (int i = 0; i < count; i++) {
            moreNames[i] = names[slot(i)];
            moreValues[i] = values[slot(i)];
        }
        names = moreNames;
        values = moreValues;
        newest = 0;
    }
}
