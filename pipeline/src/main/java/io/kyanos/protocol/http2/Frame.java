package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;

/**
 * The nine bytes before each frame, as one reads them in a view. Mutable and reused; not thread-safe.
 *
 * <pre>
 * | length 24 | type 8 | flags 8 | R 1 | stream 31 |
 * </pre>
 */
// https://www.rfc-editor.org/rfc/rfc9113#section-4.1
final class Frame {

    static final int HEAD_BYTES = 9;

    private static final int LENGTH_BYTES = 3;

    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;

    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;
    static final int PADDED = 0x8;
    static final int PRIORITISED = 0x20;

    static final int PRIORITY_BYTES = 5;
    static final int SETTING_BYTES = 6;
    static final int PING_BYTES = 8;
    static final int LEAST_GOAWAY_BYTES = 8;

    /** What a side must take before it has said otherwise. */
    static final int DEFAULT_MAX_BYTES = 1 << 14;

    static final int MOST_BYTES = (1 << 24) - 1;

    /** So many streams, half of them the client's, no connection lives to see. */
    private static final int MOST_STREAMS = 1 << 24;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Flags that each type defines, by type. */
    private static final int[] FLAGS = {
        END_STREAM | PADDED,
        END_STREAM | END_HEADERS | PADDED | PRIORITISED,
        0,
        0,
        ACK,
        END_HEADERS | PADDED,
        ACK,
        0,
        0,
        END_HEADERS
    };

    private int length;
    private int type;
    private int flags;
    private int stream;
    private boolean reserved;

    /** How many bytes of the client's preface the view begins with; all of them if it holds the whole of it. */
    static int prefaceBytes(ByteView view, int at) {
        int most = Math.min(PREFACE.length, view.length() - at);
        for (int i = 0; i < most; i++) {
            if (view.byteAt(at + i) != PREFACE[i]) {
                return 0;
            }
        }
        return most;
    }

    static int prefaceLength() {
        return PREFACE.length;
    }

    /** Reads the head at {@code at}; false if it is not all there. */
    boolean read(ByteView view, int at) {
        if (at > view.length() - HEAD_BYTES) {
            return false;
        }
        length = unsigned(view, at) << 16 | unsigned(view, at + 1) << 8 | unsigned(view, at + 2);
        type = unsigned(view, at + 3);
        flags = unsigned(view, at + 4);
        int number = int32(view, at + 5);
        reserved = number < 0;
        stream = number & Integer.MAX_VALUE;
        return true;
    }

    static int unsigned(ByteView view, int at) {
        return view.byteAt(at) & 0xff;
    }

    static int int16(ByteView view, int at) {
        return unsigned(view, at) << 8 | unsigned(view, at + 1);
    }

    static int int32(ByteView view, int at) {
        return int16(view, at) << 16 | int16(view, at + 2);
    }

    /** Bytes of the payload. */
    int length() {
        return length;
    }

    int type() {
        return type;
    }

    int stream() {
        return stream;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** With its head. */
    int bytes() {
        return HEAD_BYTES + length;
    }

    /** How much of its head tells something: of a type that nobody knows the length alone. */
    int tellingBytes() {
        return type < FLAGS.length ? HEAD_BYTES : LENGTH_BYTES;
    }

    /** Whether its length and its stream are such as its type may have; any of an unknown type. */
    boolean isWellFormed() {
        return isWellFormed(length, type, flags, stream);
    }

    private static boolean isWellFormed(int length, int type, int flags, int stream) {
        return switch (type) {
            case DATA, HEADERS, CONTINUATION -> stream != 0 && length >= leastBytes(type, flags);
            case PRIORITY -> stream != 0 && length == PRIORITY_BYTES;
            case RST_STREAM -> stream != 0 && length == Integer.BYTES;
            case SETTINGS -> stream == 0 && length % SETTING_BYTES == 0 && ((flags & ACK) == 0 || length == 0);
            case PUSH_PROMISE -> stream != 0 && length > Integer.BYTES;
            case PING -> stream == 0 && length == PING_BYTES;
            case GOAWAY -> stream == 0 && length >= LEAST_GOAWAY_BYTES;
            case WINDOW_UPDATE -> length == Integer.BYTES;
            default -> true;
        };
    }

    private static int leastBytes(int type, int flags) {
        return ((flags & PADDED) != 0 ? 1 : 0) + (type == HEADERS && (flags & PRIORITISED) != 0 ? PRIORITY_BYTES : 0);
    }

    /** So well-formed that bytes of which nothing is known are hardly ever. */
    boolean isPlausible() {
        return !reserved && isPlausible(length, type, flags, stream);
    }

    /** The same of the head at {@code at}, which needs no object; false if it is not all there. */
    static boolean isPlausible(ByteView view, int at) {
        return at <= view.length() - HEAD_BYTES
                && isPlausible(
                        int16(view, at) << 8 | unsigned(view, at + 2),
                        unsigned(view, at + 3),
                        unsigned(view, at + 4),
                        int32(view, at + 5));
    }

    /* A stream that is negative has the reserved bit. */
    private static boolean isPlausible(int length, int type, int flags, int stream) {
        return type < FLAGS.length
                && length <= 2 * DEFAULT_MAX_BYTES
                && stream >= 0
                && stream < MOST_STREAMS
                && (flags & ~FLAGS[type]) == 0
                && isWellFormed(length, type, flags, stream)
                && (stream % 2 == 1
                        || stream == 0
                        || type == HEADERS
                        || type == DATA
                        || type == RST_STREAM
                        || type == CONTINUATION);
    }
}
