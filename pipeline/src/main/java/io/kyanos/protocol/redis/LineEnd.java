package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/**
 * Whether a line ends before a place in a stream, though the view may begin there: keeps the two bytes before the current
 * position. Not thread-safe.
 */
final class LineEnd {

    private static final int UNKNOWN = -1;

    private int lastButOne = UNKNOWN;
    private int last = UNKNOWN;

    /** Bytes are missing before the current position. */
    void forget() {
        lastButOne = UNKNOWN;
        last = UNKNOWN;
    }

    /** The current position moves to {@code end} of the view. */
    void moveTo(ByteView view, int end) {
        if (end > 1) {
            lastButOne = view.byteAt(end - 2);
            last = view.byteAt(end - 1);
        } else if (end == 1) {
            lastButOne = last;
            last = view.byteAt(0);
        }
    }

    /** It is unknown what was before {@code at}. */
    boolean isUnknownBefore(int at) {
        return at == 0 && last == UNKNOWN;
    }

    /** A line ends before {@code at}, as far as is known. */
    boolean isBefore(ByteView view, int at) {
        int first = at > 1 ? view.byteAt(at - 2) : at == 1 ? last : lastButOne;
        int second = at > 0 ? view.byteAt(at - 1) : last;
        return (second == '\n' || second == UNKNOWN) && (first == '\r' || first == UNKNOWN);
    }
}
