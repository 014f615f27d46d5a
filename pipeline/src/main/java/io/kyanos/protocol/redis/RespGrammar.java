package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/** What RESP's lines are made of. Stateless; allocates nothing. */
final class RespGrammar {

    /** Digits of a moment that MONITOR prints: at least so many before its point, exactly so many after it. */
    private static final int MONITOR_SECONDS = 9;

    private static final int MONITOR_MICROS = 6;

    private RespGrammar() {}

    /** The index after CR LF at {@code from}, {@link RespLine#CUT} or {@link RespLine#BAD}. */
    static int crLf(ByteView view, int from) {
        if (from < view.length() && view.byteAt(from) != '\r') {
            return RespLine.BAD;
        }
        if (from + 1 < view.length()) {
            return view.byteAt(from + 1) == '\n' ? from + 2 : RespLine.BAD;
        }
        return RespLine.CUT;
    }

    static boolean isInteger(ByteView view, int from, int to) {
        byte sign = view.byteAt(from);
        int first = sign == '-' || sign == '+' ? from + 1 : from;
        return first < to && digits(view, first, to) == to;
    }

    /** As far as its letters tell: {@code 1.5e-7}, {@code -inf}, {@code nan}. */
    static boolean isDouble(ByteView view, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            if (!isDigit(b) && "+-.eEinfaINFA".indexOf(b) < 0) {
                return false;
            }
        }
        return true;
    }

    /** The end of the digits that begin at {@code from}. */
    static int digits(ByteView view, int from, int to) {
        int at = from;
        while (at < to && isDigit(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    /** Whether {@code [from, to)} begins as MONITOR prints a command: {@code 1700000000.123456 [0 127.0.0.1:1} ... */
    static boolean isMonitorLine(ByteView view, int from, int to) {
        return monitorHead(view, from, to) > from;
    }

    /** The index after the moment and the bracket that a line of MONITOR begins with, {@code from} if it is none. */
    static int monitorHead(ByteView view, int from, int to) {
        int point = digits(view, from, to);
        if (point - from < MONITOR_SECONDS || point >= to || view.byteAt(point) != '.') {
            return from;
        }
        int blank = digits(view, point + 1, to);
        boolean isOne = blank - point - 1 == MONITOR_MICROS
                && blank + 1 < to
                && view.byteAt(blank) == ' '
                && view.byteAt(blank + 1) == '[';
        return isOne ? blank + 2 : from;
    }
}
