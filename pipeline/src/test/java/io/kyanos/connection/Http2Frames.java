package io.kyanos.connection;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Frames of HTTP/2, each byte a character. */
final class Http2Frames {

    static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    static final String SETTINGS = frame(4, 0, 0, "");

    private static final int END_STREAM = 1;
    private static final int END_HEADERS = 4;

    private Http2Frames() {}

    static String frame(int type, int flags, int stream, String payload) {
        byte[] head = ByteBuffer.allocate(9)
                .putInt(payload.length() << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .array();
        return new String(head, StandardCharsets.ISO_8859_1) + payload;
    }

    /** {@code GET} of host {@code h}. */
    static String get(int stream, String path) {
        return frame(1, END_STREAM | END_HEADERS, stream, "\202\206\4" + (char) path.length() + path + "\1\1h");
    }

    /** The head of a {@code POST} whose body is to come. */
    static String post(int stream, String path) {
        return frame(1, END_HEADERS, stream, "\203\206\4" + (char) path.length() + path + "\1\1h");
    }

    /** The head of a response with status 200. */
    static String ok(int stream, boolean isLast) {
        return frame(1, END_HEADERS | (isLast ? END_STREAM : 0), stream, "\210");
    }

    static String data(int stream, int bytes, boolean isLast) {
        return frame(0, isLast ? END_STREAM : 0, stream, "x".repeat(bytes));
    }

    static String reset(int stream, int code) {
        return frame(3, 0, stream, int32(code));
    }

    static String goaway(int last, int code) {
        return goaway(last, code, "");
    }

    static String goaway(int last, int code, String words) {
        return frame(7, 0, 0, int32(last) + int32(code) + words);
    }

    /** Settings of which the size of windows is one. */
    static String initialWindow(int bytes) {
        return frame(4, 0, 0, "\0\4" + int32(bytes));
    }

    /** Of the connection if the stream is 0. */
    static String windowUpdate(int stream, int bytes) {
        return frame(8, 0, stream, int32(bytes));
    }

    static String int32(int value) {
        return new String(ByteBuffer.allocate(4).putInt(value).array(), StandardCharsets.ISO_8859_1);
    }
}
