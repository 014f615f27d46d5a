package io.kyanos.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The state of one connection in one protocol: the parsers of its two directions, what they must know about each other,
 * and the matcher. Not thread-safe.
 */
public interface Conversation {

    Parser requests();

    Parser responses();

    Matcher matcher();

    /** The protocol, spoken inside this one, whose exchange it is that the request begins; null if it is this one's own. */
    default @Nullable Descriptor inside(FramedMessage request) {
        return null;
    }

    /**
     * A request is about to become a record, with its response or without: the last moment to set what a protocol knows
     * of a request only with its answer. In a replay that may be as late as {@link Protocol#settle}.
     */
    default void concluded(FramedMessage request, @Nullable FramedMessage response) {
        // Most protocols know all of a request when they have parsed it.
    }

    /** How many exchanges are open at once, each in a stream of its own; 0 where connections have no streams. */
    default int openStreams() {
        return 0;
    }

    /**
     * Another protocol takes over. Gives what that one is to answer, which is awaited here no more; null if there is nothing.
     *
     * @param exchanges takes what has no record of its own then
     */
    default @Nullable Handover handOver(Matcher.Exchanges exchanges) {
        return null;
    }

    /** Nothing follows: gives back what it holds of memory that connections share. May be called more than once. */
    default void close() {
        // Most conversations share nothing.
    }

    /** Takes over from another protocol. Called before anything is parsed, if that one hands something over. */
    default void takeOver(Handover from) {
        throw new UnsupportedOperationException("take over " + from.request().message());
    }
}
