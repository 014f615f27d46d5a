package io.kyanos.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A window over contiguous bytes of one direction. A reused flyweight on the hot path: mutable, not thread-safe, and
 * valid only during the call it is passed to. Indexes count from the window's first byte; reading outside the window
 * throws {@link IndexOutOfBoundsException}.
 */
public final class ByteView {

    private static final byte[] NOTHING = {};

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH_BYTE = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

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
        return array[offset + Objects.checkIndex(index, length)];
    }

    /** Index of {@code value} in {@code [from, to)}, or -1. */
    public int indexOf(byte value, int from, int to) {
        int end = offset + Math.min(to, length);
        int at = offset + Math.max(from, 0);
        // Eight bytes at a time, as heads are scanned several times and are most of what HTTP parsing reads.
        long wanted = (value & 0xffL) * EACH_BYTE;
        for (; at <= end - Long.BYTES; at += Long.BYTES) {
            long zeroWhereEqual = (long) LONG.get(array, at) ^ wanted;
            long highBitOfZeros = (zeroWhereEqual - EACH_BYTE) & ~zeroWhereEqual & HIGH_BITS;
            if (highBitOfZeros != 0) {
                // Borrows spoil only bytes above the lowest zero, which is the first in the array.
                return at - offset + Long.numberOfTrailingZeros(highBitOfZeros) / Byte.SIZE;
            }
        }
        for (; at < end; at++) {
            if (array[at] == value) {
                return at - offset;
            }
        }
        return -1;
    }

    /** Index of the CR of the first CR LF that begins in {@code [from, to)} and lies within the window, or -1. */
    public int indexOfCrLf(int from, int to) {
        int end = Math.min(to, length - 1);
        int at = indexOf((byte) '\r', from, end);
        while (at >= 0 && array[offset + at + 1] != '\n') {
            at = indexOf((byte) '\r', at + 1, end);
        }
        return at;
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

    /** Whether {@code [from, to)} are the first letters of an ASCII word, or all of them, in whatever case. */
    public boolean isBeginningOf(String word, int from, int to) {
        if (to - from > word.length()) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (lower(byteAt(i)) != lower((byte) word.charAt(i - from))) {
                return false;
            }
        }
        return true;
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b;
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
