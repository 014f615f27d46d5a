package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import org.jspecify.annotations.Nullable;

/**
 * The head in hand: finds its end, then reads the fields that framing needs. Reused for every message of one direction; positions are valid for the view they were read from. Not thread-safe.
 */
final class HttpHead {

    static final int MAX_HEAD_BYTES = 64 * 1024;
    static final int MAX_HEADERS = 256;

    /** Longer bodies cannot be meant, and their ends can still be added to stream positions. */
    static final long MAX_BODY_BYTES = 1L << 60;

    /** Receives the fields of a head or of trailers. */
    interface FieldVisitor {

        /** A name in {@code [from, nameEnd)} and its value without the blanks around it. */
        void field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo);
    }

    private int scanned;
    private int lineStart;
    private int startLineEnd;

    private long contentLength;
    private boolean transferEncoding;
    private boolean chunked;
    private boolean close;
    private int upgradeFrom;
    private int upgradeTo;

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

    /** Where the value of the first field {@code Upgrade} begins, or -1 if there is none. */
    int upgradeFrom() {
        return upgradeFrom;
    }

    int upgradeTo() {
        return upgradeTo;
    }

    /** Gives each field of a head that {@link #readFields} has found right. */
    void eachField(ByteView view, int end, FieldVisitor visitor) {
        int at = startLineEnd + 1;
        while (at < end) {
            int lineFeed = view.indexOf(Octets.LF, at, end);
            if (isEmptyLine(view, at, lineFeed)) {
                return;
            }
            while (lineFeed + 1 < end && Octets.isBlank(view.byteAt(lineFeed + 1))) {
                lineFeed = view.indexOf(Octets.LF, lineFeed + 1, end);
            }
            visit(view, at, lineFeed, visitor);
            at = lineFeed + 1;
        }
    }

    /** Gives the field of a line that ends at {@code lineFeed}, if it is one. */
    static void visit(ByteView view, int from, int lineFeed, FieldVisitor visitor) {
        int nameEnd = nameEnd(view, from, lineFeed);
        int colon = skipBlanks(view, nameEnd, lineFeed);
        if (nameEnd > from && colon < lineFeed && view.byteAt(colon) == ':') {
            int valueFrom = valueFrom(view, colon + 1, lineFeed);
            visitor.field(view, from, nameEnd, valueFrom, valueTo(view, valueFrom, lineFeed));
        }
    }

    static boolean isEmptyLine(ByteView view, int at, int lineFeed) {
        return lineFeed == at || (lineFeed == at + 1 && view.byteAt(at) == Octets.CR);
    }

    private void forget() {
        contentLength = -1;
        transferEncoding = false;
        chunked = false;
        close = false;
        upgradeFrom = -1;
        upgradeTo = -1;
    }

    private @Nullable String line(ByteView view, int from, int lineFeed) {
        int nameEnd = nameEnd(view, from, lineFeed);
        int colon = skipBlanks(view, nameEnd, lineFeed);
        if (nameEnd == from || colon == lineFeed || view.byteAt(colon) != ':') {
            return Reason.HEADER;
        }
        int valueFrom = valueFrom(view, colon + 1, lineFeed);
        return field(view, from, nameEnd, valueFrom, valueTo(view, valueFrom, lineFeed));
    }

    private static int nameEnd(ByteView view, int from, int to) {
        int at = from;
        while (at < to && Octets.isToken(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static int skipBlanks(ByteView view, int from, int to) {
        int at = from;
        while (at < to && Octets.isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static int valueFrom(ByteView view, int from, int to) {
        int at = from;
        while (at < to && Octets.isBlankOrLineEnd(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static int valueTo(ByteView view, int from, int to) {
        int at = to;
        while (at > from && Octets.isBlankOrLineEnd(view.byteAt(at - 1))) {
            at--;
        }
        return at;
    }

    private @Nullable String field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo) {
        switch (nameEnd - from) {
            case 7 -> {
                if (upgradeFrom < 0 && Octets.equalsIgnoringCase(view, from, nameEnd, "upgrade")) {
                    upgradeFrom = valueFrom;
                    upgradeTo = valueTo;
                }
            }
            case 10 -> {
                if (Octets.equalsIgnoringCase(view, from, nameEnd, "connection")) {
                    close |= lists(view, valueFrom, valueTo, "close");
                }
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
                // of no consequence for framing
            }
        }
        return null;
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
