package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.web.Octets;
import java.nio.charset.StandardCharsets;

/**
 * Where the parts of a request line lie, read as leniently as RFC 9112 section 3 allows, and somewhat more: blanks of any
 * number and kind, any bytes in the target, any version. Reused; positions are valid for the view they were found in. Not
 * thread-safe.
 */
final class RequestLine {

    private static final int USUAL_VERSION_BYTES = "HTTP/1.1".length();

    /** RFC 9113 section 3.4: how HTTP/2 begins, which is no request of HTTP/1. */
    private static final byte[] HTTP2 = "PRI * HTTP/2.0".getBytes(StandardCharsets.US_ASCII);

    private int from;
    private int methodEnd;
    private int targetFrom;
    private int targetTo;
    private int versionFrom;
    private int versionTo;

    /** Whether {@code [lineFrom, lineTo)}, a line without its end, is a request line. */
    boolean read(ByteView view, int lineFrom, int lineTo) {
        from = lineFrom;
        methodEnd = wordEnd(view, lineFrom, lineTo);
        versionFrom = lineTo - USUAL_VERSION_BYTES;
        versionTo = lineTo;
        if (versionFrom <= methodEnd || !StartLine.isVersion(view, versionFrom, versionTo)) {
            locateVersion(view, lineTo);
        }
        if (methodEnd == lineFrom
                || view.startsWith(HTTP2, lineFrom)
                || versionFrom <= methodEnd
                || !isBlank(view.byteAt(versionFrom - 1))
                || !isAnyVersion(view, versionFrom, versionTo)) {
            return false;
        }
        targetFrom = afterBlanks(view, methodEnd, versionFrom);
        targetTo = beforeBlanks(view, targetFrom, versionFrom);
        return targetTo > targetFrom;
    }

    /** Reads the beginning of a line of which only {@code [0, to)} is here, so that its version is not known. */
    boolean readBeginning(ByteView view, int to) {
        from = 0;
        methodEnd = wordEnd(view, 0, to);
        targetFrom = afterBlanks(view, methodEnd, to);
        targetTo = to;
        versionFrom = to;
        versionTo = to;
        return methodEnd > 0 && targetTo > targetFrom;
    }

    int methodEnd() {
        return methodEnd;
    }

    int targetFrom() {
        return targetFrom;
    }

    int targetTo() {
        return targetTo;
    }

    /** {@code 1.1}; empty where it was not seen. */
    String version(ByteView view) {
        return versionTo > versionFrom ? view.latin1(versionFrom + "HTTP/".length(), versionTo) : "";
    }

    /** Whether the version is one that was standardised. */
    boolean isKnownVersion(ByteView view) {
        return StartLine.isKnownVersion(view, versionFrom, versionTo);
    }

    /** Whether it is HTTP/1.0, which has no transfer codings. */
    boolean isOldVersion(ByteView view) {
        return isKnownVersion(view) && view.byteAt(versionTo - 1) == '0';
    }

    /** Whether all is in its place: a token, one space, visible bytes, one space, the version, the end. */
    boolean isWellFormed(ByteView view, int lineTo) {
        if (versionTo != lineTo || targetFrom != methodEnd + 1 || targetTo != versionFrom - 1) {
            return false;
        }
        for (int i = from; i < methodEnd; i++) {
            if (!Octets.isToken(view.byteAt(i))) {
                return false;
            }
        }
        for (int i = targetFrom; i < targetTo; i++) {
            if (!Octets.isVisible(view.byteAt(i))) {
                return false;
            }
        }
        return view.byteAt(methodEnd) == Octets.SP
                && view.byteAt(targetTo) == Octets.SP
                && view.startsWith(StartLine.HTTP, versionFrom);
    }

    /** The last word of the line. */
    private void locateVersion(ByteView view, int lineTo) {
        versionTo = beforeBlanks(view, methodEnd, lineTo);
        versionFrom = versionTo;
        while (versionFrom > methodEnd && !isBlank(view.byteAt(versionFrom - 1))) {
            versionFrom--;
        }
    }

    private static boolean isAnyVersion(ByteView view, int from, int to) {
        return StartLine.versionEnd(view, from, to) == to;
    }

    private static int wordEnd(ByteView view, int from, int to) {
        int at = from;
        while (at < to && !isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static int afterBlanks(ByteView view, int from, int to) {
        int at = from;
        while (at < to && isBlank(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static int beforeBlanks(ByteView view, int from, int to) {
        int at = to;
        while (at > from && isBlank(view.byteAt(at - 1))) {
            at--;
        }
        return at;
    }

    /** RFC 9112 section 3: blanks that a lenient reader takes for one space; the line feed is no part of a line. */
    private static boolean isBlank(byte octet) {
        return Octets.isBlankOrLineEnd(octet);
    }
}
