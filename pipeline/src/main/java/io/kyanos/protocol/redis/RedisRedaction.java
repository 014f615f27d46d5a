package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Excerpt;
import io.kyanos.protocol.Redaction;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Leaves of RESP all types, counts and lengths, the names of commands, words that change how replies are framed, the first
 * words of errors, and the kinds of pushes. Not thread-safe.
 */
/*
 * Both directions are streams of lines, some of which announce a string of so many bytes; arrays need no stack, as what they hold
 * stands behind them as anything else does. Of requests the place of each string within its command is counted.
 *
 * Where framing is lost, everything is overwritten until an event begins with what could begin a message.
 */
final class RedisRedaction implements Redaction {

    private enum State {
        LINE,
        WORD,
        CONTENT,
        CONTENT_END,
        LOST,
        OPAQUE
    }

    private static final int MAX_LINE_BYTES = 64 * 1024;

    /** Strings that may be words are looked at as a whole, longer ones are overwritten as they come. */
    private static final int MAX_WORD_BYTES = 32;

    private static final int MAX_ERROR_BYTES = 4096;
    private static final int MAX_DIGITS = 10;
    private static final int MAX_NUMBER_DIGITS = 10;
    private static final byte MASK = 'x';
    private static final byte DIGIT = '0';

    private static final Set<String> STATUSES = Set.of(
            "OK", "QUEUED", "PONG", "RESET", "none", "string", "list", "set", "zset", "hash", "stream", "CONTINUE");
    private static final Set<String> PUSHES = Set.of(
            "message",
            "pmessage",
            "smessage",
            "subscribe",
            "psubscribe",
            "ssubscribe",
            "unsubscribe",
            "punsubscribe",
            "sunsubscribe",
            "invalidate",
            "pong");
    /** Commands that wait, by where they say how long. */
    private static final Set<String> WAIT_FIRST = Set.of("BLMPOP", "BZMPOP");

    private static final Set<String> WAIT_LAST =
            Set.of("BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BZPOPMAX", "BZPOPMIN", "WAIT", "WAITAOF");
    private static final Set<String> WAIT_OPTION = Set.of("XREAD", "XREADGROUP");
    private static final int MAX_WAIT_OPTION_POSITION = 7;

    private static final Set<String> REPLY_MODES = Set.of("ON", "OFF", "SKIP");

    private final Requests requests = new Requests();
    private final Replies replies = new Replies();

    @Override
    public void bytes(boolean ofRequests, byte[] bytes, int from, int to) {
        (ofRequests ? requests : replies).bytes(bytes, from, to);
    }

    @Override
    public void gap(boolean ofRequests, long length) {
        (ofRequests ? requests : replies).gap(length);
    }

    @Override
    public void leave() {
        requests.leave();
        replies.leave();
    }

    /** What both directions have in common. */
    private abstract static class Side {

        final Excerpt excerpt = new Excerpt(MAX_LINE_BYTES);
        State state = State.LINE;

        /** Of the string that is under way. */
        private long remaining;

        private int wordLength;

        /** The beginning of the excerpt has left already: the rest is overwritten. */
        private boolean beheaded;

        private int leftOfWord;

        final void bytes(byte[] bytes, int from, int to) {
            int at = from;
            if (state == State.LOST && mayBegin(bytes, from, to)) {
                state = State.LINE;
                begin();
            }
            while (at < to) {
                at = switch (state) {
                    case LINE -> takeLine(bytes, at, to);
                    case WORD -> word(bytes, at, to);
                    case CONTENT -> content(bytes, at, to);
                    case CONTENT_END -> contentEnd(bytes, at, to);
                    case LOST -> overwrite(bytes, at, to, MASK);
                    case OPAQUE -> overwrite(bytes, at, to, (byte) 0);
                };
            }
        }

        final void gap(long length) {
            if (state == State.CONTENT && length <= remaining) {
                remaining -= length;
                state = remaining == 0 ? State.CONTENT_END : State.CONTENT;
            } else if (state != State.OPAQUE) {
                leave();
                lose();
            }
        }

