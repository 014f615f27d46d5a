package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import org.jspecify.annotations.Nullable;

/**
 * One control line: its operation and where its arguments stand, which runs of blanks separate. Reused; valid as long as
 * the view that it was read from.
 */
final class NatsLine {

    /** What came of reading. */
    enum Verdict {
        WHOLE,
        PARTLY,
        TOO_LONG,
        OPERATION,
        ARGUMENTS,
        SIZE
    }

    /** The server's own default is 4096; INFO and CONNECT hold lists of addresses and tokens. */
    static final int MAX_BYTES = 64 * 1024;

    static final long MAX_PAYLOAD = 1L << 30;

    private static final int MAX_ARGUMENTS = 5;
    private static final int MAX_DIGITS = 10;
    private static final int SID_OF_MSG = 1;
    private static final int SID_OF_SUB_FROM_END = 1;

    private final int[] from = new int[MAX_ARGUMENTS];
    private final int[] to = new int[MAX_ARGUMENTS];
    private int count;
    private int length;
    private int scanned;
    private long total;
    private long headers;
    private @Nullable NatsOperation operation;

    /** Reads the line at the view's first byte, that of a client or of a server. */
    Verdict read(ByteView view, boolean client) {
        int end = view.indexOf((byte) '\n', scanned, Math.min(view.length(), MAX_BYTES));
        if (end < 0) {
            scanned = Math.min(view.length(), MAX_BYTES);
            return unended(view, client);
        }
        scanned = 0;
        length = end + 1;
        int textEnd = end > 0 && view.byteAt(end - 1) == '\r' ? end - 1 : end;
        int at = wordEnd(view, 0, textEnd);
        NatsOperation found = NatsOperation.of(view, 0, at);
        if (found == null || !found.isSentBy(client)) {
            return Verdict.OPERATION;
        }
        operation = found;
        if (found.takesText()) {
            takeText(view, at, textEnd);
        } else if (!takeArguments(view, at, textEnd)) {
            return Verdict.ARGUMENTS;
        }
        if (!found.takes(count)) {
            return Verdict.ARGUMENTS;
        }
        return !found.hasPayload() || readSizes(view) ? Verdict.WHOLE : Verdict.SIZE;
    }

    private Verdict unended(ByteView view, boolean client) {
        if (view.length() >= MAX_BYTES) {
            scanned = 0;
            return Verdict.TOO_LONG;
        }
        int end = wordEnd(view, 0, view.length());
        boolean isWord = end < view.length() && NatsOperation.of(view, 0, end) != null;
        return isWord || NatsOperation.mayBegin(view, 0, end, client) ? Verdict.PARTLY : Verdict.OPERATION;
    }

    /** What was read so far is of no use any more. */
    void restart() {
        scanned = 0;
    }

    /** Bytes of the line, its end included. */
    int length() {
        return length;
    }

    NatsOperation operation() {
        NatsOperation known = operation;
        if (known == null) {
            throw new IllegalStateException("no line was read");
        }
        return known;
    }

    int arguments() {
        return count;
    }

    int from(int argument) {
        return from[argument];
    }

    int to(int argument) {
        return to[argument];
    }

    /** Bytes behind the line that belong to it, the two of the last line end not counted. */
    long payload() {
        return total;
    }

    /** How many of these are headers. */
    long headers() {
        return headers;
    }

    /** Index of the argument that names where to answer, or -1. */
    int replyTo() {
        return switch (operation()) {
            case PUB -> count == 3 ? 1 : -1;
            case HPUB -> count == 4 ? 1 : -1;
            case MSG -> count == 4 ? 2 : -1;
            case HMSG -> count == 5 ? 2 : -1;
            default -> -1;
        };
    }

    /** Index of the argument that names a subscription, or -1. */
    int sid() {
        return switch (operation()) {
            case MSG, HMSG -> SID_OF_MSG;
            case SUB -> count - SID_OF_SUB_FROM_END;
            case UNSUB -> 0;
            default -> -1;
        };
    }

    /** The number that an argument is, or -1. */
    long number(ByteView view, int argument) {
        int at = from[argument];
        if (to[argument] - at > MAX_DIGITS) {
            return -1;
        }
        long number = 0;
        for (; at < to[argument]; at++) {
            int digit = view.byteAt(at) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    private boolean readSizes(ByteView view) {
        total = number(view, count - 1);
        headers = operation().hasHeaders() ? number(view, count - 2) : 0;
        return headers >= 0 && total >= headers && total <= MAX_PAYLOAD;
    }

    private void takeText(ByteView view, int at, int end) {
        int first = at;
        while (first < end && isBlank(view.byteAt(first))) {
            first++;
        }
        from[0] = first;
        to[0] = end;
        count = first < end ? 1 : 0;
    }

    private boolean takeArguments(ByteView view, int start, int end) {
        count = 0;
        int at = start;
        while (true) {
            while (at < end && isBlank(view.byteAt(at))) {
                at++;
            }
            if (at == end) {
                return true;
            }
            if (count == MAX_ARGUMENTS) {
                return false;
            }
            from[count] = at;
            at = wordEnd(view, at, end);
            to[count] = at;
            count++;
            if (at < end && !isBlank(view.byteAt(at))) {
                return false;
            }
        }
    }

    /** Where the printable bytes end that begin at {@code at}. */
    private static int wordEnd(ByteView view, int at, int end) {
        int i = at;
        while (i < end && (view.byteAt(i) > ' ' || view.byteAt(i) < 0) && view.byteAt(i) != 0x7f) {
            i++;
        }
        return i;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
