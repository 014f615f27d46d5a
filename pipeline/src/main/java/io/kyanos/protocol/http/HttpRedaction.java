package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Excerpt;
import io.kyanos.protocol.Redaction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Leaves of HTTP/1 methods, versions, status codes, the well-known words of a path, the names of header
 * fields, the values that framing needs, and chunk sizes. Not thread-safe.
 */
/*
 * Routes: a path goes through the same rule that names operations; a segment stays if it is part of that name. Words that
 * only an answer would admit are overwritten like values, by zeros, which are {id} to whoever reads them.
 *
 * Framing follows the heads as they pass. Where it is lost, everything is overwritten until a start line is found.
 */
final class HttpRedaction implements Redaction {

    private enum State {
        START_LINE,
        FIELDS,
        CONTENT,
        UNTIL_END,
        CHUNK_LINE,
        CHUNK_CONTENT,
        CHUNK_END,
        TRAILERS,
        LOST,
        OPAQUE
    }

    /** What the response of a waiting request depends on. */
    private enum Asked {
        USUAL,
        HEAD,
        CONNECT
    }

    private static final int MAX_LINE_BYTES = HttpHead.MAX_HEAD_BYTES;
    private static final int MAX_WAITING = 1024;
    private static final Pattern LENGTHS = Pattern.compile("[0-9 \\t,]*");
    private static final int MAX_CHUNK_DIGITS = 15;
    private static final byte MASK = 'x';
    private static final byte ID = '0';

    private static final Set<String> FRAMING_FIELDS =
            Set.of("transfer-encoding", "connection", "upgrade", "expect", "content-encoding", "te", "keep-alive");
    private static final Set<String> FRAMING_WORDS = Set.of(
            "chunked",
            "gzip",
            "x-gzip",
            "deflate",
            "compress",
            "br",
            "zstd",
            "identity",
            "close",
            "keep-alive",
            "upgrade",
            "websocket",
            "h2c",
            "trailers",
            "100-continue",
            "http2-settings");

    private final ServerRoutes routes;
    private final Side requests = new Side(true);
    private final Side responses = new Side(false);
    private final ArrayDeque<Asked> waiting = new ArrayDeque<>(2);

    HttpRedaction(ServerRoutes routes) {
        this.routes = routes;
    }

    @Override
    public void bytes(boolean ofRequests, byte[] bytes, int from, int to) {
        (ofRequests ? requests : responses).bytes(bytes, from, to);
    }

    @Override
    public void gap(boolean ofRequests, long length) {
        (ofRequests ? requests : responses).gap(length);
    }

    @Override
    public void leave() {
        requests.leave();
        responses.leave();
    }

    private void asks(Asked asked) {
        if (waiting.size() == MAX_WAITING) {
            waiting.remove();
        }
        waiting.add(asked);
    }

    private void switchProtocol() {
        requests.becomeOpaque();
        responses.becomeOpaque();
    }

    /** One direction. */
    private final class Side {

        private final boolean ofRequests;
        private final Excerpt line = new Excerpt(MAX_LINE_BYTES);
        private State state = State.START_LINE;

        /** The beginning of the line has left already: the rest is overwritten. */
        private boolean beheaded;

        private final RequestLine requestLine = new RequestLine();
        private final StatusLine statusLine = new StatusLine();

        /** What the fields so far say of the message's length. */
        private final HttpHead framing = new HttpHead();

        private long remaining;
        private int status;

        /** Of the field under way, lower case: its value may go on in the next line. */
        private String fieldName = "";

        /** As far as it is of use for framing. */
        private final StringBuilder fieldValue = new StringBuilder();

        private HttpMethod method = HttpMethod.OTHER;

        Side(boolean ofRequests) {
            this.ofRequests = ofRequests;
        }

        void bytes(byte[] bytes, int from, int to) {
            int at = from;
            while (at < to) {
                at = switch (state) {
                    case CONTENT, CHUNK_CONTENT -> content(bytes, at, to);
                    case UNTIL_END -> overwrite(bytes, at, to, MASK);
                    case OPAQUE -> overwrite(bytes, at, to, (byte) 0);
                    case LOST -> seek(bytes, at, to);
                    case START_LINE, FIELDS, CHUNK_LINE, CHUNK_END, TRAILERS -> line(bytes, at, to);
                };
            }
        }

