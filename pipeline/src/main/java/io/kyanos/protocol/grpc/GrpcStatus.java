package io.kyanos.protocol.grpc;

import io.kyanos.protocol.ByteView;
import io.kyanos.record.Outcome;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a call ended, in the order of their numbers. */
// https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
public enum GrpcStatus {
    OK(Outcome.OK),
    CANCELLED(Outcome.CLIENT_ERROR),
    UNKNOWN(Outcome.SERVER_ERROR),
    INVALID_ARGUMENT(Outcome.CLIENT_ERROR),
    DEADLINE_EXCEEDED(Outcome.SERVER_ERROR),
    NOT_FOUND(Outcome.CLIENT_ERROR),
    ALREADY_EXISTS(Outcome.CLIENT_ERROR),
    PERMISSION_DENIED(Outcome.CLIENT_ERROR),
    RESOURCE_EXHAUSTED(Outcome.CLIENT_ERROR),
    FAILED_PRECONDITION(Outcome.CLIENT_ERROR),
    ABORTED(Outcome.CLIENT_ERROR),
    OUT_OF_RANGE(Outcome.CLIENT_ERROR),
    UNIMPLEMENTED(Outcome.SERVER_ERROR),
    INTERNAL(Outcome.SERVER_ERROR),
    UNAVAILABLE(Outcome.SERVER_ERROR),
    DATA_LOSS(Outcome.SERVER_ERROR),
    UNAUTHENTICATED(Outcome.CLIENT_ERROR),
    /** A number that has no name; the last one. */
    OTHER(Outcome.ERROR);

    private static final GrpcStatus[] ALL = values();
    private static final int MOST_DIGITS = 9;

    private final Outcome outcome;

    GrpcStatus(Outcome outcome) {
        this.outcome = outcome;
    }

    public Outcome outcome() {
        return outcome;
    }

    /** Whether a server that answers so has the method. */
    public boolean showsTheMethod() {
        return this != UNIMPLEMENTED;
    }

    /** That of a value of {@code grpc-status}; null if it is no number. */
    public static @Nullable GrpcStatus of(ByteView view, int from, int to) {
        if (from == to || to - from > MOST_DIGITS) {
            return null;
        }
        int number = 0;
        for (int i = from; i < to; i++) {
            int digit = view.byteAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return null;
            }
            number = 10 * number + digit;
        }
        return ALL[Math.min(number, ALL.length - 1)];
    }

    /** What a client takes a response without a status for, by the status of HTTP. */
    // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
    public static GrpcStatus ofHttp(int code) {
        return switch (code) {
            case 400 -> INTERNAL;
            case 401 -> UNAUTHENTICATED;
            case 403 -> PERMISSION_DENIED;
            case 404 -> UNIMPLEMENTED;
            case 429, 502, 503, 504 -> UNAVAILABLE;
            default -> UNKNOWN;
        };
    }

    /** That of Connect's word for it: {@code not_found}; null if it is none. */
    public static @Nullable GrpcStatus ofConnect(String word) {
        if (word.equals("canceled")) {
            return CANCELLED;
        }
        for (GrpcStatus status : ALL) {
            if (status != OK
                    && status != OTHER
                    && status.name().toLowerCase(Locale.ROOT).equals(word)) {
                return status;
            }
        }
        return null;
    }
}
