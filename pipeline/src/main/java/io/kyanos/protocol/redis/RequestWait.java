package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.redis.RedisCommand.Wait;

/** For how long a request lets the server wait for something to happen, as its words say. Not thread-safe. */
final class RequestWait {

    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private long nanos;

    /** The word BLOCK has come, so the next one is the time. */
    private boolean timeFollows;

    void clear() {
        nanos = 0;
        timeFollows = false;
    }

    /** 0 for not at all, {@link Long#MAX_VALUE} without end. */
    long nanos() {
        return nanos;
    }

    /**
     * Takes the word at {@code index}; true if it belongs to what says how long.
     *
     * @param mayBeOption options may stand here
     */
    boolean take(Wait kind, int index, boolean isLast, boolean mayBeOption, ByteView view, int from, int to) {
        return switch (kind) {
            case NONE -> false;
            case FIRST_SECONDS -> index == 1 && time(view, from, to, NANOS_PER_SECOND);
            case LAST_SECONDS -> isLast && time(view, from, to, NANOS_PER_SECOND);
            case LAST_MILLIS -> isLast && time(view, from, to, NANOS_PER_MILLI);
            case BLOCK_OPTION -> {
                boolean isTime = timeFollows && time(view, from, to, NANOS_PER_MILLI);
                timeFollows = !timeFollows && mayBeOption && RequestOption.find(view, from, to) == RequestOption.BLOCK;
                yield isTime || timeFollows;
            }
        };
    }

    private boolean time(ByteView view, int from, int to, long unitNanos) {
        nanos = nanos(view, from, to, unitNanos);
        return nanos > 0 || isSigned(view, from, to);
    }

    /** A wait without end is said by 0; what is no decimal number is an error, which is answered at once. */
    private static long nanos(ByteView view, int from, int to, long unitNanos) {
        double number = 0;
        double scale = 0;
        for (int i = from; i < to; i++) {
            byte b = view.byteAt(i);
            if (b == '.' && scale == 0) {
                scale = 1;
            } else if (RespGrammar.isDigit(b)) {
                number = number * 10 + (b - '0');
                scale *= 10;
            } else {
                return 0;
            }
        }
        if (from == to) {
            return 0;
        }
        double nanos = number / (scale == 0 ? 1 : scale) * unitNanos;
        return nanos == 0 ? Long.MAX_VALUE : Math.max(1, (long) nanos);
    }

    private static boolean isSigned(ByteView view, int from, int to) {
        return from < to && RespGrammar.isInteger(view, from, to);
    }
}
