package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.dns.DnsFrame.Extent;

/**
 * Whether bytes are a message of DNS: its flags, counts, question and records must all be what clients and servers send,
 * as far as they are here. Looks for the common: one question, of a known class. Allocates nothing but one small object, and that
 * only behind a header that fits.
 */
final class DnsGuess {

    private static final int QUERY = 0;
    private static final int NOTIFY = 4;
    private static final int UPDATE = 5;

    private static final int MAX_PLAIN_CODE = 10;
    /** An option record and a signature. */
    private static final int MAX_ADDITIONAL_OF_QUERY = 2;

    private DnsGuess() {}

    /** What a stream's bytes from {@code from} on begin. */
    static Guess stream(ByteView view, int from) {
        int here = view.length() - from;
        if (here < DnsParser.PREFIX_BYTES) {
            return Guess.UNSURE;
        }
        int length = number(view, from);
        if (length < DnsFrame.HEADER_BYTES + 1 + DnsFrame.QUESTION_BYTES) {
            return Guess.NO;
        }
        int start = from + DnsParser.PREFIX_BYTES;
        boolean whole = length <= view.length() - start;
        return message(view, start, whole ? start + length : view.length(), whole);
    }

    /** What the message is whose bytes are those of {@code [from, to)}, and perhaps more. */
    static Guess message(ByteView view, int from, int to, boolean whole) {
        int length = to - from;
        if (length < 4) {
            return whole ? Guess.NO : Guess.UNSURE;
        }
        int flags = number(view, from + 2);
        boolean isResponse = (flags & DnsFrame.RESPONSE) != 0;
        if (!(isResponse ? areOfResponse(flags) : areOfQuery(flags))) {
            return Guess.NO;
        }
        for (int i = 0; i < 4; i++) {
            int at = from + 4 + 2 * i;
            if (at + 2 > to) {
                return whole ? Guess.NO : Guess.UNSURE;
            }
            if (!isPlausibleCount(i, number(view, at), flags)) {
                return Guess.NO;
            }
        }
        return records(view, from, to, whole, isResponse);
    }

    private static Guess records(ByteView view, int from, int to, boolean whole, boolean isResponse) {
        DnsFrame frame = new DnsFrame();
        Extent extent = frame.read(view, from, to, null);
        boolean fits = switch (extent) {
            case BAD, BROKEN -> false;
            case HEAD, PART -> !whole;
            case WHOLE -> !whole || frame.end() == to;
        };
        if (!fits || (frame.hasQuestion() && !isPlausibleQuestion(frame))) {
            return Guess.NO;
        }
        if (extent == Extent.HEAD) {
            return Guess.UNSURE;
        }
        return isResponse ? Guess.RESPONSE : Guess.REQUEST;
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

    private static boolean areOfQuery(int flags) {
        int opcode = (flags >> 11) & 0xf;
        int never = DnsFrame.TRUNCATED | DnsFrame.RECURSION_AVAILABLE | DnsFrame.RESERVED | 0xf;
        boolean authoritative = (flags & DnsFrame.AUTHORITATIVE) != 0;
        return (flags & never) == 0
                && (opcode == QUERY || opcode == NOTIFY || opcode == UPDATE)
                && (!authoritative || opcode == NOTIFY);
    }

    private static boolean areOfResponse(int flags) {
        int opcode = (flags >> 11) & 0xf;
        return (flags & DnsFrame.RESERVED) == 0
                && (flags & 0xf) <= MAX_PLAIN_CODE
                && (opcode == QUERY || opcode == NOTIFY || opcode == UPDATE);
    }

    private static boolean isPlausibleCount(int section, int count, int flags) {
        boolean isQuery = (flags & DnsFrame.RESPONSE) == 0 && ((flags >> 11) & 0xf) == QUERY;
        return switch (section) {
            case 0 -> count == 1;
            case 1 -> !isQuery || count == 0;
            // The zone's state that an incremental transfer starts from.
            case 2 -> !isQuery || count <= 1;
            default -> !isQuery || count <= MAX_ADDITIONAL_OF_QUERY;
        };
    }

    /** Whether a message of a stream may begin at {@code at}, be it only partly there. */
    static boolean mayBegin(ByteView view, int at, boolean ofResponses) {
        Guess guess = stream(view, at);
        return guess == Guess.UNSURE || guess == (ofResponses ? Guess.RESPONSE : Guess.REQUEST);
    }

    private static int number(ByteView view, int at) {
        return ((view.byteAt(at) & 0xff) << 8) | (view.byteAt(at + 1) & 0xff);
    }
}
