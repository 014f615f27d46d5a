package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;

/**
 * Whether bytes are a message of DNS: its flags, counts, question and records must all be what clients and servers send,
 * as far as they are here. Looks for the common: one question, of a known class. Allocates nothing but one small object, and that
 * only behind a header that fits.
 */
final class DnsGuess {

    private static final int QUERY = 0;
    private static final int NOTIFY = 4;
    private static final int UPDATE = 5;

    private static final int CODE = 0xf;
    private static final int MAX_PLAIN_CODE = 10;
    private static final int NEVER_IN_QUERIES = DnsFrame.TRUNCATED | DnsFrame.RECURSION_AVAILABLE | CODE;
    /** An option record and a signature. */
    private static final int MAX_ADDITIONAL_OF_QUERY = 2;

    private DnsGuess() {}

    /** What a stream's bytes from {@code from} on begin. */
    static Guess stream(ByteView view, int from) {
        int here = view.length() - from;
        if (here < DnsParser.PREFIX_BYTES) {
            return Guess.UNSURE;
        }
        int length = DnsFrame.number(view, from);
        if (length < DnsFrame.HEADER_BYTES + 1 + DnsFrame.QUESTION_BYTES) {
            return Guess.NO;
        }
        int start = from + DnsParser.PREFIX_BYTES;
        boolean whole = length <= view.length() - start;
        return message(view, start, whole ? start + length : view.length(), whole);
    }

    /** Whether a message of a stream may begin at {@code at}, be it only partly there. */
    static boolean mayBegin(ByteView view, int at, boolean ofResponses) {
        Guess guess = stream(view, at);
        return guess == Guess.UNSURE || guess == (ofResponses ? Guess.RESPONSE : Guess.REQUEST);
    }

    /** What the message is whose bytes are those of {@code [from, to)}, and perhaps more. */
    static Guess message(ByteView view, int from, int to, boolean whole) {
        Guess unfinished = whole ? Guess.NO : Guess.UNSURE;
        if (to - from < 4) {
            return unfinished;
        }
        int flags = DnsFrame.number(view, from + 2);
        if (!arePlausible(flags)) {
            return Guess.NO;
        }
        for (int section = 0; section < 4; section++) {
            int at = from + 4 + 2 * section;
            if (at + 2 > to) {
                return unfinished;
            }
            if (!isPlausibleCount(section, DnsFrame.number(view, at), flags)) {
                return Guess.NO;
            }
        }
        DnsFrame frame = new DnsFrame();
        boolean fits = switch (frame.read(view, from, to, null)) {
            case BAD, BROKEN -> false;
            case HEAD, PART -> !whole;
            case WHOLE -> !whole || frame.end() == to;
        };
        if (!fits || (frame.hasQuestion() && !isPlausibleQuestion(frame))) {
            return Guess.NO;
        }
        if (!frame.hasQuestion()) {
            return Guess.UNSURE;
        }
        return frame.isResponse() ? Guess.RESPONSE : Guess.REQUEST;
    }

    private static boolean arePlausible(int flags) {
        int opcode = DnsFrame.opcode(flags);
        if ((flags & DnsFrame.RESERVED) != 0 || (opcode != QUERY && opcode != NOTIFY && opcode != UPDATE)) {
            return false;
        }
        if ((flags & DnsFrame.RESPONSE) != 0) {
            return (flags & CODE) <= MAX_PLAIN_CODE;
        }
        boolean isAuthoritative = (flags & DnsFrame.AUTHORITATIVE) != 0;
        return (flags & NEVER_IN_QUERIES) == 0 && (!isAuthoritative || opcode == NOTIFY);
    }

    private static boolean isPlausibleCount(int section, int count, int flags) {
        boolean isQuery = (flags & DnsFrame.RESPONSE) == 0 && DnsFrame.opcode(flags) == QUERY;
        return switch (section) {
            case 0 -> count == 1;
            case 1 -> !isQuery || count == 0;
            // The zone's state that an incremental transfer starts from.
            case 2 -> !isQuery || count <= 1;
            default -> !isQuery || count <= MAX_ADDITIONAL_OF_QUERY;
        };
    }

    private static boolean isPlausibleQuestion(DnsFrame frame) {
        int type = frame.questionType();
        return type != 0
                && type != QueryType.OPT
                && switch (frame.questionClass()) {
                    case QueryType.IN, 3, 4, 254, 255 -> true;
                    default -> false;
                };
    }
}
