package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.streamed.StreamedType;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.Octets;
import io.kyanos.protocol.web.ServerRoutes;

/**
 * Reports which bytes of heads and trailers are structure: what labels, statuses and framing are made of. Stateless.
 */
/*
 * All else is overwritten by the digit 0, which must not change what a parser makes of it. Where another byte than a digit
 * decides, that byte is structure, too: the first of a length that is no number, the one that follows a status code at once.
 */
final class HeadStructure {

    /** Fields whose values framing, or what is done to a body, depends on. */
    private static final String[] FRAMING_FIELDS = {
        "transfer-encoding", "connection", "upgrade", "expect", "content-encoding", "te", "keep-alive"
    };

    private static final String CONTENT_LENGTH = "content-length";

    private static final String CONTENT_TYPE = "content-type";

    private static final String[] FRAMING_WORDS = {
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
        "tls",
        "trailers",
        "100-continue",
        "http2-settings"
    };

    private static final String[] SCHEMES = {"http://", "https://", "ws://", "wss://"};
    private static final int AFTER_ANY_SCHEME = "://".length();
    private static final int MAX_PORT_DIGITS = 5;

    /** What a field's value is, for what is kept of it. */
    private enum Value {
        CONTENT,
        LENGTH,
        WORDS,
        TYPE,
        SETTINGS
    }

    private HeadStructure() {}

    /** @param lineEnd after the line feed, or after what is held of the line */
    static void ofRequestLine(
            ByteView view,
            RequestLine line,
            RequestTarget target,
            HttpMethod method,
            ServerRoutes routes,
            int lineEnd,
            ParseResult result) {
        if (method != HttpMethod.OTHER || StartLine.isKnownMethod(view, 0, line.methodEnd())) {
            result.structure(0, line.methodEnd());
        }
        result.structure(line.methodEnd(), line.targetFrom());
        ofTarget(view, line, target, method, routes, result);
        result.structure(line.targetTo(), lineEnd);
    }

    private static void ofTarget(
            ByteView view,
            RequestLine line,
            RequestTarget target,
            HttpMethod method,
            ServerRoutes routes,
            ParseResult result) {
        int from = line.targetFrom();
        int pathFrom = target.pathFrom();
        int pathTo = target.pathTo();
        if (pathFrom > from) {
            scheme(view, from, pathFrom, result);
            port(view, target.authorityFrom(), target.authorityTo(), result);
        }
        boolean isAsterisk = pathTo - pathFrom == 1 && view.byteAt(pathFrom) == '*';
        if (isAsterisk) {
            result.structure(pathFrom, pathTo);
        } else if (pathFrom == pathTo || view.byteAt(pathFrom) != '/') {
            port(view, pathFrom, pathTo, result);
        } else if (method == HttpMethod.OTHER || method == HttpMethod.CONNECT) {
            result.structure(pathFrom, pathFrom + 1);
        } else {
            routes.reportWords(view, pathFrom, pathTo, result);
        }
        if (pathTo < line.targetTo()) {
            result.structure(pathTo, pathTo + 1);
        }
    }

    private static void scheme(ByteView view, int from, int to, ParseResult result) {
        for (String scheme : SCHEMES) {
            int end = from + scheme.length();
            if (end <= to && Octets.equalsIgnoringCase(view, from, end, scheme)) {
                result.structure(from, end);
                return;
            }
        }
        int colon = view.indexOf((byte) ':', from, to);
        result.structure(colon, colon + AFTER_ANY_SCHEME);
    }

    /** The port after a host; nothing if there is none. */
    private static void port(ByteView view, int from, int to, ParseResult result) {
        int at = to;
        while (at > from && to - at < MAX_PORT_DIGITS && Octets.isDigit(view.byteAt(at - 1))) {
            at--;
        }
        if (at < to && at > from && view.byteAt(at - 1) == ':') {
            result.structure(at - 1, to);
        }
    }

