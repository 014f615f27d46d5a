package io.kyanos.protocol.grpc;

import io.kyanos.record.Attribute;
import io.kyanos.record.Message.AttributeVisitor;
import io.kyanos.record.StreamedEvents;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * How many messages one direction of a call had, and when. Immutable.
 *
 * @param isMissed there may have been more
 * @param firstAt when the last byte of the first one came, monotonic nanoseconds, or {@link StreamedEvents#UNKNOWN}
 * @param lastAt the same of the last one
 */
public record MessageCounts(long count, long compressed, boolean isMissed, long firstAt, long lastAt) {

    private static final int NANOS_PER_MILLI_DIGITS = 6;
    private static final int DECIMALS = 3;

    /** What the request says of them, of a call that has begun at {@code begunAt}. */
    public void ofRequest(AttributeVisitor visitor, long begunAt) {
        visitor.attribute(GrpcAttribute.REQUEST_MESSAGES, Long.toString(count));
        tell(visitor, GrpcAttribute.FIRST_REQUEST_MESSAGE_MS, GrpcAttribute.LAST_REQUEST_MESSAGE_MS, begunAt);
    }

    /** What the response says of them. */
    public void ofResponse(AttributeVisitor visitor, long begunAt) {
        visitor.attribute(GrpcAttribute.RESPONSE_MESSAGES, Long.toString(count));
        tell(visitor, GrpcAttribute.FIRST_RESPONSE_MESSAGE_MS, GrpcAttribute.LAST_RESPONSE_MESSAGE_MS, begunAt);
    }

    private void tell(AttributeVisitor visitor, Attribute first, Attribute last, long begunAt) {
        visitor.unlessEmpty(first, millis(firstAt, begunAt));
        visitor.unlessEmpty(last, millis(lastAt, begunAt));
        visitor.unlessEmpty(GrpcAttribute.COMPRESSED_MESSAGES, compressed == 0 ? "" : Long.toString(compressed));
        visitor.unlessEmpty(GrpcAttribute.MESSAGES_MISSED, isMissed ? "true" : "");
    }

    /** Empty where one of the times is not known. */
    private static String millis(long at, long begunAt) {
        if (at == StreamedEvents.UNKNOWN || begunAt == StreamedEvents.UNKNOWN) {
            return "";
        }
        return BigDecimal.valueOf(Math.max(0, at - begunAt), NANOS_PER_MILLI_DIGITS)
                .setScale(DECIMALS, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }
}
