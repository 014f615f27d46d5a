package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What RESP bytes may begin with. Stateless; allocates nothing. */
final class RedisGuess {

    private static final int MAX_WORD = 64;
    private static final int MAX_LINE = 512;
    private static final int MAX_DIGITS = 10;

    private static final byte[] SUBSCRIBE = "subscribe\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OK = "+OK\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] QUOTED_ERROR = "-ERR '".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HTTP = " HTTP/".getBytes(StandardCharsets.US_ASCII);

    /** What a server says before it closes a connection that it does not want. */
    // https://github.com/redis/redis/blob/7.0/src/networking.c, acceptCommonHandler
    private static final byte[][] REFUSALS = {
        "-DENIED ".getBytes(StandardCharsets.US_ASCII), "-ERR max number of clients".getBytes(StandardCharsets.US_ASCII)
    };

    /** First words of the simple strings that Redis answers with. */
    // https://redis.io/docs/latest/commands/
    private static final WordTable<String> SIMPLE_STRINGS = new WordTable<>(
            List.of(
                    "OK",
                    "PONG",
                    "QUEUED",
                    "RESET",
                    "FULLRESYNC",
                    "CONTINUE",
                    "NONE",
                    "STRING",
                    "LIST",
                    "SET",
                    "ZSET",
                    "HASH",
                    "STREAM",
                    "BACKGROUND",
                    "NOKEY"),
            word -> word);

    /** What a subscriber is sent, and of how many elements it is. */
    private enum Published {
        MESSAGE(3),
        PMESSAGE(4),
        SMESSAGE(3);

        private static final WordTable<Published> TABLE = new WordTable<>(List.of(values()), Published::name);

        private final int elements;

        Published(int elements) {
            this.elements = elements;
        }
    }

    private RedisGuess() {}

    /** What NATS answers, too, is no response to what NATS begins with. */
    static Guess afterOther(Guess guess, ByteView head, ByteView other) {
        boolean isCommon = head.startsWith(OK, 0) || head.startsWith(QUOTED_ERROR, 0);
        return isCommon && isObject(other) ? Guess.NO : guess;
    }

    /** A word and an object of JSON: the beginning of a line of NATS. */
    private static boolean isObject(ByteView view) {
        int blank = view.indexOf((byte) ' ', 0, MAX_WORD);
        return blank > 0 && blank + 1 < view.length() && view.byteAt(blank + 1) == '{';
    }

    static Guess guess(ByteView head) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        return switch (head.byteAt(0)) {
            case '*' -> array(head);
            case '+', '-' -> words(head);
            case ':' -> afterNumber(head, 1, true);
            case '$' -> bulk(head);
            case '=', '!' -> number(head, 1) == RespLine.BAD ? Guess.NO : bulk(head);
            case '%', '~', '>' -> aggregate(head);
            case '_' -> literal(head, 1);
            case '#' -> trueOrFalse(head);
            case '(' -> afterNumber(head, 1, true);
            case ',' -> afterNumber(head, 1, false);
            default -> inline(head);
        };
    }

    /**
     * What begins in the middle of a connection. Lines, numbers and strings prove nothing there: mail servers say
     * {@code +OK} and {@code -ERR}, and a value that another protocol carries may begin with {@code $} or {@code :}.
     */
    static Guess guessAnywhere(ByteView head) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        return switch (head.byteAt(0)) {
            case '*', '%', '~', '>' -> guess(head);
            case '+' -> RespGrammar.isMonitorLine(head, 1, head.length()) ? words(head) : Guess.NO;
            default -> Guess.NO;
        };
    }

    /** Whether it is, or may become, what a server refuses a client with before that has spoken. */
    static boolean isRefusal(ByteView head) {
        for (byte[] refusal : REFUSALS) {
            int at = 0;
            while (at < Math.min(head.length(), refusal.length) && head.byteAt(at) == refusal[at]) {
                at++;
            }
            if (at == Math.min(head.length(), refusal.length)) {
                return true;
            }
        }
        return false;
    }

    /** How many bytes from {@code at} on are what a server refuses a client with; 0 if it does not. */
    static int refusal(ByteView view, int at) {
        for (byte[] refusal : REFUSALS) {
            if (view.startsWith(refusal, at)) {
                return refusal.length;
            }
        }
        return 0;
    }

    /**
     * The end of the status that a simple string in {@code [from, to)} begins with and by which it is recognised, with the
     * blank after it: a word that Redis answers with, or what MONITOR prints first. {@code from} if it is none.
     */
    static int knownStatus(ByteView view, int from, int to) {
        int end = from;
        while (end < to && isLetter(view.byteAt(end))) {
            end++;
        }
        boolean isKnown = (end == to || view.byteAt(end) == ' ') && SIMPLE_STRINGS.find(view, from, end) != null;
        return isKnown ? Math.min(to, end + 1) : RespGrammar.monitorHead(view, from, to);
    }

    /**
     * Whether a request of a known command may begin at {@code from}, as far as the view goes.
     *
     * @return an index after what was looked at, {@link RespLine#CUT} if it is plausible so far, or {@link RespLine#BAD}
     */
    static int requestStart(ByteView view, int from) {
        if (from >= view.length()) {
            return RespLine.CUT;
        }
        if (view.byteAt(from) != '*') {
            return RespLine.BAD;
        }
        int next = number(view, from + 1);
        if (next < 0) {
            return next;
        }
        if (view.byteAt(from + 1) == '-' || view.byteAt(from + 1) == '0') {
            return RespLine.BAD;
        }
        if (next == view.length()) {
            return RespLine.CUT;
        }
        if (view.byteAt(next) != '$') {
            return RespLine.BAD;
        }
        int word = number(view, next + 1);
        if (word < 0) {
            return word;
        }
        int length = value(view, next + 1);
        if (length < 1 || length > MAX_WORD) {
            return RespLine.BAD;
        }
        for (int i = word; i < Math.min(view.length(), word + length); i++) {
            if (view.byteAt(i) <= ' ' || view.byteAt(i) > '~') {
                return RespLine.BAD;
            }
        }
        if (view.length() < word + length) {
            return RespLine.CUT;
        }
        if (RedisCommands.find(view, word, word + length) == null) {
            return RespLine.BAD;
        }
        return RespGrammar.crLf(view, word + length);
    }

    /**
     * Whether a reply may begin at {@code from}, as far as the view goes: its first element, and the type of what follows.
     *
     * @return an index after what was looked at, {@link RespLine#CUT} if it is plausible so far, or {@link RespLine#BAD}
     */
    static int replyStart(ByteView view, int from) {
        byte type = view.byteAt(from);
        if (from + 1 < view.length() && view.byteAt(from + 1) == '?') {
            return streamedStart(view, from);
        }
        int next = switch (type) {
            case '*', '%', '~', '>', '|' -> number(view, from + 1);
            case '$', '!', '=' -> string(view, from + 1);
            case '_' -> RespGrammar.crLf(view, from + 1);
            case ':', '(' -> numeric(view, from + 1);
            case '+', '-', ',', '#' -> {
                int end = lineEnd(view, from + 1);
                yield end < 0 ? end : RespGrammar.crLf(view, end);
            }
            default -> RespLine.BAD;
        };
        if (next < 0 || next == view.length()) {
            return next;
        }
        return isType(view.byteAt(next)) ? next : RespLine.BAD;
    }

    private static int streamedStart(ByteView view, int from) {
        int next = switch (view.byteAt(from)) {
            case '$', '*', '%', '~' -> RespGrammar.crLf(view, from + 2);
            default -> RespLine.BAD;
        };
        if (next < 0 || next == view.length()) {
            return next;
        }
        byte first = view.byteAt(next);
        boolean goesOn = view.byteAt(from) == '$' ? first == ';' : first == '.' || isType(first);
        return goesOn ? next : RespLine.BAD;
    }

    /** Whether a reply's beginning at {@code at} is of a kind that the rest of a text line seldom looks like. */
    static boolean isUnlikelyInText(ByteView view, int at) {
        return switch (view.byteAt(at)) {
            case '$', '*' -> true;
            case '+', '-' -> at == 0 && words(view) != Guess.NO;
            default -> false;
        };
    }

    private static int string(ByteView view, int from) {
        int data = number(view, from);
        if (data < 0 || value(view, from) < 0) {
            return data;
        }
        int length = value(view, from);
        if (length > RedisRequestParser.MAX_BULK_BYTES) {
            return RespLine.BAD;
        }
        return length > view.length() - data ? RespLine.CUT : RespGrammar.crLf(view, data + length);
    }

    private static int numeric(ByteView view, int from) {
        int at = from;
        while (at < view.length() && at - from < MAX_WORD && isNumeric(view.byteAt(at), true)) {
            at++;
        }
        if (at == view.length()) {
            return RespLine.CUT;
        }
        return at == from ? RespLine.BAD : RespGrammar.crLf(view, at);
    }

    private static Guess array(ByteView head) {
        int next = number(head, 1);
        if (next < 0) {
            return next == RespLine.CUT ? Guess.UNSURE : Guess.NO;
        }
        if (value(head, 1) <= 0) {
            return Guess.RESPONSE;
        }
        if (next == head.length()) {
            return Guess.UNSURE;
        }
        if (head.byteAt(next) != '$') {
            return isType(head.byteAt(next)) ? Guess.RESPONSE : Guess.NO;
        }
        int start = requestStart(head, 0);
        if (start >= 0) {
            return value(head, 1) == 3 ? requestOrConfirmation(head, start) : Guess.REQUEST;
        }
        if (start == RespLine.CUT) {
            return Guess.UNSURE;
        }
        int word = number(head, next + 1);
        if (word == RespLine.BAD) {
            return Guess.NO;
        }
        int length = value(head, next + 1);
        if (length < 0 || length > MAX_WORD) {
            return Guess.RESPONSE;
        }
        if (RespGrammar.crLf(head, word + length) == RespLine.BAD) {
            return Guess.NO;
        }
        Published published = word + length > head.length() ? null : Published.TABLE.find(head, word, word + length);
        if (published != null && published.elements == value(head, 1)) {
            return Guess.RESPONSE;
        }
        // A command that is not in the table, or a reply of strings.
        return Guess.UNSURE;
    }

    /** A subscription is confirmed by an array that begins with its command, in lower case, and ends with a number. */
    private static Guess requestOrConfirmation(ByteView head, int second) {
        if (!head.startsWith(SUBSCRIBE, second - SUBSCRIBE.length)) {
            return Guess.REQUEST;
        }
        int data = second < head.length() ? number(head, second + 1) : RespLine.CUT;
        if (data < 0) {
            return Guess.UNSURE;
        }
        long third = (long) data + value(head, second + 1) + 2;
        if (third >= head.length()) {
            return Guess.UNSURE;
        }
        return head.byteAt((int) third) == ':' ? Guess.RESPONSE : Guess.REQUEST;
    }

    private static Guess aggregate(ByteView head) {
        int next = number(head, 1);
        if (next < 0) {
            return next == RespLine.CUT ? Guess.UNSURE : Guess.NO;
        }
        if (next == head.length()) {
            return value(head, 1) == 0 ? Guess.RESPONSE : Guess.UNSURE;
        }
        return isType(head.byteAt(next)) ? Guess.RESPONSE : Guess.NO;
    }

    private static Guess words(ByteView head) {
        int end = 1;
        while (end < head.length() && isLetter(head.byteAt(end))) {
            end++;
        }
        if (end > MAX_WORD) {
            return Guess.NO;
        }
        int line = lineEnd(head, end);
        if (line < 0) {
            return line == RespLine.CUT ? Guess.UNSURE : Guess.NO;
        }
        if (RespGrammar.isMonitorLine(head, 1, line)) {
            return Guess.RESPONSE;
        }
        boolean isError = head.byteAt(0) == '-';
        boolean wordEnds = head.byteAt(end) == ' ' || head.byteAt(end) == '\r';
        if (!wordEnds || end < 3) {
            return Guess.NO;
        }
        if (isError) {
            for (int i = 1; i < end; i++) {
                if (head.byteAt(i) < 'A' || head.byteAt(i) > 'Z') {
                    return Guess.NO;
                }
            }
            return Guess.RESPONSE;
        }
        return SIMPLE_STRINGS.find(head, 1, end) == null ? Guess.UNSURE : Guess.RESPONSE;
    }

    private static Guess bulk(ByteView head) {
        int data = number(head, 1);
        if (data < 0) {
            return data == RespLine.CUT ? Guess.UNSURE : Guess.NO;
        }
        int length = value(head, 1);
        if (length < 0) {
            return Guess.RESPONSE;
        }
        if (length > head.length() - data) {
            return Guess.RESPONSE;
        }
        return RespGrammar.crLf(head, data + length) == RespLine.BAD ? Guess.NO : Guess.RESPONSE;
    }

    private static Guess afterNumber(ByteView head, int from, boolean integer) {
        int at = from;
        while (at < head.length() && at - from < MAX_WORD && isNumeric(head.byteAt(at), integer)) {
            at++;
        }
        if (at == head.length()) {
            return Guess.UNSURE;
        }
        return at == from ? Guess.NO : literal(head, at);
    }

    private static Guess trueOrFalse(ByteView head) {
        if (head.length() == 1) {
            return Guess.UNSURE;
        }
        return head.byteAt(1) == 't' || head.byteAt(1) == 'f' ? literal(head, 2) : Guess.NO;
    }

    private static Guess literal(ByteView head, int from) {
        int end = RespGrammar.crLf(head, from);
        if (end < 0) {
            return end == RespLine.CUT ? Guess.UNSURE : Guess.NO;
        }
        return Guess.RESPONSE;
    }

    /** Other text protocols share these words, so only the replies can tell. */
    private static Guess inline(ByteView head) {
        int end = 0;
        while (end < head.length() && isCommandByte(head.byteAt(end))) {
            end++;
        }
        if (end == 0 || end > MAX_WORD) {
            return Guess.NO;
        }
        if (end == head.length()) {
            return Guess.UNSURE;
        }
        if (RedisCommands.find(head, 0, end) == null) {
            return Guess.NO;
        }
        int line = lineEnd(head, end);
        if (line == RespLine.BAD) {
            return Guess.NO;
        }
        int last = line < 0 ? head.length() : line;
        for (int i = end; i + HTTP.length <= last; i++) {
            if (head.startsWith(HTTP, i)) {
                return Guess.NO;
            }
        }
        return Guess.UNSURE;
    }

    /** The index of the CR LF that ends a line of printable bytes, {@link RespLine#CUT} or {@link RespLine#BAD}. */
    private static int lineEnd(ByteView head, int from) {
        int end = Math.min(head.length(), from + MAX_LINE);
        for (int i = from; i < end; i++) {
            byte b = head.byteAt(i);
            if (b == '\n') {
                return i;
            }
            if (b == '\r') {
                int next = RespGrammar.crLf(head, i);
                return next < 0 ? next : i;
            }
            if (b >= 0 && b < ' ' && b != '\t') {
                return RespLine.BAD;
            }
        }
        return end == from + MAX_LINE ? RespLine.BAD : RespLine.CUT;
    }

    private static int number(ByteView view, int from) {
        int at = from;
        if (at < view.length() && view.byteAt(at) == '-') {
            if (at + 1 < view.length() && view.byteAt(at + 1) != '1') {
                return RespLine.BAD;
            }
            if (at + 2 < view.length() && view.byteAt(at + 2) != '\r') {
                return RespLine.BAD;
            }
            at = Math.min(view.length(), at + 2);
            return at == view.length() ? RespLine.CUT : RespGrammar.crLf(view, at);
        }
        while (at < view.length() && view.byteAt(at) >= '0' && view.byteAt(at) <= '9') {
            at++;
        }
        if (at - from > MAX_DIGITS - 1 || (at == from && at < view.length())) {
            return RespLine.BAD;
        }
        return at == view.length() ? RespLine.CUT : RespGrammar.crLf(view, at);
    }

    /** The value of a number that {@link #number} has found whole. */
    private static int value(ByteView view, int from) {
        if (view.byteAt(from) == '-') {
            return -1;
        }
        int value = 0;
        for (int at = from; view.byteAt(at) != '\r'; at++) {
            value = value * 10 + (view.byteAt(at) - '0');
        }
        return value;
    }

    static boolean isType(byte b) {
        return switch (b) {
            case '+', '-', ':', '$', '*', '_', ',', '#', '!', '=', '(', '%', '~', '>', '|' -> true;
            default -> false;
        };
    }

    static boolean isCommandByte(byte b) {
        return isLetter(b) || (b >= '0' && b <= '9') || b == '.' || b == '-' || b == '_';
    }

    private static boolean isLetter(byte b) {
        return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
    }

    private static boolean isNumeric(byte b, boolean integer) {
        if ((b >= '0' && b <= '9') || b == '-' || b == '+') {
            return true;
        }
        return !integer && (b == '.' || isLetter(b));
    }
}
