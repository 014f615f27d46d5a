package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.streamed.StreamedType;
import io.kyanos.protocol.web.Octets;
import io.kyanos.protocol.web.TraceFields;
import org.jspecify.annotations.Nullable;

/**
 * The current head: finds its end, then reads the fields that framing needs. Reused for every message of one direction;
 * positions are valid for the view they were read from. Not thread-safe.
 */
/*
 * Bad lines: a line that is not a field is ignored. Only a length that cannot be read makes the message's end unknown.
 *
 * Long heads: of a head of more than MAX_HEAD_BYTES the lines that are whole by then are read like any head; the rest is
 * read line by line as it comes, for framing only.
 */
final class HttpHead {

    static final int MAX_HEAD_BYTES = 64 * 1024;
    static final int MAX_HEADERS = 256;

    /** Longer fields are left out of what is kept of a message. */
    static final int MAX_HEADER_BYTES = 16 * 1024;

    /** Longer bodies are not plausible, and their ends can still be added to stream positions. */
    static final long MAX_BODY_BYTES = 1L << 60;

    /** The field in which a request that asks for HTTP/2 says its settings (RFC 7540 section 3.2.1). */
    static final String HTTP2_SETTINGS = "http2-settings";

    private static final long NO_LENGTH = -1;
    private static final long UNKNOWN_LENGTH = -2;

    /** Receives the fields of a head or of trailers. */
    interface FieldVisitor {

        /** A name in {@code [from, nameEnd)} and its value without the blanks around it. */
        void field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo);

