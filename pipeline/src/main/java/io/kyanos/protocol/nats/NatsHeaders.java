package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import java.nio.charset.StandardCharsets;

/**
 * The code by which headers tell how a request ended: that of their first line, or that of a failed service. Reused; valid
 * as long as the view that it was read from.
 */
final class NatsHeaders {

    private static final byte[] VERSION = "NATS/1.0 ".getBytes(StandardCharsets.US_ASCII);

    // https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md
    private static final String SERVICE_ERROR_CODE = "Nats-Service-Error-Code:";

    private static final int CODE_DIGITS = 3;

    private ByteView view = new ByteView();
    private int lineStart;
    private int codeAt;
    private int code;

    void clear() {
        code = 0;
    }

    /** Reads the headers {@code [from, to)}, which may be none. */
    void read(ByteView bytes, int from, int to) {
        view = bytes;
        clear();
        if (from < to && view.startsWith(VERSION, from)) {
            readCode(from, from + VERSION.length, to);
        }
        int at = from;
        while (code == 0 && (at = view.indexOf((byte) '\n', at, to)) >= 0) {
            int value = at + 1 + SERVICE_ERROR_CODE.length();
            if (value < to && view.isBeginningOf(SERVICE_ERROR_CODE, at + 1, value)) {
                while (value < to && NatsLine.isBlank(view.byteAt(value))) {
                    value++;
                }
                readCode(at, value, to);
            }
            at++;
        }
    }

    private void readCode(int start, int at, int to) {
        if (at + CODE_DIGITS <= to) {
            lineStart = start;
            codeAt = at;
            code = (int) Math.max(0, NatsLine.number(view, at, at + CODE_DIGITS));
        }
    }

    NatsStatus status() {
        return code == 0 ? NatsStatus.OK : NatsStatus.ofCode(code);
    }

    /** The line in which the code stands; empty without one. */
    String codeLine() {
        int end = view.indexOf((byte) '\r', codeAt, view.length());
        return code == 0
                ? ""
                : view.utf8(lineStart, end < 0 ? codeAt + CODE_DIGITS : end).strip();
    }

    /** The code and what it stands behind in its line, with the end of the line before. */
    void structure(ParseResult result) {
        if (code != 0) {
            result.structure(lineStart, codeAt + CODE_DIGITS);
        }
    }
}
