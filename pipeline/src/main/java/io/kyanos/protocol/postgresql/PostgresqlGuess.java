package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Kind;
import io.kyanos.protocol.sql.SqlVerb;

/** Whether bytes are PostgreSQL, and whose. Strict. */
final class PostgresqlGuess {

    // https://www.postgresql.org/docs/current/protocol-message-formats.html, AuthenticationOk and what follows it
    private static final int AUTHENTICATION_HEAD_BYTES = 9;

    /** No parameter has a shorter name. */
    private static final int SURE_NAME = 3;

    // https://www.postgresql.org/docs/current/limits.html
    private static final int MAX_COLUMNS = 1664;

    /** CREATE_REPLICATION_SLOT, behind some blanks. */
    private static final int LONGEST_VERB = 32;

    private static final int LONGEST_UNCLEAR = 240;
    private static final int MAX_NAME = 128;
    private static final byte[] READY = {'Z', 0, 0, 0, 5};
    /** What follows the head of ReadyForQuery: idle, within a transaction, within one that failed. */
    static final String STATES = "ITE";

    private PostgresqlGuess() {}

    /** What stands at a connection's beginning: only a start-up can, and what answers it. */
    static Guess ofBeginning(ByteView head, ByteView other) {
        if (head.length() < Startup.HEAD_BYTES) {
            return mayBecomeStartup(head) || mayAnswer(head, other) ? Guess.UNSURE : Guess.NO;
        }
        if (head.length() < AUTHENTICATION_HEAD_BYTES && head.byteAt(0) == 'R') {
            return isStartup(other) ? Guess.UNSURE : Guess.NO;
        }
        if (Startup.kind(head) != null) {
            return startup(head);
        }
        return isAuthentication(head) || isRefusal(head, other) ? Guess.RESPONSE : Guess.NO;
    }

    private static boolean mayBecomeStartup(ByteView head) {
        return head.isEmpty() || (head.byteAt(0) == 0 && (head.length() == 1 || head.byteAt(1) == 0));
    }

    /** The one byte that answers a wish for encryption, or the beginning of a frame that answers a start-up. */
    private static boolean mayAnswer(ByteView head, ByteView other) {
        return isStartup(other) && (head.length() == 1 || isPrefix(head, 0, "RE"));
    }

    private static boolean isRefusal(ByteView head, ByteView other) {
        return head.byteAt(0) == 'E' && isStartup(other) && FrameTypes.RESPONSES.isLikely(head, 0);
    }

    private static boolean isStartup(ByteView view) {
        return view.length() >= Startup.HEAD_BYTES && Startup.kind(view) != null;
    }

    /**
     * A request of Kafka for metadata has a length and a version of the same look; behind them it has a number, where a
     * start-up has the name of a parameter.
     */
    private static Guess startup(ByteView head) {
        if (Startup.kind(head) != Kind.STARTUP) {
            return Guess.REQUEST;
        }
        int to = Math.min(head.length(), Startup.length(head));
        int at = Startup.HEAD_BYTES;
        while (at < to && isOfName(head.byteAt(at))) {
            at++;
        }
        if (at == head.length()) {
            return at - Startup.HEAD_BYTES < SURE_NAME ? Guess.UNSURE : Guess.REQUEST;
        }
        return at - Startup.HEAD_BYTES >= SURE_NAME && at < to && head.byteAt(at) == 0 ? Guess.REQUEST : Guess.NO;
    }

    private static boolean isOfName(byte b) {
        return b == '_' || b == '.' || (b > 0 && Character.isLetterOrDigit(b));
    }

