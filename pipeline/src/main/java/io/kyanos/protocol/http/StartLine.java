package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.Octets;
import java.nio.charset.StandardCharsets;

/**
 * Recognises start lines (RFC 9112 sections 3 and 4) strictly, as it is needed where nothing is known of the bytes
 * before. Reads a bounded number of bytes and allocates nothing.
 */
final class StartLine {

    /** Whether a start line begins at a place. */
    enum Verdict {
        NO,
        /** What the view holds of it is right, and the view ends before all of it is seen. */
        PARTLY,
        YES
    }

    /** Longer request lines are not looked for; in sequence they may be as long as a head. */
    static final int MAX_SOUGHT_BYTES = 8 * 1024;

    private static final int MAX_FIELD_NAME_BYTES = 256;
    static final byte[] HTTP = "HTTP/".getBytes(StandardCharsets.US_ASCII);

    private static final int MAX_VERSION_DIGITS = 2;
    private static final byte[] VERSION = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SCHEME = "http://".getBytes(StandardCharsets.US_ASCII);
    private static final byte[][] SOUGHT = sought();

    private StartLine() {}

    private static byte[][] sought() {
        // RFC 4918, RFC 3253, RFC 5323, RFC 4791, and what caches and UPnP use
        String[] extensions = {
            "PROPFIND",
            "PROPPATCH",
            "MKCOL",
            "COPY",
            "MOVE",
            "LOCK",
            "UNLOCK",
            "REPORT",
            "SEARCH",
            "MKCALENDAR",
            "PURGE",
            "SUBSCRIBE",
            "UNSUBSCRIBE",
            "NOTIFY",
            "M-SEARCH",
            "LINK",
            "UNLINK",
            "QUERY"
        };
        byte[][] all = new byte[HttpMethod.NAMED.size() + extensions.length][];
        int i = 0;
        for (HttpMethod method : HttpMethod.NAMED) {
            all[i++] = method.wire();
        }
        for (String extension : extensions) {
            all[i++] = extension.getBytes(StandardCharsets.US_ASCII);
        }
        return all;
    }

