package io.kyanos.record;

import java.util.Optional;

/**
 * One parsed request or response, in words that mean the same for every protocol. Immutable once its parser has handed
 * it out; safe to read from any thread. Holds no view of captured memory.
 */
public interface Message {

    /**
     * What was asked, from a closed table or the route rule: {@code GET /users/{id}}, {@code HGET}. Never raw bytes from
     * the wire: fit for a metric label. Empty for a response.
     */
    default String operation() {
        return "";
    }

    /** On what exactly: a path, a key; empty where there is nothing, or where details were not asked for. */
    default String resource() {
        return details().resource();
    }

    /** A response's own answer code: {@code 404}, {@code OK}, {@code WRONGTYPE}. Empty for a request. */
    default String status() {
        return "";
    }

    /** A response's outcome. A request that expects no answer says {@link Outcome#ONE_WAY}, any other {@link Outcome#OK}. */
    default Outcome outcome() {
        return Outcome.OK;
    }

    /** Bytes on the wire from the message's first to its last byte, as framing tells, whether they were seen or not. */
    long wireBytes();

    /**
     * Whether the time of its exchange says how fast it was served. Not of a request that lets the other end wait for
     * something to happen ({@code BLPOP}), nor of an answer that was put off. Exchanges of such messages are counted, with
     * their durations in records, but enter no duration histogram.
     */
    default boolean isTimed() {
        return true;
    }

    /**
     * For how long the request itself lets the other end wait before the answer is due, in nanoseconds: 0 for most,
     * {@link Long#MAX_VALUE} without end.
     */
    default long patienceNanos() {
        return 0;
    }

    /**
     * Whether a request is one that client libraries send by themselves when they set up a connection ({@code HELLO}):
     * an error in its answer is not the program's.
     */
    default boolean isSetup() {
        return false;
    }

    /** A request's ids, if its conversation's detail asked for them; else, and of a response, none. */
    default Trace trace() {
        return Trace.NONE;
    }

    /** Gives every further fact; those that are lists perhaps more than once ({@code key} of an {@code MGET}), any other once. */
    default void attributes(AttributeVisitor visitor) {
        for (Details.Value value : details().attributes()) {
            visitor.attribute(value.of(), value.text());
        }
    }

    /**
     * The exchange has begun at this time, monotonic nanoseconds: from there messages count the times that they tell. Called before
     * the record is handed out.
     */
    default void begunAt(long at) {
        // Most messages tell no times.
    }

    /** The events of a streamed answer; else none. */
    default Optional<StreamedEvents> streamed() {
        return Optional.empty();
    }

    /** The message as text, cut and masked as the conversation's detail asked; empty if it asked for none. */
    default String text() {
        return details().text();
    }

    /**
     * Where a message keeps resource, attributes and text that were made together with it; {@link Details#NONE} for one that
     * has none, or makes them when they are asked for.
     */
    default Details details() {
        return Details.NONE;
    }

    /** Receives the attributes of a message. */
    @FunctionalInterface
    interface AttributeVisitor {

        void attribute(Attribute attribute, String value);

        default void unlessEmpty(Attribute attribute, String value) {
            if (!value.isEmpty()) {
                attribute(attribute, value);
            }
        }

        default void unlessNegative(Attribute attribute, long number) {
            if (number >= 0) {
                attribute(attribute, Long.toString(number));
            }
        }
    }
}