        void gap(long length) {
            switch (state) {
                case CONTENT, CHUNK_CONTENT -> {
                    remaining -= length;
                    if (remaining < 0) {
                        state = State.LOST;
                    } else {
                        endContentIfDone();
                    }
                }
                case UNTIL_END, OPAQUE, LOST -> {
                    // As before.
                }
                case START_LINE, FIELDS, CHUNK_LINE, CHUNK_END, TRAILERS -> {
                    leave();
                    lose();
                }
            }
        }

        void leave() {
            if (line.isBegun()) {
                line.cut();
                overwriteLine();
                line.giveBack();
                beheaded = true;
            }
        }

        void becomeOpaque() {
            leave();
            state = State.OPAQUE;
            beheaded = false;
        }

        private void lose() {
            state = State.LOST;
            beheaded = false;
        }

        private int content(byte[] bytes, int from, int to) {
            int end = (int) Math.min(to, from + remaining);
            overwrite(bytes, from, end, MASK);
            remaining -= end - from;
            endContentIfDone();
            return end;
        }

        private void endContentIfDone() {
            if (remaining == 0) {
                state = state == State.CONTENT ? State.START_LINE : State.CHUNK_END;
            }
        }

        /** Looks for a start line; what is before it is overwritten. */
        private int seek(byte[] bytes, int from, int to) {
            ByteView view = new ByteView(bytes, from, to - from);
            for (int i = 0; i < view.length(); i++) {
                byte octet = view.byteAt(i);
                boolean mayBegin = ofRequests ? octet >= 'A' && octet <= 'Z' : octet == 'H';
                if (mayBegin
                        && (ofRequests ? StartLine.request(view, i) : StartLine.response(view, i))
                                == StartLine.Verdict.YES) {
                    overwrite(bytes, from, from + i, MASK);
                    state = State.START_LINE;
                    return from + i;
                }
            }
            return overwrite(bytes, from, to, MASK);
        }

        private int line(byte[] bytes, int from, int to) {
            int next = line.takeLine(bytes, from, to);
            if (line.isTooLong()) {
                leave();
                if (state != State.FIELDS && state != State.TRAILERS) {
                    lose();
                }
                return next;
            }
            if (!line.isWhole()) {
                return next;
            }
            if (beheaded) {
                beheaded = false;
                overwriteLine();
                if (state == State.START_LINE || state == State.CHUNK_LINE) {
                    lose();
                }
            } else {
                wholeLine();
            }
            line.giveBack();
            return next;
        }

        private void wholeLine() {
            switch (state) {
                case START_LINE -> startLine();
                case FIELDS -> field();
                case CHUNK_LINE -> chunkLine();
                case CHUNK_END -> {
                    state = State.CHUNK_LINE;
                    if (textEnd() > line.from()) {
                        overwriteLine();
                        lose();
                    }
                }
                default -> {
                    if (textEnd() == line.from()) {
                        state = State.START_LINE;
                    } else {
                        overwriteValue();
                    }
                }
            }
        }

        private void startLine() {
            beginField("");
            framing.beginFields();
            if (textEnd() == line.from()) {
                return; // Empty lines between messages are allowed
            }
            state = State.FIELDS;
            if (ofRequests ? !requestLine() : !statusLine()) {
                overwriteLine();
                lose();
            }
        }

        private boolean requestLine() {
            byte[] bytes = line.bytes();
            ByteView view = new ByteView(bytes, 0, line.to());
            if (HttpRequestParser.beginning(new ByteView(bytes, line.from(), line.to() - line.from()))
                            != StartLine.Verdict.YES
                    || !requestLine.read(view, line.from(), textEnd())) {
                return false;
            }
            int methodEnd = requestLine.methodEnd();
            method = HttpMethod.of(view, line.from(), methodEnd);
            if (method == HttpMethod.OTHER && StartLine.request(view, line.from()) != StartLine.Verdict.YES) {
                overwriteLetters(bytes, line.from(), methodEnd);
            }
            target(bytes, requestLine.targetFrom(), requestLine.targetTo());
            return true;
        }

