package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.sql.SqlVerb;

/** Whether bytes are MySQL, and whose. Strict. */
final class MysqlGuess {

    private static final int LEAST_TEXT = 4;

    /** So much of a text that goes on beyond the view must be in it: tags of PostgreSQL begin with verbs, too. */
    private static final int LEAST_OF_LONG_TEXT = 20;

    /** The states of a session that servers tell. */
    private static final int KNOWN_FLAGS = 0x7fff;

    /** Before the name of the file: a position, flags, a number. */
    private static final int DUMP_HEAD_BYTES = 10;

    private static final int MOST_WARNINGS = 1024;

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
        int at = Compressed.holdsOne(head) ? Compressed.HEAD_BYTES : 0;
        if (showsAClient(head, at)) {
            return Guess.REQUEST;
        }
        if (showsAServer(head, at)) {
            return Guess.RESPONSE;
        }
        boolean mayBecomeClear = mayBeRequest(head, 0) || mayBeAnswer(head, 0) || Compressed.isOne(head, 0);
        return beginning == Guess.UNSURE || mayBecomeClear ? Guess.UNSURE : Guess.NO;
    }

    /** A statement whose text can be read, or an execution, that ends with the view or goes on. */
    private static boolean showsAClient(ByteView head, int at) {
        int from = at + Packet.HEAD_BYTES;
        if (head.length() < from + 1 + LEAST_TEXT || !mayBeRequest(head, at)) {
            return false;
        }
        int end = from + Packet.length(head, at);
        Command command = Command.of(head.byteAt(from) & 0xff);
        boolean isReadable = end <= head.length() || head.length() >= from + 1 + LEAST_OF_LONG_TEXT;
        boolean isClear = isReadable && (command == Command.QUERY || command == Command.PREPARE);
        boolean isExecution = command == Command.EXECUTE && head.length() >= from + 10;
        boolean isOfStatement = command == Command.CLOSE || command == Command.RESET || command == Command.FETCH;
        if (isOfStatement && end == head.length()) {
            return true;
        }
        return (isClear || isExecution) && (end >= head.length() || mayBeRequest(head, end));
    }

    /** An error with its state, or a count of columns with the description of the first of them. */
    private static boolean showsAServer(ByteView head, int at) {
        if (head.length() < at + Packet.HEAD_BYTES || Packet.sequence(head, at) != 1) {
            return false;
        }
        int first = at + Packet.HEAD_BYTES;
        if (head.length() > first + 9 && head.byteAt(first + 3) == '#') {
            return ofError(head, at) == Guess.RESPONSE;
        }
        int column = first + Packet.length(head, at);
        return Packet.length(head, at) <= 2
                && head.length() >= column + Packet.HEAD_BYTES + MysqlResponses.CATALOG.length
                && mayBeAnswer(head, at);
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
            case QUERY, PREPARE -> isStatement(view, from, end, end < from - 1 + length);
            case EXECUTE -> isExecution(view, from, end);
            case INIT_DB, CREATE_DB, DROP_DB -> length > LEAST_TEXT && isName(view, from, end);
            case FIELD_LIST -> length > LEAST_TEXT && isName(view, from, Math.min(end, nameEnd(view, from)));
            case CLOSE, RESET, FETCH -> isSmall(view, from) && isFollowed(view, from - 1 + length);
            case BINLOG_DUMP ->
                isName(view, Math.min(end, from + DUMP_HEAD_BYTES), end)
                        && (from + 5 >= end || view.byteAt(from + 5) == 0);
            default -> false;
        };
    }

    private static int nameEnd(ByteView view, int from) {
        int nul = view.indexOf((byte) 0, from, view.length());
        return nul < 0 ? view.length() : nul;
    }

    /** A number of a statement that is within three bytes. */
    private static boolean isSmall(ByteView view, int from) {
        return from + 3 >= view.length() || view.byteAt(from + 3) == 0;
    }

    /** Whether nothing follows {@code end}, or what follows a command. */
    private static boolean isFollowed(ByteView view, int end) {
        return end >= view.length() || (view.length() - end < Packet.HEAD_BYTES + 1 || isCommand(view, end));
    }

    /** Whether a packet of a command stands at {@code at}, as far as the view goes. */
    static boolean isCommand(ByteView view, int at) {
        if (view.length() - at <= Packet.HEAD_BYTES) {
            return view.length() - at < Packet.HEAD_BYTES || Packet.sequence(view, at) == 0;
        }
        Command command = Command.of(view.byteAt(at + Packet.HEAD_BYTES) & 0xff);
        return Packet.sequence(view, at) == 0 && command != null && command.fits(Packet.length(view, at));
    }

    /** @param end of the packet, or of what is in view of it */
    private static boolean isStatement(ByteView view, int from, int end, boolean isCut) {
        int at = from;
        int first = at < end ? view.byteAt(at) : ' ';
        if (first >= 0 && first < '\t') {
            // Attributes: how many, and one set of them
            if (at + 1 < end && view.byteAt(at + 1) != 1) {
                return false;
            }
            if (first > 0) {
                return mayBeAttributes(view, at + 2, end, first);
            }
            at += 2;
        }
        return (at >= end && isCut)
                || (at < end && SqlVerb.mayBegin(view, at, end, isCut) && isText(view, at, Math.min(end, at + 64)));
    }

    /** The types come with them, and the first has no name that is longer than the view. */
    private static boolean mayBeAttributes(ByteView view, int from, int end, int count) {
        int types = from + (count + Byte.SIZE - 1) / Byte.SIZE;
        return types + 4 < end
                && view.byteAt(types) == 1
                && (view.byteAt(types + 2) & 0x7f) == 0
                && isText(view, types + 4, Math.min(end, types + 4 + view.byteAt(types + 3)));
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

    /** As {@link #isText}, without blanks. */
    private static boolean isName(ByteView view, int from, int end) {
        for (int i = from; i < end; i++) {
            if (view.byteAt(i) >= 0 && view.byteAt(i) <= ' ') {
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
            default ->
                (isCount(view, from, length) && isColumn(view, from + length))
                        || (isCountAlone(view, from, length) && isRowOrEnd(view, from + length));
        };
    }

    /** Two counts, a state that servers tell, few warnings, and then a text, perhaps with its length before it. */
    private static boolean isSuccess(ByteView view, int from, int length) {
        if (length < EndPacket.LEAST_OK_BYTES || length > ErrorPacket.MAX_BYTES) {
            return false;
        }
        if (length == Prepared.BYTES && Prepared.isOne(view, from)) {
            return true;
        }
        int flags = from + 1 + numberBytes(view, from + 1);
        flags += numberBytes(view, flags);
        int end = from + length;
        if (flags + Integer.BYTES > end) {
            return false;
        }
        if (flags + Integer.BYTES > view.length()) {
            return true;
        }
        int told = (view.byteAt(flags) & 0xff) | (view.byteAt(flags + 1) & 0xff) << 8;
        int warnings = (view.byteAt(flags + 2) & 0xff) | (view.byteAt(flags + 3) & 0xff) << 8;
        if ((told & ~KNOWN_FLAGS) != 0 || warnings > MOST_WARNINGS) {
            return false;
        }
        int text = flags + Integer.BYTES;
        int seen = Math.min(view.length(), end);
        return text >= seen || isText(view, text, seen) || isCounted(view, text, end);
    }

    private static int numberBytes(ByteView view, int at) {
        int first = at < view.length() ? view.byteAt(at) & 0xff : 0;
        return first == 0xfc ? 3 : first == 0xfd ? 4 : first == 0xfe ? 9 : 1;
    }

    /** A text with its length before it, up to {@code end} or to changes of the session, with theirs. */
    private static boolean isCounted(ByteView view, int at, int end) {
        int behind = at + 1 + (view.byteAt(at) & 0xff);
        if (behind >= end || behind >= view.length()) {
            return behind == end || (behind >= view.length() && behind < end);
        }
        return behind + 1 + (view.byteAt(behind) & 0xff) == end;
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

    /** A count of columns that are described. */
    private static boolean isCount(ByteView view, int from, int length) {
        int first = view.byteAt(from) & 0xff;
        boolean isFlagged = length == 2 && (first == 1 || from + 1 >= view.length() || view.byteAt(from + 1) == 1);
        return first < Packet.NULL && (length == 1 || isFlagged);
    }

    /** A count of columns that the client knows already. */
    private static boolean isCountAlone(ByteView view, int from, int length) {
        int first = view.byteAt(from) & 0xff;
        return length == 2 && first < Packet.NULL && (from + 1 >= view.length() || view.byteAt(from + 1) == 0);
    }

    /** Whether the second packet of an answer is a row of a prepared statement, or what ends rows, as far as it is in view. */
    private static boolean isRowOrEnd(ByteView view, int at) {
        int left = view.length() - at;
        if (left < Packet.HEAD_BYTES) {
            return true;
        }
        int type = left == Packet.HEAD_BYTES ? 0 : view.byteAt(at + Packet.HEAD_BYTES) & 0xff;
        return Packet.sequence(view, at) == 2 && (type == Packet.OK || type == Packet.END || type == Packet.ERROR);
    }

    /** Whether the second packet of an answer describes a column, as far as it is in view. */
    private static boolean isColumn(ByteView view, int at) {
        if (view.length() - at < Packet.HEAD_BYTES) {
            return true;
        }
        if (Packet.sequence(view, at) != 2) {
            return false;
        }
        for (int i = 0; i < MysqlResponses.CATALOG.length && at + Packet.HEAD_BYTES + i < view.length(); i++) {
            if (view.byteAt(at + Packet.HEAD_BYTES + i) != MysqlResponses.CATALOG[i]) {
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