        final void leave() {
            if (excerpt.isBegun()) {
                excerpt.cut();
                leftOfWord += excerpt.to() - excerpt.from();
                overwriteText(excerpt.bytes(), excerpt.from(), excerpt.to());
                excerpt.giveBack();
                beheaded = true;
            }
        }

        final void lose() {
            state = State.LOST;
            beheaded = false;
            leftOfWord = 0;
        }

        /** A string follows, of which up to {@code maxBytes} are looked at as a whole. */
        final void expectString(long length, int maxBytes) {
            remaining = length;
            if (length > 0 && length <= maxBytes) {
                wordLength = (int) length;
                leftOfWord = 0;
                state = State.WORD;
            } else {
                state = length == 0 ? State.CONTENT_END : State.CONTENT;
                longString();
            }
        }

        private int takeLine(byte[] bytes, int from, int to) {
            int next = excerpt.takeLine(bytes, from, to);
            if (excerpt.isTooLong()) {
                leave();
            } else if (excerpt.isWhole()) {
                if (beheaded) {
                    overwriteText(excerpt.bytes(), excerpt.from(), textEnd());
                    lose();
                } else {
                    line(excerpt.bytes(), excerpt.from(), textEnd());
                }
                excerpt.giveBack();
            }
            return next;
        }

        private int word(byte[] bytes, int from, int to) {
            int next = excerpt.takeWord(bytes, from, to, wordLength - leftOfWord);
            if (excerpt.isWhole()) {
                if (beheaded) {
                    overwriteText(excerpt.bytes(), excerpt.from(), excerpt.to());
                    beheaded = false;
                    longString();
                } else {
                    shortString(excerpt.bytes(), excerpt.from(), excerpt.to());
                }
                excerpt.giveBack();
                state = State.CONTENT_END;
            }
            return next;
        }

        private int content(byte[] bytes, int from, int to) {
            int end = (int) Math.min(to, from + remaining);
            overwrite(bytes, from, end, MASK);
            remaining -= end - from;
            if (remaining == 0) {
                state = State.CONTENT_END;
            }
            return end;
        }

        private int contentEnd(byte[] bytes, int from, int to) {
            if (bytes[from] == '\r') {
                return from + 1;
            }
            if (bytes[from] != '\n') {
                lose();
                return overwrite(bytes, from, to, MASK);
            }
            state = State.LINE;
            stringEnds();
            return from + 1;
        }

        private int textEnd() {
            byte[] bytes = excerpt.bytes();
            int end = excerpt.to() - 1;
            return end > excerpt.from() && bytes[end - 1] == '\r' ? end - 1 : end;
        }

        /** Whether an event that begins so could begin with a message. */
        abstract boolean mayBegin(byte[] bytes, int from, int to);

        /** A message begins. */
        abstract void begin();

        /** One line, without its end; what it announces is expected from here on. */
        abstract void line(byte[] bytes, int from, int to);

        abstract void shortString(byte[] bytes, int from, int to);

        abstract void longString();

        abstract void stringEnds();
    }

    private final class Requests extends Side {

        private RedisCommand command = RedisCommands.OTHER;
        private int words;
        private int position;

        @Override
        boolean mayBegin(byte[] bytes, int from, int to) {
            return bytes[from] == '*' && to - from > 1 && isDigit(bytes[from + 1]);
        }

        @Override
        void begin() {
            words = 0;
            position = 0;
            command = RedisCommands.OTHER;
        }

        @Override
        void line(byte[] bytes, int from, int to) {
            if (from == to) {
                return;
            }
            long number = numberBehindType(bytes, from, to);
            if (words > 0) {
                if (bytes[from] == '$' && number >= 0) {
                    expectString(number, MAX_WORD_BYTES);
                } else {
                    overwriteText(bytes, from, to);
                    lose();
                }
            } else if (bytes[from] == '*' && number >= -1) {
                begin();
                words = (int) Math.max(0, number);
            } else if (bytes[from] == '*') {
                overwriteText(bytes, from, to);
                lose();
            } else {
                inline(bytes, from, to);
            }
        }

        /** Words divided by blanks. */
        private void inline(byte[] bytes, int from, int to) {
            begin();
            int at = from;
            while (at < to) {
                int end = at;
                while (end < to && bytes[end] != ' ' && bytes[end] != '\t') {
                    end++;
                }
                if (end > at) {
                    shortString(bytes, at, end);
                    position++;
                }
                at = end + 1;
            }
            afterCommand();
        }

