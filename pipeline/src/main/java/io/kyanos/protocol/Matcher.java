package io.kyanos.protocol;

import io.kyanos.record.Unanswered;

/**
 * Pairs the messages of one connection, which are always those of its conversation's own parsers. They arrive in the
 * order in which their last bytes were seen; what is paired goes to the {@link Exchanges} at once. Not thread-safe.
 * Bounded: when too many requests wait, the oldest is given out as unanswered.
 */
public interface Matcher {

    void request(FramedMessage request, Exchanges exchanges);

    /**
     * A response has begun, and its end is to come: the request that it answers is answered from now on, however long it
     * takes. Called once for each response that does not arrive whole, before anything else of its direction.
     */
    default void responseBegins(Exchanges exchanges) {
        // Where a response says which request it answers, its end says it as well.
    }

    void response(FramedMessage response, Exchanges exchanges);

    /** An unknown number of requests may have been missed since the last one. */
    void requestsLost(Exchanges exchanges);

    /** An unknown number of responses may have been missed since the last one. */
    void responsesLost(Exchanges exchanges);

    /** No response will come any more: gives out what waits. */
    void ended(Unanswered reason, Exchanges exchanges);

    /**
     * Gives out requests whose last byte was sent or read before {@code deadline} (monotonic nanoseconds), those that
     * let the other end wait, by that much later. A request whose response has begun waits no longer.
     *
     * @param reason unless more is known about a request
     */
    void timedOut(long deadline, Unanswered reason, Exchanges exchanges);

    /** Requests that wait for their response, or for its end. */
    int waiting();

    /** Receives what a matcher has paired. */
    interface Exchanges {

        void answered(FramedMessage request, FramedMessage response);

        void unanswered(FramedMessage request, Unanswered reason);

        /** The end of the connection has cut the response, of which no message was made. */
        default void cut(FramedMessage request, FramedMessage response) {
            answered(request, response.asTruncated());
        }

        /** A message that has ended an exchange ends a further one: it counts once more. */
        default void endsFurther(FramedMessage message) {}

        void oneWay(FramedMessage message);

        /** A response whose request was not seen: counted, never a record. */
        void unmatched(FramedMessage response);

        /** A message that repeats another, or announces one, whose exchange has or will have its record: it gets none of its own. */
        default void repeated(FramedMessage message) {}
    }
}