        private void target(byte[] bytes, int from, int to) {
            int path = from;
            if (bytes[from] != '/' && !(to - from == 1 && bytes[from] == '*')) {
                int scheme = indexOfSchemeEnd(bytes, from, to);
                path = scheme < 0 ? to : indexOf(bytes, (byte) '/', scheme, to);
                path = path < 0 ? to : path;
                overwriteHost(bytes, scheme < 0 ? from : scheme, path);
            }
            int query = path;
            while (query < to && bytes[query] != '?' && bytes[query] != '#') {
                query++;
            }
            path(bytes, path, query);
            overwrite(bytes, Math.min(query + 1, to), to, MASK);
        }

        /** Keeps the segments that are part of the operation's name. */
        private void path(byte[] bytes, int from, int to) {
            if (from == to || bytes[from] != '/') {
                return;
            }
            String operation = routes.operation(method, new ByteView(bytes, 0, bytes.length), from, to);
            if (operation == null) {
                operation = method.label();
            }
            String[] names = operation.substring(operation.indexOf(' ') + 1).split("/");
            int depth = 0;
            int at = from;
            while (at < to) {
                if (bytes[at] == '/') {
                    at++;
                    continue;
                }
                int end = at;
                int word = -1;
                while (end < to && bytes[end] != '/') {
                    word = word < 0 && bytes[end] == ';' ? end : word;
                    end++;
                }
                depth++;
                int wordEnd = word < 0 ? end : word;
                boolean kept = depth < names.length
                        && operation.indexOf(' ') > 0
                        && names[depth].equals(new String(bytes, at, wordEnd - at, StandardCharsets.ISO_8859_1));
                overwrite(bytes, kept ? Math.min(end, wordEnd + 1) : at, end, ID);
                at = end;
            }
        }

        private boolean statusLine() {
            byte[] bytes = line.bytes();
            ByteView view = new ByteView(bytes, 0, line.to());
            if (StartLine.anyResponse(view, line.from()) != StartLine.Verdict.YES
                    || !statusLine.read(view, line.from(), textEnd())) {
                return false;
            }
            status = statusLine.code(view);
            overwriteText(bytes, statusLine.codeAt() + 3, textEnd());
            return true;
        }

        private void field() {
            byte[] bytes = line.bytes();
            int from = line.from();
            int end = textEnd();
            if (end == from) {
                beginField("");
                endOfHead();
                return;
            }
            int valueFrom = from;
            if (bytes[from] != ' ' && bytes[from] != '\t') {
                int nameEnd = tokenEnd(bytes, from, end);
                valueFrom = colon(bytes, nameEnd, end) + 1;
                beginField(valueFrom == 0 ? "" : text(bytes, from, nameEnd));
            }
            if (fieldName.isEmpty()) {
                overwriteText(bytes, from, end);
                return;
            }
            String value = text(bytes, valueFrom, end);
            boolean isLength = fieldName.equals("content-length");
            if (isLength || fieldName.equals("transfer-encoding")) {
                keepForFraming(new String(bytes, valueFrom, end - valueFrom, StandardCharsets.ISO_8859_1));
            }
            boolean stays = isLength
                    ? LENGTHS.matcher(value).matches()
                    : FRAMING_FIELDS.contains(fieldName) && isOfFramingWords(value);
            if (!stays) {
                overwriteText(bytes, valueFrom, end);
            }
        }

        private void keepForFraming(String value) {
            if (fieldValue.length() + value.length() < MAX_LINE_BYTES) {
                fieldValue.append(value).append(' ');
            }
        }

        /** Ends the field under way, if there is one; an empty name begins none. */
        private void beginField(String name) {
            if (!fieldValue.isEmpty()) {
                framing.field(fieldName, fieldValue.toString());
                fieldValue.setLength(0);
            }
            fieldName = name;
        }

        private void endOfHead() {
            if (ofRequests) {
                asks(
                        method == HttpMethod.HEAD
                                ? Asked.HEAD
                                : method == HttpMethod.CONNECT ? Asked.CONNECT : Asked.USUAL);
                body(false);
                return;
            }
            if (status == 101) {
                switchProtocol();
                return;
            }
            if (status < 200) {
                state = State.START_LINE;
                return;
            }
            Asked asked = waiting.isEmpty() ? Asked.USUAL : waiting.remove();
            if (asked == Asked.CONNECT && status < 300) {
                switchProtocol();
            } else if (asked == Asked.HEAD || status == 204 || status == 304) {
                state = State.START_LINE;
            } else {
                body(true);
            }
        }