        @Override
        void shortString(byte[] bytes, int from, int to) {
            ByteView view = new ByteView(bytes, 0, bytes.length);
            if (position == 0) {
                RedisCommand found = RedisCommands.find(view, from, to);
                command = found == null ? RedisCommands.OTHER : found;
                if (found == null) {
                    overwriteText(bytes, from, to);
                }
            } else if (position == 1 && command.isContainer()) {
                RedisCommand found = RedisCommands.find(command, view, from, to);
                if (found == command) {
                    overwriteText(bytes, from, to);
                }
                command = found;
            } else if (!isStructure(bytes, from, to)) {
                overwriteText(bytes, from, to);
            }
        }

        private boolean isStructure(byte[] bytes, int from, int to) {
            boolean isNumber = isNumber(bytes, from, to);
            return switch (command.special()) {
                case CLIENT_REPLY -> REPLY_MODES.contains(text(bytes, from, to).toUpperCase(Locale.ROOT));
                case HELLO -> position == 1 && isNumber && to - from == 1;
                default -> (isNumber && mayWait()) || isWaitOption(bytes, from, to);
            };
        }

        /** Numbers of commands that wait: how long the reply may take is known by them. */
        private boolean mayWait() {
            String name = command.name();
            return (WAIT_FIRST.contains(name) && position == 1)
                    || (WAIT_LAST.contains(name) && position == words - 1)
                    || (WAIT_OPTION.contains(name) && position <= MAX_WAIT_OPTION_POSITION);
        }

        private boolean isWaitOption(byte[] bytes, int from, int to) {
            return WAIT_OPTION.contains(command.name()) && text(bytes, from, to).equalsIgnoreCase("BLOCK");
        }

        @Override
        void longString() {
            // Stays what it is: overwritten.
        }

        @Override
        void stringEnds() {
            position++;
            if (position >= words) {
                words = 0;
                afterCommand();
            }
        }

        private void afterCommand() {
            if (command.special() == RedisCommand.Special.SYNC || command.special() == RedisCommand.Special.PSYNC) {
                replies.becomeOpaque();
            }
        }
    }

    private static final class Replies extends Side {

        /** Of the string under way. */
        private boolean verbatim;

        private boolean ofError;

        /** Strings since the last array or push began: its kind is its first. */
        private int strings;

        private boolean confirms;

        void becomeOpaque() {
            leave();
            state = State.OPAQUE;
        }

        @Override
        boolean mayBegin(byte[] bytes, int from, int to) {
            int end = from;
            while (end < to && bytes[end] != '\n') {
                end++;
            }
            return switch (bytes[from]) {
                case '*', '$', ':', '%', '~', '>', '|' ->
                    end < to
                            && numberBehindType(bytes, from, end > from && bytes[end - 1] == '\r' ? end - 1 : end)
                                    >= -1;
                case '+', '-', '_', '#', ',', '(' -> end < to;
                default -> false;
            };
        }

        @Override
        void begin() {
            strings = 0;
            confirms = false;
        }

        @Override
        void line(byte[] bytes, int from, int to) {
            if (from == to) {
                lose();
                return;
            }
            long number = numberBehindType(bytes, from, to);
            switch (bytes[from]) {
                case '$', '=', '!', ';' -> {
                    verbatim = bytes[from] == '=';
                    ofError = bytes[from] == '!';
                    if (number >= 0) {
                        if (number > 0 || bytes[from] != ';') {
                            expectString(number, ofError ? MAX_ERROR_BYTES : MAX_WORD_BYTES);
                        }
                    } else if (number != -1 && !isStreamed(bytes, from, to)) {
                        overwriteText(bytes, from + 1, to);
                        lose();
                    }
                }
                case '*', '%', '~', '>', '|' -> {
                    begin();
                    if (number < -1 && !isStreamed(bytes, from, to)) {
                        overwriteText(bytes, from + 1, to);
                        lose();
                    }
                }
                case '+' -> status(bytes, from + 1, to);
                case '-' -> error(bytes, from + 1, to);
                case ':' -> {
                    if (!confirms) {
                        overwriteDigits(bytes, from + 1, to);
                    }
                }
                case ',', '(' -> overwriteDigits(bytes, from + 1, to);
                case '_', '#', '.' -> overwriteText(bytes, Math.min(to, from + 2), to);
                default -> {
                    overwriteText(bytes, from, to);
                    lose();
                }
            }
        }

