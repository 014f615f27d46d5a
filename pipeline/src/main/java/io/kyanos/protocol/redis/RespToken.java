package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/**
 * One token of RESP2 or RESP3 as servers send it, read in place: a line, a string or its beginning, the header of an
 * aggregate, an end. Its content, if it has any, lies between its header and its tail. Reused; not thread-safe.
 */
// https://redis.io/docs/latest/develop/reference/protocol-spec/#resp-protocol-description
// https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md#streamed-strings
final class RespToken {

    enum Kind {
        /** The view ends too soon to tell. */
        CUT,
        /** No token, for a {@link #reason}. */
        INVALID,
        /** A simple string, an error, a number, a boolean or a null. */
        LINE,
        /** A string, or the beginning of a long one, which is not {@link #isWhole whole}. */
        STRING,
        /** A null of RESP2: of a string or an array. */
        NULL,
        /** The header of an aggregate of {@link #count} elements. */
        AGGREGATE,
        /** The header of an attribute of {@link #count} elements. */
        ATTRIBUTE,
        /** The end of an aggregate whose header counts no elements. */
        END,
        /** The header of a string that comes in chunks. */
        STREAMED_STRING,
        /** The header of a chunk. */
        CHUNK,
        LAST_CHUNK
    }

    /** Longest line of a simple string, error or number. */
    static final int MAX_LINE_BYTES = 64 << 10;

    static final long MAX_BULK_BYTES = RedisRequestParser.MAX_BULK_BYTES;

    /** Most elements of one aggregate. */
    static final int MAX_ELEMENTS = 1 << 28;

    /** Longer strings are not waited for, but passed over; no word that is looked at is that long. */
    static final int MAX_WORD_BYTES = 64;

    private static final int MAX_DOUBLE_BYTES = 64;
    private static final int MAX_INTEGER_BYTES = 20;
    private static final int NOT_HERE = -1;

    private final RespLine line = new RespLine();
    private Kind kind = Kind.CUT;
    private byte type;
    private int start;
    private int from;
    private int to;
    private int next;
    private long length;
    private String reason = "";

    /** What is read next is a chunk. */
    private boolean inChunks;

    /** Where the search for the end of a line at the view's beginning goes on. */
    private int scanned;

    /** Reads what begins at {@code at}, a place within the view. */
    Kind read(ByteView view, int at) {
        start = at;
        type = view.byteAt(at);
        kind = inChunks ? chunk(view) : token(view);
        return kind;
    }

    Kind kind() {
        return kind;
    }

    byte type() {
        return type;
    }

    int start() {
        return start;
    }

    /** Where its content begins. */
    int from() {
        return from;
    }

    /** Where its content ends, or the view before that. */
    int to() {
        return to;
    }

    /** All of it is in the view. */
    boolean isWhole() {
        return next != NOT_HERE;
    }

    /** Where the next token begins, if it is whole. */
    int next() {
        return next;
    }

    /** Bytes of the content, in the view or not. */
    long length() {
        return length;
    }

    /** Elements of an aggregate, {@link ReplyLevels#STREAMED} if they are not counted. */
    int count() {
        return (int) length;
    }

    /** Its content is whole and short enough to be a word. */
    boolean isWord() {
        return length <= MAX_WORD_BYTES;
    }

    boolean isError() {
        return type == '-' || type == '!';
    }

    boolean isMap() {
        return type == '%';
    }

    /** Why it is {@link Kind#INVALID}. */
    String reason() {
        return reason;
    }

    /** A string is in progress of which another chunk follows. */
    boolean isInChunks() {
        return inChunks;
    }

    /** What is read next starts over. */
    void clear() {
        inChunks = false;
        scanned = 0;
    }

    private Kind token(ByteView view) {
        return switch (type) {
            case '+', '-', ':', ',', '#', '(', '_' -> line(view);
            case '$', '!', '=' -> string(view);
            case '*', '%', '~', '>', '|' -> aggregate(view);
            case '.' -> bare(Kind.END, RespGrammar.crLf(view, start + 1), RedisReason.TYPE);
            default -> invalid(RedisReason.TYPE);
        };
    }

    private Kind line(ByteView view) {
        int end = view.indexOfCrLf(start == 0 ? Math.max(1, scanned) : start + 1, view.length());
        if (end < 0) {
            if (view.length() - start > MAX_LINE_BYTES) {
                return invalid(RedisReason.LINE);
            }
            scanned = start == 0 ? Math.max(1, view.length() - 1) : 0;
            return Kind.CUT;
        }
        scanned = 0;
        if (!isLine(view, start + 1, end)) {
            return invalid(RedisReason.LINE);
        }
        content(start + 1, end, end + 2, end - start - 1);
        return Kind.LINE;
    }

