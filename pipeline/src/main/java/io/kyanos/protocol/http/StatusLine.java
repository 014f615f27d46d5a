package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.web.Octets;

/**
 * Where the parts of a status line lie (RFC 9112 section 4): blanks of any number and kind, any version, any reason. Reused;
 * positions are valid for the view they were found in. Not thread-safe.
 */
final class StatusLine {

    static final int CODE_DIGITS = 3;

    private int from;
    private int versionTo;
    private int codeAt;

    /** Whether {@code [lineFrom, lineTo)}, a line without its end or the beginning of one, is a status line. */
    boolean read(ByteView view, int lineFrom, int lineTo) {
        from = lineFrom;
        versionTo = StartLine.versionEnd(view, lineFrom, lineTo);
        if (versionTo < 0) {
            return false;
        }
        codeAt = versionTo;
        while (codeAt < lineTo && Octets.isBlank(view.byteAt(codeAt))) {
            codeAt++;
        }
        int codeTo = codeAt + CODE_DIGITS;
        if (codeAt == versionTo || codeTo > lineTo || view.byteAt(codeAt) == '0') {
            return false;
        }
        for (int i = codeAt; i < codeTo; i++) {
            if (!Octets.isDigit(view.byteAt(i))) {
                return false;
            }
        }
        return codeTo == lineTo || !Octets.isDigit(view.byteAt(codeTo));
    }

    int code(ByteView view) {
        return (view.byteAt(codeAt) - '0') * 100
                + (view.byteAt(codeAt + 1) - '0') * 10
                + (view.byteAt(codeAt + 2) - '0');
    }

    int codeAt() {
        return codeAt;
    }

    /** {@code 1.1}. */
    String version(ByteView view) {
        return view.latin1(from + "HTTP/".length(), versionTo);
    }

    /** Whether it is HTTP/1.0, after which a connection lasts only where both ends say so. */
    boolean isOldVersion(ByteView view) {
        return isKnownVersion(view) && view.byteAt(versionTo - 1) == '0';
    }

    boolean isKnownVersion(ByteView view) {
        return StartLine.isKnownVersion(view, from, versionTo);
    }

    /** The text after the code; may be empty. */
    String reason(ByteView view, int lineTo) {
        int reasonFrom = codeAt + CODE_DIGITS;
        while (reasonFrom < lineTo && Octets.isBlank(view.byteAt(reasonFrom))) {
            reasonFrom++;
        }
        return SafeText.line(view.utf8(reasonFrom, lineTo));
    }

    /** Whether all is in its place: the version, one space, the code, one space, and no control bytes in the reason. */
    boolean isWellFormed(ByteView view, int lineTo) {
        int codeTo = codeAt + CODE_DIGITS;
        if (!view.startsWith(StartLine.HTTP, from)
                || codeAt != versionTo + 1
                || view.byteAt(versionTo) != Octets.SP
                || codeTo >= lineTo
                || view.byteAt(codeTo) != Octets.SP) {
            return false;
        }
        return !Octets.holdsControl(view, codeTo, lineTo);
    }
}