    /** Whether it is a method that is looked for anywhere: one of a closed set. */
    static boolean isKnownMethod(ByteView view, int from, int to) {
        for (byte[] method : SOUGHT) {
            if (method.length == to - from && view.startsWith(method, from)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a request of a well-known method begins at {@code at}: its line, and the beginning of what follows it. */
    static Verdict request(ByteView view, int at) {
        byte first = view.byteAt(at);
        if (first < 'A' || first > 'Z') {
            return Verdict.NO;
        }
        for (byte[] method : SOUGHT) {
            Verdict verdict = prefix(view, at, method);
            if (verdict == Verdict.PARTLY) {
                return Verdict.PARTLY;
            }
            if (verdict == Verdict.YES) {
                int targetAt = at + method.length + 1;
                if (targetAt > view.length()) {
                    return Verdict.PARTLY;
                }
                if (view.byteAt(targetAt - 1) == Octets.SP) {
                    return targetAndVersion(view, targetAt);
                }
            }
        }
        return Verdict.NO;
    }

    /**
     * What a direction sends first, if it is a request: of the nine methods be it a bad one, of the others that are looked for
     * a line that is right to its end, as other protocols have the same words.
     */
    static Guess guessRequest(ByteView head) {
        for (HttpMethod method : HttpMethod.NAMED) {
            Verdict verdict = prefix(head, 0, method.wire());
            if (verdict == Verdict.PARTLY) {
                return Guess.UNSURE;
            }
            int targetAt = method.wire().length + 1;
            if (verdict == Verdict.YES && head.length() <= targetAt) {
                return head.length() < targetAt || Octets.isBlank(head.byteAt(targetAt - 1)) ? Guess.UNSURE : Guess.NO;
            }
            if (verdict == Verdict.YES && Octets.isBlank(head.byteAt(targetAt - 1))) {
                return switch (targetAndVersion(head, targetAt)) {
                    case NO -> guessBadLine(head, targetAt);
                    case YES -> Guess.REQUEST;
                    case PARTLY -> isPathOrUrl(head, targetAt) ? Guess.REQUEST : Guess.UNSURE;
                };
            }
        }
        return switch (request(head, 0)) {
            case NO -> Guess.NO;
            case PARTLY -> Guess.UNSURE;
            case YES -> Guess.REQUEST;
        };
    }

    /** Of a line that is no request line otherwise: a target and, as its last word, a version of HTTP make it one. */
    private static Guess guessBadLine(ByteView view, int from) {
        int lineFeed = view.indexOf(Octets.LF, from, view.length());
        int end = lineFeed < 0 ? view.length() : lineFeed;
        int target = from;
        while (target < end && Octets.isBlank(view.byteAt(target))) {
            target++;
        }
        if (target < end && !mayBeginTarget(view.byteAt(target))) {
            return Guess.NO;
        }
        if (lineFeed < 0) {
            return Guess.UNSURE;
        }
        while (end > target && Octets.isBlankOrLineEnd(view.byteAt(end - 1))) {
            end--;
        }
        int version = end;
        while (version > target && !Octets.isBlank(view.byteAt(version - 1))) {
            version--;
        }
        return target < version && versionEnd(view, version, end) == end ? Guess.REQUEST : Guess.NO;
    }

    /** Any other target may as well be the key of an inline command of Redis, as long as no version follows. */
    private static boolean isPathOrUrl(ByteView view, int at) {
        return view.byteAt(at) == '/' || prefix(view, at, SCHEME) == Verdict.YES;
    }

    /** Whether a status line begins at {@code at}: version, code, and the space or line end after it. */
    static Verdict response(ByteView view, int at) {
        Verdict verdict = prefix(view, at, VERSION);
        if (verdict != Verdict.YES) {
            return verdict;
        }
        int version = at + VERSION.length;
        int length = view.length();
        boolean otherVersion = version < length && view.byteAt(version) != '1' && view.byteAt(version) != '0';
        if (otherVersion || (version + 1 < length && view.byteAt(version + 1) != Octets.SP)) {
            return Verdict.NO;
        }
        for (int i = version + 2; i < version + 5 && i < length; i++) {
            if (!Octets.isDigit(view.byteAt(i)) || (i == version + 2 && view.byteAt(i) == '0')) {
                return Verdict.NO;
            }
        }
        if (version + 5 >= length) {
            return Verdict.PARTLY;
        }
        return Octets.isBlankOrLineEnd(view.byteAt(version + 5)) ? Verdict.YES : Verdict.NO;
    }

    /** Whether a status line of any version may begin at {@code at}, for where one is due. */
    static Verdict anyResponse(ByteView view, int at) {
        return prefix(view, at, HTTP);
    }

    /** Whether a request target may begin with this byte (RFC 9112 section 3.2). */
    static boolean mayBeginTarget(byte octet) {
        return octet == '/' || octet == '*' || octet == '[' || (octet > 0 && Character.isLetterOrDigit(octet));
    }

    /** Whether {@code [from, to)} is {@code HTTP/1.} and a digit. */
    static boolean isVersion(ByteView view, int from, int to) {
        return to - from == VERSION.length + 1 && view.startsWith(VERSION, from) && Octets.isDigit(view.byteAt(to - 1));
    }

    /** Whether it is HTTP/1.0 or HTTP/1.1. */
    static boolean isKnownVersion(ByteView view, int from, int to) {
        return isVersion(view, from, to) && view.byteAt(to - 1) <= '1';
    }

    /** Where a version of any number ends, as {@code HTTP/1.2}, {@code HTTP/2} or {@code http/1.1}; -1 if there is none. */
    static int versionEnd(ByteView view, int from, int to) {
        int digitsFrom = from + HTTP.length;
        if (digitsFrom >= to || !Octets.equalsIgnoringCase(view, from, digitsFrom, "http/")) {
            return -1;
        }
        int at = digits(view, digitsFrom, to);
        if (at == digitsFrom) {
            return -1;
        }
        if (at == to || view.byteAt(at) != '.') {
            return at;
        }
        int end = digits(view, at + 1, to);
        return end == at + 1 ? -1 : end;
    }

    private static int digits(ByteView view, int from, int to) {
        int limit = Math.min(to, from + MAX_VERSION_DIGITS);
        int at = from;
        while (at < limit && Octets.isDigit(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static Verdict targetAndVersion(ByteView view, int from) {
        int length = view.length();
        if (from < length && !mayBeginTarget(view.byteAt(from))) {
            return Verdict.NO;
        }
        int at = from;
        int limit = Math.min(length, from + MAX_SOUGHT_BYTES);
        while (at < limit && Octets.isVisible(view.byteAt(at))) {
            at++;
        }
        if (at == limit) {
            return limit == length && length - from < MAX_SOUGHT_BYTES ? Verdict.PARTLY : Verdict.NO;
        }
        if (view.byteAt(at) != Octets.SP) {
            return Verdict.NO;
        }
        at++;
        Verdict verdict = prefix(view, at, VERSION);
        if (verdict != Verdict.YES) {
            return verdict;
        }
        at += VERSION.length;
        if (at < length && !Octets.isDigit(view.byteAt(at))) {
            return Verdict.NO;
        }
        return lineEndAndField(view, at + 1);
    }

    /** A body may hold a request line, but it is seldom followed by what looks like a header field or an empty line. */
    private static Verdict lineEndAndField(ByteView view, int from) {
        int at = skipLineEnd(view, from);
        if (at < 0) {
            return Verdict.NO;
        }
        int length = view.length();
        if (at >= length) {
            return Verdict.PARTLY;
        }
        byte first = view.byteAt(at);
        if (first == Octets.CR || first == Octets.LF) {
            int end = skipLineEnd(view, at);
            return end < 0 ? Verdict.NO : end > length ? Verdict.PARTLY : Verdict.YES;
        }
        int limit = Math.min(length, at + MAX_FIELD_NAME_BYTES);
        int nameFrom = at;
        while (at < limit && Octets.isToken(view.byteAt(at))) {
            at++;
        }
        if (at == limit) {
            return limit == length && limit - nameFrom < MAX_FIELD_NAME_BYTES ? Verdict.PARTLY : Verdict.NO;
        }
        return at > nameFrom && view.byteAt(at) == ':' ? Verdict.YES : Verdict.NO;
    }

    /** The index after CR LF or LF; beyond the view's end if it is not all there; -1 if it is something else. */
    private static int skipLineEnd(ByteView view, int at) {
        int length = view.length();
        if (at >= length) {
            return length + 1;
        }
        if (view.byteAt(at) == Octets.LF) {
            return at + 1;
        }
        if (view.byteAt(at) != Octets.CR) {
            return -1;
        }
        if (at + 1 == length) {
            return length + 1;
        }
        return view.byteAt(at + 1) == Octets.LF ? at + 2 : -1;
    }

    private static Verdict prefix(ByteView view, int at, byte[] expected) {
        int present = Math.min(expected.length, view.length() - at);
        for (int i = 0; i < present; i++) {
            if (view.byteAt(at + i) != expected[i]) {
                return Verdict.NO;
            }
        }
        return present == expected.length ? Verdict.YES : Verdict.PARTLY;
    }
}