    /**
     * @param textEnd before the line's end
     * @param lineEnd after it, or after what is held of the line
     */
    static void ofStatusLine(StatusLine line, int textEnd, int lineEnd, ParseResult result) {
        int codeEnd = line.codeAt() + StatusLine.CODE_DIGITS;
        result.structure(0, Math.min(codeEnd + 1, textEnd));
        result.structure(textEnd, lineEnd);
    }

    /** Of a request line whose end is to come: its method and how its target begins, if they are known. */
    static void ofRequestLineSoFar(ByteView view, ParseResult result) {
        int methodEnd = view.indexOf(Octets.SP, 0, view.length());
        if (methodEnd > 0 && StartLine.isKnownMethod(view, 0, methodEnd)) {
            boolean hasPath = methodEnd + 1 < view.length() && view.byteAt(methodEnd + 1) == '/';
            result.structure(0, methodEnd + (hasPath ? 2 : 1));
        }
    }

    /** Of a status line whose end is to come. */
    static void ofStatusLineSoFar(ByteView view, ParseResult result) {
        StatusLine line = new StatusLine();
        if (line.read(view, 0, view.length())) {
            ofStatusLine(line, view.length(), view.length(), result);
        } else if (StartLine.anyResponse(view, 0) != StartLine.Verdict.NO) {
            result.structure(0, Math.min(StartLine.HTTP.length, view.length()));
        }
    }

    /** Of whole lines, each of them a field, the end of the head, or something that is neither. */
    static void ofLines(ByteView view, int from, int to, ParseResult result) {
        Value value = Value.CONTENT;
        int at = from;
        while (at < to) {
            int lineFeed = view.indexOf(Octets.LF, at, to);
            if (lineFeed < 0) {
                return;
            }
            value = line(view, at, lineFeed, value, result);
            at = lineFeed + 1;
        }
    }

    /**
     * Of the lines of a head that is too long to be held, each of which stands by itself.
     *
     * @param insideLine the first line began before
     */
    static void ofLongHead(ByteView view, int to, boolean insideLine, ParseResult result) {
        int at = 0;
        while (at < to) {
            int lineFeed = view.indexOf(Octets.LF, at, to);
            if (lineFeed < 0) {
                return;
            }
            if (at == 0 && insideLine) {
                result.structure(textEnd(view, at, lineFeed), lineFeed + 1);
            } else {
                line(view, at, lineFeed, Value.CONTENT, result);
            }
            at = lineFeed + 1;
        }
    }

    /** Of a chunk's line: its size and what ends that. Of an extension its length stays. */
    static void ofChunkLine(ByteView view, int from, int sizeEnd, int lineFeed, ParseResult result) {
        int textEnd = textEnd(view, sizeEnd, lineFeed);
        result.structure(from, Math.min(sizeEnd + 1, textEnd));
        result.structure(textEnd, lineFeed + 1);
    }

    /** Of one line of the trailers. */
    static void ofTrailer(ByteView view, int from, int lineFeed, ParseResult result) {
        line(view, from, lineFeed, Value.CONTENT, result);
    }

    /**
     * @param before the kind of value in the line before, which a line that begins with a blank continues
     * @return that in this line
     */
    private static Value line(ByteView view, int from, int lineFeed, Value before, ParseResult result) {
        int textEnd = textEnd(view, from, lineFeed);
        Value value = Value.CONTENT;
        int valueFrom = textEnd;
        if (from < textEnd && Octets.isBlank(view.byteAt(from))) {
            value = before;
            valueFrom = afterBlanks(view, from, textEnd);
            result.structure(from, valueFrom);
        } else {
            int nameEnd = from;
            while (nameEnd < textEnd && Octets.isToken(view.byteAt(nameEnd))) {
                nameEnd++;
            }
            int colon = afterBlanks(view, nameEnd, textEnd);
            if (nameEnd > from && colon < textEnd && view.byteAt(colon) == ':') {
                value = valueOf(view, from, nameEnd);
                valueFrom = afterBlanks(view, colon + 1, textEnd);
                result.structure(from, valueFrom);
            }
        }
        switch (value) {
            case LENGTH -> length(view, valueFrom, textEnd, result);
            case WORDS -> words(view, valueFrom, textEnd, result);
            case TYPE -> type(view, valueFrom, textEnd, result);
            case SETTINGS -> settings(view, valueFrom, textEnd, result);
            case CONTENT -> {
                // Nothing of it stays.
            }
        }
        result.structure(textEnd, lineFeed + 1);
        return value;
    }

