package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/** The number in a RESP header line, read in place. Reused; not thread-safe. */
final class RespLine {

    /** The view ends before the line does. */
    static final int CUT = -1;

    /** No such line. */
    static final int BAD = -2;

    private static final int MAX_DIGITS = 10;

    private long value;

    /** What {@link #read} has read last. */
    long value() {
        return value;
    }

    /** Reads a number, -1 or greater, and CR LF; returns the index after them, {@link #CUT} or {@link #BAD}. */
    int read(ByteView view, int from) {
        int end = view.length();
        int at = from;
        long number = 0;
        boolean negative = at < end && view.byteAt(at) == '-';
        if (negative) {
            at++;
        }
        int digits = at;
        while (at < end) {
            byte b = view.byteAt(at);
            if (b < '0' || b > '9') {
                break;
            }
            if (at - digits == MAX_DIGITS) {
                return BAD;
            }
            number = number * 10 + (b - '0');
            at++;
        }
        if (negative && at > digits && number != 1) {
            return BAD;
        }
        if (at == end) {
            return CUT;
        }
        if (at == digits || view.byteAt(at) != '\r') {
            return BAD;
        }
        if (at + 1 == end) {
            return CUT;
        }
        if (view.byteAt(at + 1) != '\n') {
            return BAD;
        }
        value = negative ? -1 : number;
        return at + 2;
    }
}
