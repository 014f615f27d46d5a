package io.kyanos.protocol;

import io.kyanos.record.Unanswered;

/**
 * Pairs the messages of one connection. Messages arrive in the order in which their last bytes were seen; what is paired
 * goes to the {@link Exchanges} at once. Not thread-safe. Bounded: when too many requests wait, the oldest is given out
 * as unanswered.
 */
public interface Matcher {

    void request(FramedMessage request, Exchanges exchanges);

    void response(FramedMessage response, Exchanges exchanges);

    /** An unknown number of requests may have been missed since the last one. */
    void requestsLost(Exchanges exchanges);

    /** An unknown number of responses may have been missed since the last one. */
    void responsesLost(Exchanges exchanges);

    /** No response will come any more: gives out what waits. */
    void ended(Unanswered reason, Exchanges exchanges);

    /**
     * Gives out requests whose last byte was sent or read before {@code deadline} (monotonic nanoseconds), those that let
     * the other end wait by their patience later.
     */
    void timedOut(long deadline, Exchanges exchanges);

    /** Requests that wait for their response. */
    int waiting();

    /** Receives what a matcher has paired. */
    interface Exchanges {

        void answered(FramedMessage request, FramedMessage response);

        void unanswered(FramedMessage request, Unanswered reason);

        void oneWay(FramedMessage message);

        /** A response whose request was not seen: counted, never a record. */
        void unmatched(FramedMessage response);
    }
}
