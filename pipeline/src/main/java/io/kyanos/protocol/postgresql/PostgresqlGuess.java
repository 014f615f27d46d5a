package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;

/** Whether bytes are PostgreSQL, and whose. Strict. */
final class PostgresqlGuess {

    private static final int LEAST_TEXT = 4;
    private static final int LONGEST_UNCLEAR = 240;
    private static final int MAX_NAME = 128;
    private static final byte[] READY = {'Z', 0, 0, 0, 5};
    /** What follows the head of ReadyForQuery: idle, within a transaction, within one that failed. */
    static final String STATES = "ITE";

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
        return isShort && next <= LONGEST_UNCLEAR && (mayBeRequest(head, 0) || FrameTypes.RESPONSES.isLikely(head, 0));
    }

    /** Whether one of {@code types} stands at {@code at}, before a length that is not enormous. */
    private static boolean isPrefix(ByteView view, int at, String types) {
        return types.indexOf(view.byteAt(at)) >= 0 && (at + 1 == view.length() || view.byteAt(at + 1) == 0);
    }

    /** A query whose text can be read, or the beginning of an extended one with the frame behind it. */
    private static boolean showsAClient(ByteView head) {
        long next = Frame.end(head, 0);
        return switch (head.byteAt(0)) {
            case 'Q' ->
                FrameTypes.REQUESTS.isLikely(head, 0)
                        && head.length() >= Math.min(next, Frame.HEAD_BYTES + LEAST_TEXT)
                        && isText(head, Frame.HEAD_BYTES, next);
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

    /** Frames that only servers send, up to and with ReadyForQuery, or rows behind their description. */
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
        return frames > 1 && "T12R".indexOf(head.byteAt(0)) >= 0;
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
        return nameEnd >= 0 && head.length() >= nameEnd + 1 + LEAST_TEXT && isText(head, nameEnd + 1, Long.MAX_VALUE);
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
