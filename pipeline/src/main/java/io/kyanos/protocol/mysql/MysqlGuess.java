package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.ParseResult;

/** Whether bytes are MySQL, and whose. Strict. */
final class MysqlGuess {

    private static final int LEAST_TEXT = 4;
    private static final int COLUMN_COUNT_BYTES = 1;

    /** What a text of a statement begins with, beside letters. */
    private static final String BEFORE_WORDS = " \t\r\n(/-#;";

    /** The states of a session that servers tell. */
    private static final int KNOWN_FLAGS = 0x7fff;

    private static final byte[] CATALOG = {3, 'd', 'e', 'f'};

    private MysqlGuess() {}

    /** What stands at a connection's beginning: a greeting, an error in its place, or what answers it. */
    static Guess ofBeginning(ByteView head, ByteView other) {
        if (head.length() < Packet.HEAD_BYTES) {
            return Greeting.mayBeOne(head) ? Guess.UNSURE : Guess.NO;
        }
        return switch (Packet.sequence(head, 0)) {
            case 0 -> ofServer(head);
            case 1 -> ofClient(head);
            default -> Guess.NO;
        };
    }

    /** Whether a server may begin a connection with these bytes. */
    static boolean mayGreet(ByteView head) {
        boolean isOfServer = head.length() < Packet.HEAD_BYTES || Packet.sequence(head, 0) == 0;
        return isOfServer && ofBeginning(head, head) != Guess.NO;
    }

    private static Guess ofServer(ByteView head) {
        if (Greeting.mayBeOne(head)) {
            return Greeting.isCertain(head) ? Guess.RESPONSE : Guess.UNSURE;
        }
        return ofError(head, 0);
    }

    /** An error, whole or as far as it is in view. */
    private static Guess ofError(ByteView view, int at) {
        int length = Packet.length(view, at);
        int from = at + Packet.HEAD_BYTES;
        if (length < 4 || length > ErrorPacket.MAX_BYTES || from + length < view.length()) {
            return Guess.NO;
        }
        if (from + 3 > view.length()) {
            return from == view.length() || (view.byteAt(from) & 0xff) == Packet.ERROR ? Guess.UNSURE : Guess.NO;
        }
        int number = (view.byteAt(from + 1) & 0xff) | (view.byteAt(from + 2) & 0xff) << 8;
        if ((view.byteAt(from) & 0xff) != Packet.ERROR || !ErrorNumbers.isKnown(number)) {
            return Guess.NO;
        }
        if (!isText(view, from + 3, view.length())) {
            return Guess.NO;
        }
        return view.length() - from >= ErrorPacket.HEAD_BYTES ? Guess.RESPONSE : Guess.UNSURE;
    }

    private static Guess ofClient(ByteView head) {
        int length = Packet.length(head, 0);
        if (!Command.CONNECT.fits(length)) {
            return Guess.NO;
        }
        Packet packet = new Packet();
        packet.wrap(head, 0, new ParseResult());
        if (packet.inView() < Login.HEAD_BYTES) {
            return packet.inView() < 2 || (packet.at16(0) & Capabilities.PROTOCOL_41) != 0 ? Guess.UNSURE : Guess.NO;
        }
        return Login.isOne(packet) ? Guess.REQUEST : Guess.NO;
    }