        private void body(boolean mayLastUntilEnd) {
            if (framing.isChunked()) {
                state = State.CHUNK_LINE;
            } else if (framing.hasTransferEncoding() || framing.isLengthUnknown()) {
                state = State.UNTIL_END;
            } else if (framing.contentLength() > 0) {
                remaining = framing.contentLength();
                state = State.CONTENT;
            } else {
                state = mayLastUntilEnd && !framing.hasContentLength() ? State.UNTIL_END : State.START_LINE;
            }
        }

        private void chunkLine() {
            byte[] bytes = line.bytes();
            int from = line.from();
            while (from < textEnd() && Octets.isBlank(bytes[from])) {
                from++;
            }
            int end = from;
            while (end < textEnd() && Octets.hexValue(bytes[end]) >= 0) {
                end++;
            }
            int digits = end - from;
            boolean ends = end == textEnd() || bytes[end] == ';' || Octets.isBlankOrLineEnd(bytes[end]);
            if (digits == 0 || digits > MAX_CHUNK_DIGITS || !ends) {
                overwriteLine();
                lose();
                return;
            }
            remaining = Long.parseLong(new String(bytes, from, digits, StandardCharsets.ISO_8859_1), 16);
            // Of an extension its length stays
            overwriteText(bytes, Math.min(end + 1, textEnd()), textEnd());
            state = remaining == 0 ? State.TRAILERS : State.CHUNK_CONTENT;
        }

        /** Before CR LF or LF. */
        private int textEnd() {
            byte[] bytes = line.bytes();
            int end = line.to();
            if (end > line.from() && bytes[end - 1] == '\n') {
                end--;
            }
            if (end > line.from() && bytes[end - 1] == '\r') {
                end--;
            }
            return end;
        }

        private void overwriteLine() {
            overwriteText(line.bytes(), line.from(), textEnd());
        }

        private void overwriteValue() {
            int nameEnd = tokenEnd(line.bytes(), line.from(), textEnd());
            int colon = nameEnd == line.from() ? -1 : colon(line.bytes(), nameEnd, textEnd());
            overwriteText(line.bytes(), colon < 0 ? line.from() : colon + 1, textEnd());
        }
    }

    /** Lower case, without the blanks around it. */
    private static String text(byte[] bytes, int from, int to) {
        return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1)
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    private static int tokenEnd(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && Octets.isToken(bytes[at])) {
            at++;
        }
        return at;
    }

    /** The colon that follows a name, perhaps after blanks; -1 if there is none. */
    private static int colon(byte[] bytes, int nameEnd, int to) {
        int at = nameEnd;
        while (at < to && Octets.isBlank(bytes[at])) {
            at++;
        }
        return at < to && bytes[at] == ':' ? at : -1;
    }

    private static boolean isOfFramingWords(String value) {
        for (String word : value.split("[,\\s]+")) {
            if (!word.isEmpty() && !FRAMING_WORDS.contains(word)) {
                return false;
            }
        }
        return true;
    }

    private static int indexOf(byte[] bytes, byte wanted, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    /** After {@code ://}; -1 if there is none. */
    private static int indexOfSchemeEnd(byte[] bytes, int from, int to) {
        int colon = indexOf(bytes, (byte) ':', from, to);
        return colon > 0 && colon + 2 < to && bytes[colon + 1] == '/' && bytes[colon + 2] == '/' ? colon + 3 : -1;
    }

    private static int overwrite(byte[] bytes, int from, int to, byte by) {
        for (int i = from; i < to; i++) {
            bytes[i] = by;
        }
        return to;
    }

    /** Blanks, and the control bytes that make a head invalid, stay. */
    private static void overwriteText(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != 0 && bytes[i] != '\r') {
                bytes[i] = MASK;
            }
        }
    }

    private static void overwriteLetters(byte[] bytes, int from, int to) {
        overwrite(bytes, from, to, (byte) 'X');
    }

    /** Dots, and a port behind, stay. */
    private static void overwriteHost(byte[] bytes, int from, int to) {
        int at = to;
        while (at > from && bytes[at - 1] >= '0' && bytes[at - 1] <= '9') {
            at--;
        }
        int end = at > from && bytes[at - 1] == ':' ? at - 1 : to;
        for (int i = from; i < end; i++) {
            if (bytes[i] != '.' && bytes[i] != '[' && bytes[i] != ']' && bytes[i] != ':') {
                bytes[i] = MASK;
            }
        }
    }
}