    /** A kind that a server begins with, of the length it has, before what a server may say next: others have an 'R' and zeros, too. */
    private static boolean isAuthentication(ByteView head) {
        int length = Frame.int32(head, 1);
        if (head.byteAt(0) != 'R' || head.length() < AUTHENTICATION_HEAD_BYTES || length < 8 || length > 1024) {
            return false;
        }
        boolean fits = switch (Frame.int32(head, Frame.HEAD_BYTES)) {
            case 0, 2, 3, 6, 7, 9 -> length == 8;
            case 5 -> length == 12;
            case 10 -> head.length() == AUTHENTICATION_HEAD_BYTES || head.byteAt(AUTHENTICATION_HEAD_BYTES) > ' ';
            default -> false;
        };
        long end = Frame.end(head, 0);
        return fits && (end >= head.length() || "RSKZNEv".indexOf(head.byteAt((int) end)) >= 0);
    }

    /** What begins where a call does, anywhere in a connection. */
    static Guess anywhere(ByteView head, ByteView other) {
        Guess beginning = ofBeginning(head, other);
        if (beginning != Guess.NO) {
            return head.isEmpty() ? Guess.UNSURE : beginning;
        }
        if (head.length() < Frame.HEAD_BYTES) {
            return isPrefix(head, 0, "QPBEDCSHFRKZT123nsItNA") ? Guess.UNSURE : Guess.NO;
        }
        if (showsAClient(head)) {
            return Guess.REQUEST;
        }
        if (showsAServer(head)) {
            return Guess.RESPONSE;
        }
        return mayBecomeClear(head) ? Guess.UNSURE : Guess.NO;
    }

    /** A frame after which no other is in view that shows who sends it. */
    private static boolean mayBecomeClear(ByteView head) {
        long next = Frame.end(head, 0);
        boolean isShort = head.length() < Startup.HEAD_BYTES || next + Frame.HEAD_BYTES > head.length();
        boolean isSoon = next <= LONGEST_UNCLEAR || head.length() < Frame.HEAD_BYTES + LONGEST_VERB;
        return isShort && isSoon && (mayBeRequest(head, 0) || FrameTypes.RESPONSES.isLikely(head, 0));
    }

    /** Whether one of {@code types} stands at {@code at}, before a length that is not enormous. */
    private static boolean isPrefix(ByteView view, int at, String types) {
        return types.indexOf(view.byteAt(at)) >= 0 && (at + 1 == view.length() || view.byteAt(at + 1) == 0);
    }

    /** A query whose text is there to its end, or begins as statements do; or the beginning of an extended one with the frame after it. */
    private static boolean showsAClient(ByteView head) {
        long next = Frame.end(head, 0);
        return switch (head.byteAt(0)) {
            case 'Q' -> mayBeRequest(head, 0) && (next <= head.length() || isStatement(head, Frame.HEAD_BYTES));
            case 'P', 'B', 'E', 'D', 'C' -> mayBeRequest(head, 0) && isFollowedByRequest(head, next);
            default -> false;
        };
    }

    private static boolean isFollowedByRequest(ByteView head, long next) {
        if (next + Frame.HEAD_BYTES > head.length()) {
            return head.byteAt(0) == 'P' && next > head.length() && showsText(head);
        }
        return mayBeRequest(head, (int) next);
    }

