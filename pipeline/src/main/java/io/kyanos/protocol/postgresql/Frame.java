package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;

/**
 * The frames of both directions: a type, a length that counts itself, contents. Those that a client begins with have no type.
 *
 * <pre>
 *   +------+----------------+-------------------- - - -
 *   | type | length (int32) | length - 4 bytes
 *   +------+----------------+-------------------- - - -
 * </pre>
 */
// https://www.postgresql.org/docs/current/protocol-message-formats.html
final class Frame {

    static final int HEAD_BYTES = 5;
    static final int LENGTH_BYTES = 4;

    /** The server takes none that is longer. */
    static final int MAX_BYTES = 0x3fffffff;

    /** Names of statements and portals, command tags and the like are within this. */
    static final int MAX_SHORT_BYTES = 8192;

    /** So much of a longer text is looked at. */
    static final int MAX_TEXT_BYTES = 16 * 1024;

    static final int STARTUP_HEAD_BYTES = 8;
    static final int MAX_STARTUP_BYTES = 10_000;
    static final int MAX_CANCEL_BYTES = 12 + 256;
    static final int CANCEL_REQUEST = 80877102;
    static final int SSL_REQUEST = 80877103;
    static final int GSS_REQUEST = 80877104;
    static final int MAJOR_VERSION = 3;
    static final int MAX_MINOR_VERSION = 99;

    private static final int SMALLEST_CANCEL_BYTES = 16;
    private static final int READY_LENGTH = 5;

    private Frame() {}

    static int int32(ByteView view, int at) {
        return (view.byteAt(at) & 0xff) << 24
                | (view.byteAt(at + 1) & 0xff) << 16
                | (view.byteAt(at + 2) & 0xff) << 8
                | (view.byteAt(at + 3) & 0xff);
    }

    static int int16(ByteView view, int at) {
        return (view.byteAt(at) & 0xff) << 8 | (view.byteAt(at + 1) & 0xff);
    }

    /** The index of the NUL that ends the text at {@code from}, or -1. */
    static int textEnd(ByteView view, int from, int to) {
        return view.indexOf((byte) 0, from, to);
    }

    /** Whether {@code length} and {@code code} are those of what a client may begin with. */
    static boolean isStartup(int length, int code) {
        return switch (code) {
            case SSL_REQUEST, GSS_REQUEST -> length == STARTUP_HEAD_BYTES;
            case CANCEL_REQUEST -> length >= SMALLEST_CANCEL_BYTES && length <= MAX_CANCEL_BYTES;
            default ->
                code >>> 16 == MAJOR_VERSION
                        && (code & 0xffff) <= MAX_MINOR_VERSION
                        && length > STARTUP_HEAD_BYTES
                        && length <= MAX_STARTUP_BYTES;
        };
    }

    /** Whether a client's frame of this type may have this length. */
    static boolean isRequest(byte type, int length) {
        return switch (type) {
            case 'S', 'H', 'c', 'X' -> length == LENGTH_BYTES;
            case 'Q', 'P', 'f' -> length > LENGTH_BYTES && length <= MAX_BYTES;
            case 'B' -> length >= 12 && length <= MAX_BYTES;
            case 'E' -> length >= 9 && length <= MAX_SHORT_BYTES;
            case 'D', 'C' -> length >= 6 && length <= MAX_SHORT_BYTES;
            case 'F' -> length >= 14 && length <= MAX_BYTES;
            case 'd', 'p' -> length >= LENGTH_BYTES && length <= MAX_BYTES;
            default -> false;
        };
    }

    /** Whether a server's frame of this type may have this length. */
    static boolean isResponse(byte type, int length) {
        return switch (type) {
            case '1', '2', '3', 'n', 's', 'I', 'c' -> length == LENGTH_BYTES;
            case 'Z' -> length == READY_LENGTH;
            case 'C' -> length > LENGTH_BYTES && length <= MAX_SHORT_BYTES;
            case 'D', 'T', 't' -> length >= 6 && length <= MAX_BYTES;
            case 'E', 'N' -> length > LENGTH_BYTES && length <= MAX_BYTES;
            case 'A' -> length >= 10 && length <= MAX_SHORT_BYTES;
            case 'S' -> length >= 6 && length <= MAX_BYTES;
            case 'K' -> length >= 12 && length <= MAX_CANCEL_BYTES;
            case 'R', 'v' -> length >= 8 && length <= MAX_BYTES;
            case 'G', 'H', 'W' -> length >= 7 && length <= MAX_BYTES;
            case 'd', 'V' -> length >= LENGTH_BYTES && length <= MAX_BYTES;
            default -> false;
        };
    }

    /** Whether ReadyForQuery stands at {@code at}, as far as the view goes. */
    static boolean mayBeReady(ByteView view, int at) {
        int end = Math.min(view.length(), at + HEAD_BYTES);
        for (int i = at + 1; i < end; i++) {
            if (view.byteAt(i) != (i == at + HEAD_BYTES - 1 ? READY_LENGTH : 0)) {
                return false;
            }
        }
        return view.byteAt(at) == 'Z' && (view.length() <= at + HEAD_BYTES || isState(view.byteAt(at + HEAD_BYTES)));
    }

    static boolean isState(byte state) {
        return state == 'I' || state == 'T' || state == 'E';
    }
}
