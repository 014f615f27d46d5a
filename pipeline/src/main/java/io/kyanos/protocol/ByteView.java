package io.kyanos.protocol;

import java.nio.charset.StandardCharsets;

/**
 * A window over contiguous bytes of one direction. A reused flyweight on the hot path: mutable, not thread-safe, and
 * valid only during the call it is passed to. Indexes count from the window's first byte; reading outside of the window
 * throws {@link IndexOutOfBoundsException}.
 */
public final class ByteView {

    private static final byte[] NOTHING = {};

    private byte[] array = NOTHING;
    private int offset;
    private int length;

    public ByteView() {}

    public ByteView(byte[] array, int offset, int length) {
        wrap(array, offset, length);
    }

    public static ByteView of(String latin1) {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return new ByteView(bytes, 0, bytes.length);
    }

    public void wrap(byte[] newArray, int newOffset, int newLength) {
        if (newOffset < 0 || newLength < 0 || newOffset > newArray.length - newLength) {
            throw new IndexOutOfBoundsException(
                    "window: " + newOffset + "+" + newLength + " (expected: within " + newArray.length + ")");
        }
        array = newArray;
        offset = newOffset;
        length = newLength;
    }

    public int length() {
        return length;
    }

    public boolean isEmpty() {
        return length == 0;
    }

    public byte byteAt(int index) {
        if (index < 0 || index >= length) {
            throw new IndexOutOfBoundsException("index: " + index + " (expected: < " + length + ")");
        }
        return array[offset + index];
    }

    /** Index of {@code value} in {@code [from, to)}, or -1. */
    public int indexOf(byte value, int from, int to) {
        int end = offset + Math.min(to, length);
        for (int i = offset + Math.max(from, 0); i < end; i++) {
            if (array[i] == value) {
                return i - offset;
            }
        }
        return -1;
    }

    /** Index of the CR of the first CR LF that begins in {@code [from, to)} and lies within the window, or -1. */
    public int indexOfCrLf(int from, int to) {
        int end = offset + Math.min(to, length - 1);
        for (int i = offset + Math.max(from, 0); i < end; i++) {
            if (array[i] == '\r' && array[i + 1] == '\n') {
                return i - offset;
            }
        }
        return -1;
    }

    public boolean startsWith(byte[] expected, int at) {
        if (at < 0 || at > length - expected.length) {
            return false;
        }
        for (int i = 0; i < expected.length; i++) {
            if (array[offset + at + i] != expected[i]) {
                return false;
            }
        }
        return true;
    }

    /** A copy of {@code [from, to)}, each byte one character. */
    public String latin1(int from, int to) {
        checkRange(from, to);
        return new String(array, offset + from, to - from, StandardCharsets.ISO_8859_1);
    }

    /** A copy of {@code [from, to)} as UTF-8, malformed parts replaced. */
    public String utf8(int from, int to) {
        checkRange(from, to);
        return new String(array, offset + from, to - from, StandardCharsets.UTF_8);
    }

    public void copyTo(int from, byte[] target, int targetOffset, int count) {
        checkRange(from, from + count);
        System.arraycopy(array, offset + from, target, targetOffset, count);
    }

    private void checkRange(int from, int to) {
        if (from < 0 || to < from || to > length) {
            throw new IndexOutOfBoundsException("range: [" + from + ", " + to + ") (expected: within " + length + ")");
        }
    }
}