    private static boolean isText(ByteView head, int from, long end) {
        int to = (int) Math.min(head.length(), end - 1);
        for (int i = from; i < to; i++) {
            byte b = head.byteAt(i);
            if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
                return false;
            }
        }
        return end > head.length() || head.byteAt((int) end - 1) == 0;
    }

    /** Frames that only servers send, up to and with ReadyForQuery, or rows after their description. */
    private static boolean showsAServer(ByteView head) {
        long next = 0;
        int frames = 0;
        while (next + Frame.HEAD_BYTES <= head.length()) {
            int at = (int) next;
            if (!FrameTypes.RESPONSES.isLikely(head, at)) {
                return false;
            }
            next = Frame.end(head, at);
            if (head.byteAt(at) == 'Z' && next <= head.length()) {
                return next == head.length() && mayBeReady(head, at);
            }
            frames++;
        }
        return frames > 1
                && switch (head.byteAt(0)) {
                    case '1', '2' -> true;
                    case 'T' -> isDescription(head);
                    case 'R' -> isAuthentication(head);
                    default -> false;
                };
    }

    /** Of at least one column, which has a name. */
    private static boolean isDescription(ByteView head) {
        int columns = Frame.int16(head, Frame.HEAD_BYTES);
        return columns > 0 && columns <= MAX_COLUMNS && head.byteAt(Frame.HEAD_BYTES + 2) != 0;
    }

    /** Whether a client's frame may begin at {@code at}, as far as the view goes. */
    static boolean mayBeRequest(ByteView view, int at) {
        if (view.length() - at < Frame.HEAD_BYTES) {
            return isPrefix(view, at, "QPBEDCSHFd");
        }
        if (!FrameTypes.REQUESTS.isLikely(view, at)) {
            return false;
        }
        long end = Frame.end(view, at);
        int from = at + Frame.HEAD_BYTES;
        boolean fits = switch (view.byteAt(at)) {
            case 'Q' -> isText(view, from, end);
            case 'P' -> isParse(view, from, end);
            case 'D', 'C' -> isTarget(view, from, end);
            case 'E' -> isNameBefore(4, view, from, end);
            case 'B', 'S', 'H' -> true;
            default -> false;
        };
        return fits && (end >= view.length() || FrameTypes.REQUESTS.has(view.byteAt((int) end)));
    }

    /** A whole Parse must fit its length; of a longer one the text must begin as statements do. */
    private static boolean isParse(ByteView view, int from, long end) {
        int nameEnd = from < view.length() ? textEnd(view, from, view.length()) : -1;
        if (nameEnd < 0) {
            return view.length() - from <= MAX_NAME;
        }
        int sqlEnd = textEnd(view, nameEnd + 1, view.length());
        if (end <= view.length()) {
            return sqlEnd >= 0 && sqlEnd + 2 < end && sqlEnd + 3L + 4L * Frame.int16(view, sqlEnd + 1) == end;
        }
        return nameEnd + 1 == view.length() || beginsStatement(view.byteAt(nameEnd + 1));
    }

    private static boolean beginsStatement(byte b) {
        return b >= 0 && (Character.isLetter(b) || " \n(/-".indexOf(b) >= 0);
    }

    /** Whether the text of a Parse is in view far enough to be one. */
    private static boolean showsText(ByteView head) {
        int nameEnd = textEnd(head, Frame.HEAD_BYTES, head.length());
        return nameEnd >= 0
                && isText(head, Frame.HEAD_BYTES, nameEnd + 1L)
                && isText(head, nameEnd + 1, Long.MAX_VALUE)
                && isStatement(head, nameEnd + 1);
    }

    /** Whether what goes on beyond the view begins with a whole verb, or with a remark. */
    private static boolean isStatement(ByteView head, int from) {
        if (from + 1 >= head.length()) {
            return false;
        }
        byte second = head.byteAt(from + 1);
        return switch (head.byteAt(from)) {
            case '-' -> second == '-';
            case '/' -> second == '*';
            case '#' -> false;
            default -> SqlVerb.mayBegin(head, from, head.length(), false);
        };
    }

    private static boolean isTarget(ByteView view, int from, long end) {
        return from >= view.length() || ("SP".indexOf(view.byteAt(from)) >= 0 && isNameBefore(0, view, from + 1, end));
    }

    /** Whether a name leaves so many bytes of a frame that is in view whole. */
    private static boolean isNameBefore(int bytes, ByteView view, int from, long end) {
        return end > view.length() || textEnd(view, from, (int) end) == end - bytes - 1;
    }

    /** Whether ReadyForQuery stands at {@code at}, as far as the view goes. */
    static boolean mayBeReady(ByteView view, int at) {
        int left = view.length() - at;
        for (int i = 0; i < Math.min(left, READY.length); i++) {
            if (view.byteAt(at + i) != READY[i]) {
                return false;
            }
        }
        return left <= READY.length || STATES.indexOf(view.byteAt(at + READY.length)) >= 0;
    }

    private static int textEnd(ByteView view, int from, int to) {
        return view.indexOf((byte) 0, from, to);
    }
}