    /** What begins where a call does, anywhere in a connection. */
    static Guess anywhere(ByteView head, ByteView other) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        Guess beginning = ofBeginning(head, other);
        if (beginning == Guess.REQUEST || beginning == Guess.RESPONSE) {
            return beginning;
        }
        if (head.length() < Packet.HEAD_BYTES) {
            return beginning;
        }
        if (showsAClient(head)) {
            return Guess.REQUEST;
        }
        if (showsAServer(head)) {
            return Guess.RESPONSE;
        }
        boolean mayBecomeClear = mayBeRequest(head, 0) || mayBeAnswer(head, 0);
        return beginning == Guess.UNSURE || mayBecomeClear ? Guess.UNSURE : Guess.NO;
    }

    /** A statement whose text can be read, or an execution, that ends with the view or goes on. */
    private static boolean showsAClient(ByteView head) {
        if (head.length() < Packet.HEAD_BYTES + 1 + LEAST_TEXT || !mayBeRequest(head, 0)) {
            return false;
        }
        int end = Packet.HEAD_BYTES + Packet.length(head, 0);
        Command command = Command.of(head.byteAt(Packet.HEAD_BYTES) & 0xff);
        boolean isClear = command == Command.QUERY || command == Command.PREPARE;
        boolean isExecution = command == Command.EXECUTE && head.length() >= Packet.HEAD_BYTES + 10;
        return (isClear || isExecution) && (end >= head.length() || mayBeRequest(head, end));
    }

    /** An error with its state, or a count of columns with the description of the first of them. */
    private static boolean showsAServer(ByteView head) {
        if (Packet.sequence(head, 0) != 1) {
            return false;
        }
        int first = Packet.HEAD_BYTES;
        if (head.length() > first + 9 && head.byteAt(first + 3) == '#') {
            return ofError(head, 0) == Guess.RESPONSE;
        }
        int column = first + COLUMN_COUNT_BYTES;
        return Packet.length(head, 0) == COLUMN_COUNT_BYTES
                && head.length() >= column + Packet.HEAD_BYTES + CATALOG.length
                && mayBeAnswer(head, 0);
    }

    /** Whether a command may begin at {@code at}, as far as the view goes. */
    static boolean mayBeRequest(ByteView view, int at) {
        int left = view.length() - at;
        if (left < Packet.HEAD_BYTES) {
            return left < 3 || Packet.length(view, at) > 0;
        }
        int length = Packet.length(view, at);
        if (Packet.sequence(view, at) != 0 || length == 0) {
            return false;
        }
        if (left == Packet.HEAD_BYTES) {
            return true;
        }
        int type = view.byteAt(at + Packet.HEAD_BYTES) & 0xff;
        Command command = Command.of(type);
        if (command == null || !command.fits(length)) {
            return false;
        }
        int from = at + Packet.HEAD_BYTES + 1;
        int end = Math.min(view.length(), from - 1 + length);
        return switch (command) {
            case QUERY, PREPARE -> isStatement(view, from, end);
            case EXECUTE -> isExecution(view, from, end);
            case INIT_DB -> length > LEAST_TEXT && isText(view, from, end);
            default -> false;
        };
    }

    private static boolean isStatement(ByteView view, int from, int end) {
        int at = from;
        if (at < end && view.byteAt(at) == 0) {
            // No attributes, one set of them
            at += 2;
            if (from + 1 < end && view.byteAt(from + 1) != 1) {
                return false;
            }
        } else if (at < end && view.byteAt(at) < '\t' && view.byteAt(at) > 0) {
            return at + 1 >= end || view.byteAt(at + 1) == 1;
        }
        if (at >= end) {
            return true;
        }
        byte b = view.byteAt(at);
        boolean begins = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || BEFORE_WORDS.indexOf(b) >= 0;
        return begins && isText(view, at, Math.min(end, at + 64));
    }

    /** Number, flags, and how often: once. */
    private static boolean isExecution(ByteView view, int from, int end) {
        int flags = from + Integer.BYTES;
        if (flags < end && (view.byteAt(flags) & ~0x0f) != 0) {
            return false;
        }
        for (int i = 0; i < Integer.BYTES && flags + 1 + i < end; i++) {
            if (view.byteAt(flags + 1 + i) != (i == 0 ? 1 : 0)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isText(ByteView view, int from, int end) {
        for (int i = from; i < end; i++) {
            byte b = view.byteAt(i);
            if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
                return false;
            }
        }
        return true;
    }

    /** Whether an answer may begin at {@code at}, as far as the view goes. */
    static boolean mayBeAnswer(ByteView view, int at) {
        int left = view.length() - at;
        if (left < Packet.HEAD_BYTES) {
            return left < 3 || Packet.length(view, at) > 0;
        }
        int length = Packet.length(view, at);
        if (Packet.sequence(view, at) != 1 || length == 0) {
            return false;
        }
        if (left == Packet.HEAD_BYTES) {
            return true;
        }
        int from = at + Packet.HEAD_BYTES;
        int type = view.byteAt(from) & 0xff;
        return switch (type) {
            case Packet.OK -> isSuccess(view, from, length);
            case Packet.ERROR -> isError(view, from, length);
            default -> length == COLUMN_COUNT_BYTES && type < Packet.NULL && isColumn(view, from + 1);
        };
    }

    /** Of one row or none, as most are, and with a state that servers tell. */
    private static boolean isSuccess(ByteView view, int from, int length) {
        int flags = from + 3;
        boolean isShort = length >= EndPacket.LEAST_OK_BYTES && length <= ErrorPacket.MAX_BYTES;
        if (!isShort || flags + 1 >= view.length()) {
            return isShort;
        }
        int told = (view.byteAt(flags) & 0xff) | (view.byteAt(flags + 1) & 0xff) << 8;
        return (told & ~KNOWN_FLAGS) == 0;
    }

    private static boolean isError(ByteView view, int from, int length) {
        if (length < ErrorPacket.HEAD_BYTES || length > ErrorPacket.MAX_BYTES) {
            return false;
        }
        if (from + 2 >= view.length()) {
            return true;
        }
        int number = (view.byteAt(from + 1) & 0xff) | (view.byteAt(from + 2) & 0xff) << 8;
        return ErrorNumbers.isKnown(number) && (from + 3 >= view.length() || view.byteAt(from + 3) == '#');
    }

    /** Whether the second packet of an answer describes a column, as far as it is in view. */
    private static boolean isColumn(ByteView view, int at) {
        if (view.length() - at < Packet.HEAD_BYTES) {
            return true;
        }
        if (Packet.sequence(view, at) != 2) {
            return false;
        }
        for (int i = 0; i < CATALOG.length && at + Packet.HEAD_BYTES + i < view.length(); i++) {
            if (view.byteAt(at + Packet.HEAD_BYTES + i) != CATALOG[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether the end of a list, with this number, stands at {@code at}, all of it in view. */
    static boolean isEnd(ByteView view, int at, int sequence) {
        return view.length() - at >= Packet.HEAD_BYTES + 1
                && Packet.length(view, at) == EndPacket.EOF_BYTES
                && Packet.sequence(view, at) == (sequence & 0xff)
                && (view.byteAt(at + Packet.HEAD_BYTES) & 0xff) == Packet.END;
    }
}