    private static Value valueOf(ByteView view, int from, int nameEnd) {
        if (Octets.equalsIgnoringCase(view, from, nameEnd, CONTENT_LENGTH)) {
            return Value.LENGTH;
        }
        if (Octets.equalsIgnoringCase(view, from, nameEnd, CONTENT_TYPE)) {
            return Value.TYPE;
        }
        if (Octets.equalsIgnoringCase(view, from, nameEnd, HttpHead.HTTP2_SETTINGS)) {
            return Value.SETTINGS;
        }
        return isOneOf(FRAMING_FIELDS, view, from, nameEnd) ? Value.WORDS : Value.CONTENT;
    }

    /** All of one or several numbers; of anything else the first byte that makes it invalid. */
    private static void length(ByteView view, int from, int to, ParseResult result) {
        for (int i = from; i < to; i++) {
            byte octet = view.byteAt(i);
            if (!Octets.isDigit(octet) && octet != ',' && !Octets.isBlankOrLineEnd(octet)) {
                result.structure(i, i + 1);
                return;
            }
        }
        result.structure(from, to);
    }

    /** A type of streamed answers and what ends it, without parameters. */
    private static void type(ByteView view, int from, int to, ParseResult result) {
        StreamedType type = StreamedType.of(view, from, to);
        if (type != null) {
            type.structure(view, from, to, result);
        }
    }

    /** Numbers that both ends of HTTP/2 go by. */
    private static void settings(ByteView view, int from, int to, ParseResult result) {
        if ((to - from) % 8 != 0) {
            // They take six bytes each.
            return;
        }
        int end = from;
        while (end < to && end - from < HttpRequestParser.MAX_SETTINGS_BYTES && isBase64Url(view.byteAt(end))) {
            end++;
        }
        if (end == to) {
            result.structure(from, to);
        }
    }

    private static boolean isBase64Url(byte octet) {
        return Octets.isDigit(octet)
                || (octet >= 'a' && octet <= 'z')
                || (octet >= 'A' && octet <= 'Z')
                || octet == '-'
                || octet == '_'
                || octet == '=';
    }

    /** Known words, and what separates words. */
    private static void words(ByteView view, int from, int to, ParseResult result) {
        int at = from;
        while (at < to) {
            int start = at;
            while (at < to && divides(view.byteAt(at))) {
                at++;
            }
            result.structure(start, at);
            int word = at;
            while (at < to && !divides(view.byteAt(at))) {
                at++;
            }
            if (isOneOf(FRAMING_WORDS, view, word, at)) {
                result.structure(word, at);
            }
        }
    }

    private static boolean divides(byte octet) {
        return octet == ',' || octet == ';' || octet == '/' || octet == '=' || Octets.isBlankOrLineEnd(octet);
    }

    private static boolean isOneOf(String[] words, ByteView view, int from, int to) {
        for (String word : words) {
            if (Octets.equalsIgnoringCase(view, from, to, word)) {
                return true;
            }
        }
        return false;
    }

    private static int afterBlanks(ByteView view, int from, int to) {
        int at = from;
        while (at < to && Octets.isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    /** Before CR LF or LF. */
    private static int textEnd(ByteView view, int from, int lineFeed) {
        return lineFeed > from && view.byteAt(lineFeed - 1) == Octets.CR ? lineFeed - 1 : lineFeed;
    }
}
