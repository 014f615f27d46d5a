package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/** The words of a command that is sent as one line. Reused; not thread-safe. */
// https://redis.io/docs/latest/develop/reference/protocol-spec/#inline-commands
final class InlineWords {

    /** Longest inline command that Redis accepts. */
    static final int MAX_BYTES = 64 << 10;

    /** Where the search for the end of a line at the view's beginning goes on. */
    private int scanned;

    private int at;
    private int end;
    private int from;
    private int to;

    /**
     * The index after the line at {@code start} if that is a known command, or empty; {@link RespLine#CUT} if it may become
     * one, else {@link RespLine#BAD}.
     */
    int lineEnd(ByteView view, int start) {
        int word = start;
        while (word < view.length() && RedisGuess.isCommandByte(view.byteAt(word))) {
            word++;
        }
        if (word - start > RespToken.MAX_WORD_BYTES) {
            return RespLine.BAD;
        }
        if (word == view.length()) {
            return RespLine.CUT;
        }
        byte after = view.byteAt(word);
        boolean isCommand = word > start && isBlank(after) && RedisCommands.find(view, start, word) != null;
        boolean isEmpty = word == start && (after == '\r' || after == '\n');
        if (!isCommand && !isEmpty) {
            return RespLine.BAD;
        }
        int limit = (int) Math.min(view.length(), start + (long) MAX_BYTES);
        for (int i = Math.max(word, start == 0 ? scanned : 0); i < limit; i++) {
            byte b = view.byteAt(i);
            if (b == '\n') {
                return i + 1;
            }
            if (b >= 0 && b < ' ' && b != '\t' && b != '\r') {
                return RespLine.BAD;
            }
        }
        if (view.length() - start >= MAX_BYTES) {
            return RespLine.BAD;
        }
        scanned = start == 0 ? view.length() : 0;
        return RespLine.CUT;
    }

    /** Stands before the first word of the line {@code [0, lineEnd)}. */
    void begin(int lineEnd) {
        at = 0;
        end = lineEnd;
    }

    /** Moves to the next word; false if there is none. */
    boolean next(ByteView view) {
        while (at < end && isBlank(view.byteAt(at))) {
            at++;
        }
        if (at == end) {
            return false;
        }
        byte quote = view.byteAt(at);
        boolean quoted = quote == '"' || quote == '\'';
        from = quoted ? at + 1 : at;
        to = from;
        while (to < end && (quoted ? view.byteAt(to) != quote : !isBlank(view.byteAt(to)))) {
            to += quoted && view.byteAt(to) == '\\' && to + 1 < end ? 2 : 1;
        }
        at = Math.min(end, quoted ? to + 1 : to);
        return true;
    }

    /** How many words the line {@code [0, lineEnd)} has. */
    int count(ByteView view, int lineEnd) {
        begin(lineEnd);
        int words = 0;
        while (next(view)) {
            words++;
        }
        return words;
    }

    /** Where the word begins, after its quote if it has one. */
    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /** The next line starts over. */
    void clear() {
        scanned = 0;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }
}
