package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.Unanswered;

/**
 * How a connection has ended.
 *
 * @param reason for requests that no response will answer any more
 * @param egress final stream position, -1 if that is not known
 * @param ingress final stream position, -1 if that is not known
 * @param byThisEnd it was this end that ended first
 * @param filtered a filter excludes it from now on
 */
record Ending(Unanswered reason, long egress, long ingress, boolean byThisEnd, boolean filtered) {

    /** Its end was not seen, or is yet to come. */
    static final Ending UNSEEN = new Ending(Unanswered.CAPTURE_LOSS, -1, -1, false, false);

    static Ending of(EventDecoder closed) {
        Unanswered reason = switch (closed.closeReason()) {
            case EventDecoder.CLOSE_RESET -> Unanswered.RESET;
            case EventDecoder.CLOSE_TIMEOUT -> Unanswered.TIMEOUT;
            case EventDecoder.CLOSE_FILTERED, EventDecoder.CLOSE_UNSEEN -> Unanswered.CAPTURE_LOSS;
            default -> Unanswered.CLOSED;
        };
        return new Ending(
                reason,
                closed.closedEnd(Direction.EGRESS),
                closed.closedEnd(Direction.INGRESS),
                closed.closedFirstEnd() == EventDecoder.END_LOCAL,
                closed.closeReason() == EventDecoder.CLOSE_FILTERED);
    }

    long of(Direction direction) {
        return direction == Direction.EGRESS ? egress : ingress;
    }

    /** It was seen to end. */
    boolean isSeen() {
        return reason != Unanswered.CAPTURE_LOSS;
    }
}
