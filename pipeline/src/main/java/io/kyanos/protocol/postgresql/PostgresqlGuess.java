package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;

/** Whether bytes are PostgreSQL, and whose. Strict. */
final class PostgresqlGuess {

    private static final int LEAST_TEXT = 4;
    private static final int LONGEST_UNCLEAR = 240;
    private static final int MAX_NAME = 128;

    /** Longer frames are read, but show nothing: other bytes look like them. */
    private static final int MOST_LIKELY = (1 << 24) - 1;

    private PostgresqlGuess() {}

    /** What stands at a connection's beginning: only a start-up can, and what answers it. */
    static Guess ofBeginning(ByteView head, ByteView other) {
        if (head.length() < Startup.HEAD_BYTES) {
            return mayBecomeStartup(head) || isAnswerToRequest(head, other) ? Guess.UNSURE : Guess.NO;
        }
        if (Startup.kind(head) != null) {
            return Guess.REQUEST;
        }
        return isAuthentication(head) ? Guess.RESPONSE : Guess.NO;
    }

    private static boolean mayBecomeStartup(ByteView head) {
        return head.isEmpty() || (head.byteAt(0) == 0 && (head.length() == 1 || head.byteAt(1) == 0));
    }

    /** The one byte that answers a wish for encryption. */
    private static boolean isAnswerToRequest(ByteView head, ByteView other) {
        return head.length() == 1 && other.length() == Startup.HEAD_BYTES && Startup.kind(other) != null;
    }

    private static boolean isAuthentication(ByteView head) {
        int length = Frame.int32(head, 1);
        return head.byteAt(0) == 'R' && length >= 8 && length <= 1024 && head.byteAt(5) == 0 && head.byteAt(6) == 0;
    }

    /** What begins where a call does, anywhere in a connection. */
    static Guess anywhere(ByteView head, ByteView other) {
        Guess beginning = ofBeginning(head, other);
        if (beginning != Guess.NO) {
            return head.isEmpty() ? Guess.UNSURE : beginning;
        }
        if (head.length() < Frame.HEAD_BYTES) {
            return isPrefixOfFrame(head) ? Guess.UNSURE : Guess.NO;
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
        long next = 1L + Frame.int32(head, 1);
        boolean isShort = head.length() < Startup.HEAD_BYTES || next + Frame.HEAD_BYTES > head.length();
        return isShort
                && next <= LONGEST_UNCLEAR
                && (mayBeRequest(head, 0) || FrameTypes.RESPONSES.fits(head.byteAt(0), Frame.int32(head, 1)));
    }

    private static boolean isPrefixOfFrame(ByteView head) {
        return "QPBEDCSHFRKZT123nsItNA".indexOf(head.byteAt(0)) >= 0 && (head.length() == 1 || head.byteAt(1) == 0);
    }

    /** A query whose text can be read, or the beginning of an extended one with the frame behind it. */
    private static boolean showsAClient(ByteView head) {
        byte type = head.byteAt(0);
        int length = Frame.int32(head, 1);
        if (!FrameTypes.REQUESTS.fits(type, length) || length > MOST_LIKELY) {
            return false;
        }
        return switch (type) {
            case 'Q' ->
                (1L + length <= head.length() || head.length() >= Frame.HEAD_BYTES + LEAST_TEXT)
                        && isText(head, Frame.HEAD_BYTES, 1L + length);
            case 'P', 'B', 'E', 'D', 'C' -> mayBeRequest(head, 0) && isFollowedByRequest(head, 1L + length);
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

    /** Frames that only servers send, up to and with ReadyForQuery, or rows behind their description. */
    private static boolean showsAServer(ByteView head) {
        long at = 0;
        int frames = 0;
        while (at + Frame.HEAD_BYTES <= head.length()) {
            byte type = head.byteAt((int) at);
            int length = Frame.int32(head, (int) at + 1);
            if (!FrameTypes.RESPONSES.fits(type, length) || length > MOST_LIKELY) {
                return false;
            }
            if (type == 'Z' && at + 6 <= head.length()) {
                return at + 6 == head.length() && isState(head.byteAt((int) at + 5));
            }
            frames++;
            at += 1L + length;
        }
        byte first = head.byteAt(0);
        return frames > 1 && (first == 'T' || first == '1' || first == '2' || first == 'R');
    }

    /** Whether a client's frame may begin at {@code at}, as far as the view goes. */
    static boolean mayBeRequest(ByteView view, int at) {
        byte type = view.byteAt(at);
        int left = view.length() - at;
        if (left < Frame.HEAD_BYTES) {
            return "QPBEDCSHFd".indexOf(type) >= 0 && (left == 1 || view.byteAt(at + 1) == 0);
        }
        int length = Frame.int32(view, at + 1);
        if (!FrameTypes.REQUESTS.fits(type, length) || length > MOST_LIKELY) {
            return false;
        }
        long end = at + 1L + length;
        int from = at + Frame.HEAD_BYTES;
        boolean fits = switch (type) {
            case 'Q' -> isText(view, from, end);
            case 'P' -> isParse(view, at);
            case 'D', 'C' -> isTarget(view, from, end);
            case 'E' -> isExecute(view, from, end);
            case 'B', 'S', 'H' -> true;
            default -> false;
        };
        if (!fits || end >= view.length()) {
            return fits;
        }
        return "QPBEDCSHFdcfpX".indexOf(view.byteAt((int) end)) >= 0;
    }

    /** A whole Parse must fit its length; of a longer one the text must begin as statements do. */
    private static boolean isParse(ByteView view, int at) {
        int from = at + Frame.HEAD_BYTES;
        long end = at + 1L + Frame.int32(view, at + 1);
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
        return (b >= 'A' && b <= 'Z')
                || (b >= 'a' && b <= 'z')
                || b == ' '
                || b == '\n'
                || b == '('
                || b == '/'
                || b == '-';
    }

    /** Whether the text of a Parse is in view far enough to be one. */
    private static boolean showsText(ByteView head) {
        int nameEnd = textEnd(head, Frame.HEAD_BYTES, head.length());
        return nameEnd >= 0 && head.length() >= nameEnd + 1 + LEAST_TEXT && isText(head, nameEnd + 1, Long.MAX_VALUE);
    }

    private static boolean isTarget(ByteView view, int from, long end) {
        if (from >= view.length()) {
            return true;
        }
        byte target = view.byteAt(from);
        boolean isWhole = end <= view.length();
        return (target == 'S' || target == 'P') && (!isWhole || textEnd(view, from + 1, (int) end) == end - 1);
    }

    private static boolean isExecute(ByteView view, int from, long end) {
        if (end > view.length()) {
            return true;
        }
        return textEnd(view, from, (int) end) == end - 5;
    }

    /** Whether ReadyForQuery stands at {@code at}, as far as the view goes. */
    static boolean mayBeReady(ByteView view, int at) {
        int end = Math.min(view.length(), at + Frame.HEAD_BYTES);
        for (int i = at + 1; i < end; i++) {
            if (view.byteAt(i) != (i == at + Frame.HEAD_BYTES - 1 ? 5 : 0)) {
                return false;
            }
        }
        return view.byteAt(at) == 'Z'
                && (view.length() <= at + Frame.HEAD_BYTES || isState(view.byteAt(at + Frame.HEAD_BYTES)));
    }

    private static boolean isState(byte state) {
        return state == 'I' || state == 'T' || state == 'E';
    }

    private static int textEnd(ByteView view, int from, int to) {
        return view.indexOf((byte) 0, from, to);
    }
}