        /** Something that is left out or malformed. */
        default void malformed(Malformed what) {}
    }

    private final @Nullable TraceFields traces;

    private int scanned;
    private int lineStart;
    private int startLineEnd;

    private long contentLength;
    private boolean transferEncoding;
    private boolean chunked;
    private boolean close;
    private int contentTypeFrom;
    private int contentTypeTo;
    private boolean coded;
    private int upgradeFrom;
    private int upgradeTo;
    private int settingsFrom;
    private int settingsTo;

    /** Of a long head: what was read of it, and whether its current line has begun before. */
    private long longBytes;

    private boolean insideLine;
    private boolean longEnded;

    HttpHead() {
        this(null);
    }

    /** @param traces takes the fields that it knows, if they are wanted */
    HttpHead(@Nullable TraceFields traces) {
        this.traces = traces;
    }

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

    /** Reads the fields of a head of {@code end} bytes. */
    void readFields(ByteView view, int end) {
        forget();
        int at = startLineEnd + 1;
        while (at < end) {
            int lineFeed = view.indexOf(Octets.LF, at, end);
            if (isEmptyLine(view, at, lineFeed)) {
                return;
            }
            lineFeed = unfolded(view, lineFeed, end);
            line(view, at, lineFeed);
            at = lineFeed + 1;
        }
    }

    /** Whether the head goes on beyond what is held of one; {@link #end} has not found its end. */
    boolean isTooLong(ByteView view) {
        return view.length() >= MAX_HEAD_BYTES;
    }

    /**
     * Reads the lines of a too long head that are whole; the rest is for {@link #readOn}. Returns how many bytes that takes,
     * which end within a line if it is the first.
     */
    int readBeginning(ByteView view) {
        forget();
        insideLine = lineStart == 0;
        longEnded = false;
        int end = insideLine ? MAX_HEAD_BYTES : lineStart;
        if (!insideLine) {
            readFields(view, end);
        }
        longBytes = end;
        return end;
    }

    /** Reads on in a too long head. Returns how many bytes it has read; all of it once {@link #hasLongEnded}. */
    int readOn(ByteView view) {
        int total = view.length();
        int at = 0;
        while (at < total && !longEnded) {
            int lineFeed = view.indexOf(Octets.LF, at, total);
            if (lineFeed < 0) {
                insideLine |= total - at >= MAX_HEAD_BYTES;
                at = insideLine ? total : at;
                break;
            }
            longEnded = !insideLine && isEmptyLine(view, at, lineFeed);
            if (!insideLine && !longEnded) {
                line(view, at, lineFeed);
            }
            insideLine = false;
            at = lineFeed + 1;
        }
        longBytes += at;
        return at;
    }

    boolean hasLongEnded() {
        return longEnded;
    }

    /** Of a too long head: whether what comes next is the rest of a line. */
    boolean isInsideLine() {
        return insideLine;
    }

    /** After the last line that {@link #end} has seen whole. */
    int linesEnd() {
        return lineStart;
    }

    /** The length of a too long head, as far as it was read. */
    long longBytes() {
        return longBytes;
    }

    /** The body's length by Content-Length, or -1 if there is none or it is not known. */
    long contentLength() {
        return Math.max(NO_LENGTH, contentLength);
    }

    /** Whether Content-Length says several lengths, or none. */
    boolean isLengthUnknown() {
        return contentLength == UNKNOWN_LENGTH;
    }

    boolean hasContentLength() {
        return contentLength != NO_LENGTH;
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

    /** Which stream of events a field {@code Content-Type} says that the body is; null if none, or if it is coded. */
    @Nullable
    StreamedType streamedType(ByteView view) {
        return contentTypeFrom < 0 || coded ? null : StreamedType.of(view, contentTypeFrom, contentTypeTo);
    }

    /** Where the value of the first field {@code Upgrade} begins, or -1 if there is none. */
    int upgradeFrom() {
        return upgradeFrom;
    }

    int upgradeTo() {
        return upgradeTo;
    }

    /** Where the value of the field {@code HTTP2-Settings} begins, or -1 if there is none. */
    int settingsFrom() {
        return settingsFrom;
    }

    int settingsTo() {
        return settingsTo;
    }

    /** Gives each field of a head of {@code end} bytes, of a too long one those that are whole. */
    void eachField(ByteView view, int end, FieldVisitor visitor) {
        if (startLineEnd < 0) {
            return;
        }
        int count = 0;
        int at = startLineEnd + 1;
        while (at < end) {
            int lineFeed = view.indexOf(Octets.LF, at, end);
            if (isEmptyLine(view, at, lineFeed)) {
                return;
            }
            int fieldEnd = unfolded(view, lineFeed, end);
            if (++count > MAX_HEADERS) {
                visitor.malformed(Malformed.TOO_MANY_HEADERS);
                return;
            }
            if (fieldEnd > lineFeed) {
                visitor.malformed(Malformed.FOLD);
            }
            visit(view, at, fieldEnd, visitor);
            at = fieldEnd + 1;
        }
    }

    /** Gives the field of a line that ends at {@code lineFeed}, if it is one. */
    static void visit(ByteView view, int from, int lineFeed, FieldVisitor visitor) {
        int nameEnd = nameEnd(view, from, lineFeed);
        if (nameEnd == from || view.byteAt(nameEnd) != ':') {
            visitor.malformed(Malformed.HEADER);
            return;
        }
        int valueFrom = valueFrom(view, nameEnd + 1, lineFeed);
        int valueTo = valueTo(view, valueFrom, lineFeed);
        if (lineFeed - from > MAX_HEADER_BYTES) {
            visitor.malformed(Malformed.HEADER_TOO_LONG);
        } else if (holdsControl(view, valueFrom, valueTo)) {
            visitor.malformed(Malformed.HEADER);
        } else {
            visitor.field(view, from, nameEnd, valueFrom, valueTo);
        }
    }

    /** The line ends of a fold are no part of what a field holds. */
    private static boolean holdsControl(ByteView view, int from, int to) {
        int at = from;
        while (at < to) {
            int lineFeed = view.indexOf(Octets.LF, at, to);
            int end = lineFeed < 0 ? to : lineFeed;
            int textEnd = lineFeed > at && view.byteAt(lineFeed - 1) == Octets.CR ? lineFeed - 1 : end;
            if (Octets.holdsControl(view, at, textEnd)) {
                return true;
            }
            at = end + 1;
        }
        return false;
    }

    static boolean isEmptyLine(ByteView view, int at, int lineFeed) {
        return lineFeed == at || (lineFeed == at + 1 && view.byteAt(at) == Octets.CR);
    }

    private void forget() {
        contentLength = NO_LENGTH;
        transferEncoding = false;
        chunked = false;
        close = false;
        contentTypeFrom = -1;
        contentTypeTo = -1;
        coded = false;
        upgradeFrom = -1;
        upgradeTo = -1;
        settingsFrom = -1;
        settingsTo = -1;
        if (traces != null) {
            traces.forget();
        }
    }

    /** RFC 9112 section 5.2: a line that begins with a blank continues the value. Returns the line feed of the last. */
    private static int unfolded(ByteView view, int lineFeed, int end) {
        int last = lineFeed;
        while (last + 1 < end && Octets.isBlank(view.byteAt(last + 1))) {
            last = view.indexOf(Octets.LF, last + 1, end);
        }
        return last;
    }

    /** Blanks before the colon are an error of no consequence for what a field means (RFC 9112 section 5.1). */
    private void line(ByteView view, int from, int lineFeed) {
        int nameEnd = nameEnd(view, from, lineFeed);
        int colon = skipBlanks(view, nameEnd, lineFeed);
        if (nameEnd > from && view.byteAt(colon) == ':') {
            int valueFrom = valueFrom(view, colon + 1, lineFeed);
            field(view, from, nameEnd, valueFrom, valueTo(view, valueFrom, lineFeed));
        }
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

    private void field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo) {
        if (traces != null) {
            traces.field(view, from, nameEnd, valueFrom, valueTo);
        }
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
            case 12 -> {
                if (contentTypeFrom < 0
                        && StreamedType.mayBe(view, valueFrom, valueTo)
                        && Octets.equalsIgnoringCase(view, from, nameEnd, "content-type")) {
                    contentTypeFrom = valueFrom;
                    contentTypeTo = valueTo;
                }
            }
            case 14 -> {
                if (Octets.equalsIgnoringCase(view, from, nameEnd, "content-length")) {
                    readContentLength(view, valueFrom, valueTo);
                } else if (Octets.equalsIgnoringCase(view, from, nameEnd, HTTP2_SETTINGS)) {
                    settingsFrom = valueFrom;
                    settingsTo = valueTo;
                }
            }
            case 16 -> {
                if (Octets.equalsIgnoringCase(view, from, nameEnd, "content-encoding")) {
                    coded |= valueTo > valueFrom && !Octets.equalsIgnoringCase(view, valueFrom, valueTo, "identity");
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
    }

    /** RFC 9110 section 8.6: one number, or the same number several times; anything else cannot be framed. */
    private void readContentLength(ByteView view, int from, int to) {
        int at = from;
        int comma;
        do {
            comma = view.indexOf((byte) ',', at, to);
            long value = decimal(view, at, comma < 0 ? to : comma);
            contentLength =
                    value >= 0 && (contentLength == NO_LENGTH || contentLength == value) ? value : UNKNOWN_LENGTH;
            at = comma + 1;
        } while (comma >= 0);
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

    /**
     * RFC 9112 section 6.1: codings in the order applied; lines of the same name continue the list. What is not a
     * coding counts as an unknown one.
     */
    private void readTransferEncoding(ByteView view, int from, int to) {
        int at = from;
        while (at < to) {
            int comma = view.indexOf((byte) ',', at, to);
            int end = comma < 0 ? to : comma;
            int nameFrom = valueFrom(view, at, end);
            int codingTo = valueTo(view, nameFrom, end);
            int nameEnd = nameEnd(view, nameFrom, codingTo);
            int next = skipBlanks(view, nameEnd, codingTo);
            boolean named = next == codingTo || view.byteAt(next) == ';';
            if (codingTo > nameFrom && !(named && Octets.equalsIgnoringCase(view, nameFrom, nameEnd, "identity"))) {
                transferEncoding = true;
                chunked = named && Octets.equalsIgnoringCase(view, nameFrom, nameEnd, "chunked");
                coded |= !chunked;
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
