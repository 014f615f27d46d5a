package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import org.jspecify.annotations.Nullable;

/**
 * The head in hand: finds its end, then reads the fields that framing needs and remembers where those for details lie.
 * Reused for every message of one direction; positions are valid for the view they were read from. Not thread-safe.
 */
final class HttpHead {

    static final int MAX_HEAD_BYTES = 64 * 1024;
    static final int MAX_HEADERS = 256;

    /** Longer bodies cannot be meant, and their ends can still be added to stream positions. */
    static final long MAX_BODY_BYTES = 1L << 60;

    /** Fields whose places are remembered. */
    enum Field {
        HOST(0, "host"),
        USER_AGENT(1, "user-agent"),
        CONTENT_TYPE(2, "content-type"),
        REQUEST_ID(3, "x-request-id"),
        TRACEPARENT(4, "traceparent"),
        UPGRADE(5, "upgrade");

        private static final int COUNT = values().length;

        private final int index;
        private final String wireName;

        Field(int index, String wireName) {
            this.index = index;
            this.wireName = wireName;
        }
    }

    private final int[] fieldFrom = new int[Field.COUNT];
    private final int[] fieldTo = new int[Field.COUNT];

    private int scanned;
    private int lineStart;
    private int startLineEnd;

    private long contentLength;
    private boolean transferEncoding;
    private boolean chunked;
    private boolean close;

    /** Between messages: nothing of the next head has been looked at. */
    void restart() {
        scanned = 0;
        lineStart = 0;
        startLineEnd = -1;
    }

    /**
     * The length of the head with its empty line, or -1 if it does not end within the view or the limit. Looks at each
     * byte once, however small the pieces are in which a head arrives.
     */
    int end(ByteView view) {
        int limit = Math.min(view.length(), MAX_HEAD_BYTES);
        if (scanned > limit) {
            restart();
        }
        while (true) {
            int lineFeed = view.indexOf(Octets.LF, scanned, limit);
            if (lineFeed < 0) {
                scanned = limit;
                return -1;
            }
            boolean empty = isEmptyLine(view, lineStart, lineFeed);
            if (startLineEnd < 0) {
                startLineEnd = lineFeed;
            }
            scanned = lineFeed + 1;
            lineStart = scanned;
            if (empty) {
                return scanned;
            }
        }
    }

    /** The index of the line feed that ends the start line, or -1 if it has not been seen. */
    int startLineEnd() {
        return startLineEnd;
    }

    /** Where the start line's text ends: before CR LF or LF. */
    int startLineTextEnd(ByteView view) {
        return startLineEnd > 0 && view.byteAt(startLineEnd - 1) == Octets.CR ? startLineEnd - 1 : startLineEnd;
    }

    /** Reads the fields of a head of {@code end} bytes. Returns the reason if they make no sense, else null. */
    @Nullable
    String readFields(ByteView view, int end) {
        forget();
        if (view.indexOf((byte) 0, 0, end) >= 0) {
            return Reason.HEADER;
        }
        int count = 0;
        int at = startLineEnd + 1;
        while (at < end) {
            int lineFeed = view.indexOf(Octets.LF, at, end);
            if (isEmptyLine(view, at, lineFeed)) {
                return null;
            }
            if (++count > MAX_HEADERS) {
                return Reason.TOO_MANY_HEADERS;
            }
            // RFC 9112 section 5.2: a line that begins with a blank continues the value
            while (lineFeed + 1 < end && Octets.isBlank(view.byteAt(lineFeed + 1))) {
                lineFeed = view.indexOf(Octets.LF, lineFeed + 1, end);
            }
            String reason = line(view, at, lineFeed);
            if (reason != null) {
                return reason;
            }
            at = lineFeed + 1;
        }
        return null;
    }

    /** The body's length by Content-Length, or -1. */
    long contentLength() {
        return contentLength;
    }

    /** Whether a transfer coding other than {@code identity} was named. */
    boolean hasTransferEncoding() {
        return transferEncoding;
    }

    /** Whether the last transfer coding is {@code chunked}. */
    boolean isChunked() {
        return chunked;
    }

    /** Whether the connection is to be closed after this message (RFC 9112 section 9.6). */
    boolean closes() {
        return close;
    }

    boolean has(Field field) {
        return fieldFrom[field.index] >= 0;
    }

    int from(Field field) {
        return fieldFrom[field.index];
    }

    int to(Field field) {
        return fieldTo[field.index];
    }

    static boolean isEmptyLine(ByteView view, int at, int lineFeed) {
        return lineFeed == at || (lineFeed == at + 1 && view.byteAt(at) == Octets.CR);
    }

    private void forget() {
        contentLength = -1;
        transferEncoding = false;
        chunked = false;
        close = false;
        for (int i = 0; i < fieldFrom.length; i++) {
            fieldFrom[i] = -1;
            fieldTo[i] = -1;
        }
    }

