package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What a client begins with: frames without a type.
 *
 * <pre>
 *   +----------------+----------------------------+-------------------- - - -
 *   | length (int32) | code or version (int32)    | length - 8 bytes
 *   +----------------+----------------------------+-------------------- - - -
 * </pre>
 */
// https://www.postgresql.org/docs/current/protocol-message-formats.html
final class Startup {

    static final int HEAD_BYTES = 8;
    static final int MAX_BYTES = 10_000;
    static final int MAX_CANCEL_BYTES = 12 + 256;

    private static final int LEAST_CANCEL_BYTES = 16;
    private static final int CANCEL_REQUEST = 80877102;
    private static final int SSL_REQUEST = 80877103;
    private static final int GSS_REQUEST = 80877104;
    private static final int MAJOR_VERSION = 3;
    private static final int MAX_MINOR_VERSION = 99;

    private Startup() {}

    static int length(ByteView view) {
        return Frame.int32(view, 0);
    }

    static int code(ByteView view) {
        return Frame.int32(view, Frame.LENGTH_BYTES);
    }

    /** What begins with these {@link #HEAD_BYTES}, or null if no client's first words do. */
    static @Nullable Kind kind(ByteView view) {
        int length = length(view);
        int code = code(view);
        boolean fits = switch (code) {
            case SSL_REQUEST, GSS_REQUEST -> length == HEAD_BYTES;
            case CANCEL_REQUEST -> length >= LEAST_CANCEL_BYTES && length <= MAX_CANCEL_BYTES;
            default -> isVersion(code) && length > HEAD_BYTES && length <= MAX_BYTES;
        };
        if (!fits) {
            return null;
        }
        return switch (code) {
            case SSL_REQUEST -> Kind.SSL;
            case GSS_REQUEST -> Kind.GSS;
            case CANCEL_REQUEST -> Kind.CANCEL;
            default -> Kind.STARTUP;
        };
    }

    private static boolean isVersion(int code) {
        return code >>> 16 == MAJOR_VERSION && (code & 0xffff) <= MAX_MINOR_VERSION;
    }

    /** {@code 3.0} */
    static String version(ByteView view) {
        return (code(view) >>> 16) + "." + (code(view) & 0xffff);
    }
}