        private static boolean isStreamed(byte[] bytes, int from, int to) {
            return to - from == 2 && bytes[from + 1] == '?';
        }

        /** A line of MONITOR keeps its time and the client's address. */
        private static void status(byte[] bytes, int from, int to) {
            if (STATUSES.contains(text(bytes, from, Math.min(to, from + MAX_WORD_BYTES)))) {
                return;
            }
            int at = from;
            while (at < to && (isDigit(bytes[at]) || bytes[at] == '.')) {
                at++;
            }
            if (at > from && at + 1 < to && bytes[at] == ' ' && bytes[at + 1] == '[') {
                while (at < to && bytes[at] != ']') {
                    at++;
                }
            } else {
                at = from;
            }
            overwriteButQuotes(bytes, at, to);
        }

        private static void error(byte[] bytes, int from, int to) {
            int end = from;
            while (end < to && bytes[end] >= 'A' && bytes[end] <= 'Z') {
                end++;
            }
            String word = text(bytes, from, end);
            boolean isKnown = (end == to || bytes[end] == ' ')
                    && RedisReplyStatus.ofError(new ByteView(bytes, 0, bytes.length), from, to)
                            .name()
                            .equals(word);
            boolean isRedirect = word.equals("MOVED") || word.equals("ASK");
            for (int i = isKnown ? end : from; i < to; i++) {
                boolean ofAddress = isDigit(bytes[i]) || bytes[i] == '.' || bytes[i] == ':';
                if (bytes[i] != ' ' && !(isKnown && isRedirect && ofAddress)) {
                    bytes[i] = MASK;
                }
            }
        }

        @Override
        void shortString(byte[] bytes, int from, int to) {
            if (ofError) {
                error(bytes, from, to);
                return;
            }
            String text = text(bytes, from, to);
            if (strings++ == 0 && PUSHES.contains(text)) {
                confirms = text.endsWith("subscribe");
                return;
            }
            int format = verbatim && (text.startsWith("txt:") || text.startsWith("mkd:")) ? 4 : 0;
            overwriteText(bytes, from + format, to);
        }

        @Override
        void longString() {
            strings++;
        }

        @Override
        void stringEnds() {
            // Nothing is counted.
        }
    }

    /** The number behind the byte that tells the type; less than -1 if there is none. */
    private static long numberBehindType(byte[] bytes, int from, int to) {
        boolean negative = to - from > 1 && bytes[from + 1] == '-';
        int first = from + (negative ? 2 : 1);
        if (to <= first || to - first > MAX_DIGITS) {
            return Long.MIN_VALUE;
        }
        long number = 0;
        for (int i = first; i < to; i++) {
            if (!isDigit(bytes[i])) {
                return Long.MIN_VALUE;
            }
            number = number * 10 + bytes[i] - '0';
        }
        return negative ? -number : number;
    }

    private static boolean isNumber(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (!isDigit(bytes[i]) && bytes[i] != '.') {
                return false;
            }
        }
        return to > from && to - from <= MAX_NUMBER_DIGITS;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private static int overwrite(byte[] bytes, int from, int to, byte by) {
        for (int i = from; i < to; i++) {
            bytes[i] = by;
        }
        return to;
    }

    /** Line ends stay, so that a line that is cut stays one. */
    private static void overwriteText(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != '\r' && bytes[i] != '\n') {
                bytes[i] = MASK;
            }
        }
    }

    private static void overwriteButQuotes(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != ' ' && bytes[i] != '"' && bytes[i] != ']') {
                bytes[i] = MASK;
            }
        }
    }

    private static void overwriteDigits(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != '-' && bytes[i] != '+') {
                bytes[i] = bytes[i] == '.' ? (byte) '.' : DIGIT;
            }
        }
    }
}
