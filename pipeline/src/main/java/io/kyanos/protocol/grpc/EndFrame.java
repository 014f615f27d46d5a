package io.kyanos.protocol.grpc;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Finds the status in the frame that ends a body: among the trailers of gRPC-Web ({@code grpc-status: 5}), or in the JSON of Connect
 * ({@code {"error":{"code":"not_found"}}}). Keeps nothing else of it; not thread-safe.
 */
final class EndFrame {

    private static final byte[] FIELD = "\ngrpc-status:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] MEMBER = "\"code\":".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_VALUE_BYTES = 24;

    private final boolean isJson;
    private final byte[] key;
    private final StringBuilder value = new StringBuilder();

    /** How many bytes of the key have just come. */
    private int matched;

    private boolean isFound;

    EndFrame(boolean isJson) {
        this.isJson = isJson;
        key = isJson ? MEMBER : FIELD;
        // the first line needs no line end before it
        matched = isJson ? 0 : 1;
    }

    /** The frame goes on with {@code [from, to)}. */
    void read(ByteView view, int from, int to, ParseResult result) {
        for (int at = from; at < to && !isFound; at++) {
            byte octet = view.byteAt(at);
            if (matched == key.length) {
                takeValue(octet, at, result);
            } else if (octet == key[matched] || octet == key[0]) {
                matched = octet == key[matched] ? matched + 1 : 1;
                result.structure(at, at + 1);
            } else {
                matched = 0;
            }
        }
    }

    private void takeValue(byte octet, int at, ParseResult result) {
        boolean isPart = octet == '_' || (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9');
        boolean isBefore = value.length() == 0 && (octet == ' ' || (isJson && octet == '"'));
        if (isPart && value.length() < MAX_VALUE_BYTES) {
            value.append((char) octet);
        } else if (!isBefore) {
            isFound = true;
        }
        if (isPart || isBefore || octet == '"' || octet == '\r') {
            result.structure(at, at + 1);
        }
    }

    /** What it says; of Connect {@link GrpcStatus#OK} if it tells of no error. Null if it says nothing, or nothing known. */
    @Nullable
    GrpcStatus status() {
        if (isJson) {
            return value.length() == 0 ? GrpcStatus.OK : GrpcStatus.ofConnect(value.toString());
        }
        ByteView digits = ByteView.of(value.toString());
        return GrpcStatus.of(digits, 0, digits.length());
    }
}