    private @Nullable String line(ByteView view, int from, int lineFeed) {
        int nameEnd = from;
        while (nameEnd < lineFeed && Octets.isToken(view.byteAt(nameEnd))) {
            nameEnd++;
        }
        int colon = nameEnd;
        while (colon < lineFeed && Octets.isBlank(view.byteAt(colon))) {
            colon++;
        }
        if (nameEnd == from || colon == lineFeed || view.byteAt(colon) != ':') {
            return Reason.HEADER;
        }
        int valueFrom = colon + 1;
        int valueTo = lineFeed;
        while (valueFrom < valueTo && Octets.isBlankOrLineEnd(view.byteAt(valueFrom))) {
            valueFrom++;
        }
        while (valueTo > valueFrom && Octets.isBlankOrLineEnd(view.byteAt(valueTo - 1))) {
            valueTo--;
        }
        return field(view, from, nameEnd, valueFrom, valueTo);
    }

    private @Nullable String field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo) {
        switch (nameEnd - from) {
            case 4 -> remember(Field.HOST, view, from, nameEnd, valueFrom, valueTo);
            case 7 -> remember(Field.UPGRADE, view, from, nameEnd, valueFrom, valueTo);
            case 10 -> {
                if (Octets.equalsIgnoringCase(view, from, nameEnd, "connection")) {
                    close |= lists(view, valueFrom, valueTo, "close");
                } else {
                    remember(Field.USER_AGENT, view, from, nameEnd, valueFrom, valueTo);
                }
            }
            case 11 -> remember(Field.TRACEPARENT, view, from, nameEnd, valueFrom, valueTo);
            case 12 -> {
                remember(Field.CONTENT_TYPE, view, from, nameEnd, valueFrom, valueTo);
                remember(Field.REQUEST_ID, view, from, nameEnd, valueFrom, valueTo);
            }
            case 14 -> {
                if (Octets.equalsIgnoringCase(view, from, nameEnd, "content-length")
                        && !readContentLength(view, valueFrom, valueTo)) {
                    return Reason.CONTENT_LENGTH;
                }
            }
            case 17 -> {
                if (Octets.equalsIgnoringCase(view, from, nameEnd, "transfer-encoding")) {
                    readTransferEncoding(view, valueFrom, valueTo);
                }
            }
            default -> {
                // of no consequence for framing, nor among the details
            }
        }
        return null;
    }

    private void remember(Field field, ByteView view, int from, int nameEnd, int valueFrom, int valueTo) {
        int i = field.index;
        if (fieldFrom[i] < 0 && Octets.equalsIgnoringCase(view, from, nameEnd, field.wireName)) {
            fieldFrom[i] = valueFrom;
            fieldTo[i] = valueTo;
        }
    }

    /** RFC 9110 section 8.6: one number, or the same number several times; anything else cannot be framed. */
    private boolean readContentLength(ByteView view, int from, int to) {
        int at = from;
        while (true) {
            int comma = view.indexOf((byte) ',', at, to);
            int end = comma < 0 ? to : comma;
            long value = decimal(view, at, end);
            if (value < 0 || (contentLength >= 0 && contentLength != value)) {
                return false;
            }
            contentLength = value;
            if (comma < 0) {
                return true;
            }
            at = comma + 1;
        }
    }

    private static long decimal(ByteView view, int from, int to) {
        int at = from;
        int end = to;
        while (at < end && Octets.isBlankOrLineEnd(view.byteAt(at))) {
            at++;
        }
        while (end > at && Octets.isBlankOrLineEnd(view.byteAt(end - 1))) {
            end--;
        }
        if (at == end) {
            return -1;
        }
        long value = 0;
        for (; at < end; at++) {
            byte octet = view.byteAt(at);
            if (!Octets.isDigit(octet)) {
                return -1;
            }
            value = value * 10 + (octet - '0');
            if (value > MAX_BODY_BYTES) {
                return -1;
            }
        }
        return value;
    }

    /** RFC 9112 section 6.1: codings in the order applied; lines of the same name continue the list. */
    private void readTransferEncoding(ByteView view, int from, int to) {
        int at = from;
        while (at < to) {
            int comma = view.indexOf((byte) ',', at, to);
            int end = comma < 0 ? to : comma;
            int nameFrom = at;
            while (nameFrom < end && Octets.isBlankOrLineEnd(view.byteAt(nameFrom))) {
                nameFrom++;
            }
            int nameEnd = nameFrom;
            while (nameEnd < end && Octets.isToken(view.byteAt(nameEnd))) {
                nameEnd++;
            }
            if (nameEnd > nameFrom && !Octets.equalsIgnoringCase(view, nameFrom, nameEnd, "identity")) {
                transferEncoding = true;
                chunked = Octets.equalsIgnoringCase(view, nameFrom, nameEnd, "chunked");
            }
            at = end + 1;
        }
    }

    private static boolean lists(ByteView view, int from, int to, String word) {
        int at = from;
        while (at < to) {
            int comma = view.indexOf((byte) ',', at, to);
            int end = comma < 0 ? to : comma;
            int wordFrom = at;
            int wordTo = end;
            while (wordFrom < wordTo && Octets.isBlankOrLineEnd(view.byteAt(wordFrom))) {
                wordFrom++;
            }
            while (wordTo > wordFrom && Octets.isBlankOrLineEnd(view.byteAt(wordTo - 1))) {
                wordTo--;
            }
            if (Octets.equalsIgnoringCase(view, wordFrom, wordTo, word)) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }
}