    private boolean isLine(ByteView view, int first, int end) {
        int bytes = end - first;
        return switch (type) {
            case '_' -> bytes == 0;
            case '#' -> bytes == 1 && (view.byteAt(first) == 't' || view.byteAt(first) == 'f');
            case ':' -> bytes > 0 && bytes <= MAX_INTEGER_BYTES && RespGrammar.isInteger(view, first, end);
            case '(' -> bytes > 0 && RespGrammar.isInteger(view, first, end);
            case ',' -> bytes > 0 && bytes <= MAX_DOUBLE_BYTES && RespGrammar.isDouble(view, first, end);
            default -> true;
        };
    }

    private Kind string(ByteView view) {
        if (type == '$' && isStreamed(view)) {
            Kind found = bare(Kind.STREAMED_STRING, RespGrammar.crLf(view, start + 2), RedisReason.BULK_LENGTH);
            inChunks = found == Kind.STREAMED_STRING;
            return found;
        }
        int data = line.read(view, start + 1);
        if (data == RespLine.CUT) {
            return Kind.CUT;
        }
        long bytes = line.value();
        if (data == RespLine.BAD || bytes > MAX_BULK_BYTES || (bytes < 0 && type != '$')) {
            return invalid(RedisReason.BULK_LENGTH);
        }
        if (bytes < 0) {
            return bare(Kind.NULL, data, RedisReason.BULK_LENGTH);
        }
        int here = view.length() - data;
        // Of a long error its first word is wanted.
        long wanted = bytes <= MAX_WORD_BYTES ? bytes + 2 : type == '!' ? MAX_WORD_BYTES : 0;
        if (here < wanted) {
            return Kind.CUT;
        }
        int end = data + (int) Math.min(bytes, here);
        boolean whole = here >= bytes + 2;
        if (whole && RespGrammar.crLf(view, end) < 0) {
            return invalid(RedisReason.BULK_END);
        }
        content(data, end, whole ? end + 2 : NOT_HERE, bytes);
        return Kind.STRING;
    }

    private Kind chunk(ByteView view) {
        int data = type == ';' ? line.read(view, start + 1) : RespLine.BAD;
        if (data == RespLine.CUT) {
            return Kind.CUT;
        }
        long bytes = line.value();
        if (data == RespLine.BAD || bytes < 0 || bytes > MAX_BULK_BYTES) {
            return invalid(RedisReason.CHUNK);
        }
        inChunks = bytes > 0;
        content(data, data, bytes == 0 ? data : NOT_HERE, bytes);
        return bytes == 0 ? Kind.LAST_CHUNK : Kind.CHUNK;
    }

    private Kind aggregate(ByteView view) {
        if (isStreamed(view)) {
            int end = RespGrammar.crLf(view, start + 2);
            boolean mayStream = type != '>' && type != '|';
            Kind found = bare(
                    Kind.AGGREGATE,
                    mayStream || end == RespLine.CUT ? end : RespLine.BAD,
                    RedisReason.AGGREGATE_LENGTH);
            length = ReplyLevels.STREAMED;
            return found;
        }
        int end = line.read(view, start + 1);
        boolean isBad = end == RespLine.BAD || (end >= 0 && (line.value() > MAX_ELEMENTS || isNullOfNone()));
        if (!isBad && end >= 0 && line.value() < 0) {
            return bare(Kind.NULL, end, RedisReason.AGGREGATE_LENGTH);
        }
        Kind found = bare(
                type == '|' ? Kind.ATTRIBUTE : Kind.AGGREGATE,
                isBad ? RespLine.BAD : end,
                RedisReason.AGGREGATE_LENGTH);
        length = line.value() * (type == '%' || type == '|' ? 2 : 1);
        return found;
    }

    /** Only arrays may be null. */
    private boolean isNullOfNone() {
        return line.value() < 0 && type != '*';
    }

    private boolean isStreamed(ByteView view) {
        return start + 1 < view.length() && view.byteAt(start + 1) == '?';
    }

    /** A token without content that ends at {@code end}, an index, {@link RespLine#CUT} or {@link RespLine#BAD}. */
    private Kind bare(Kind whole, int end, String reasonIfBad) {
        if (end == RespLine.CUT) {
            return Kind.CUT;
        }
        if (end == RespLine.BAD) {
            return invalid(reasonIfBad);
        }
        content(end, end, end, 0);
        return whole;
    }

    private void content(int first, int end, int after, long bytes) {
        from = first;
        to = end;
        next = after;
        length = bytes;
    }

    private Kind invalid(String why) {
        reason = why;
        return Kind.INVALID;
    }
}
