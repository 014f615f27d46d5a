package io.kyanos.protocol;

import io.kyanos.record.Endpoint;
import java.util.Map;

/** One protocol. Immutable and shared by all connections and threads. */
public interface Protocol {

    /** What it says of itself: names, flags, attributes, statuses, limits. The same object for each call. */
    Descriptor descriptor();

    /** Lower case; also the metric label and the name on the command line: {@code redis}. */
    default String name() {
        return descriptor().name();
    }

    /**
     * What begins at the first byte of {@code head}, the first bytes that one direction sent (or the first bytes of a turn
     * on a connection that was open before). Strict: prefers {@link Guess#NO}, allocates nothing, looks at no more than
     * it needs.
     *
     * @param other the first bytes that the other direction sent, as far as they have come and are kept; empty if none have
     */
    Guess guess(ByteView head, ByteView other);

    /**
     * As {@link #guess}, anywhere in a connection whose beginning was not seen: the middle of a message, even
     * of another protocol, may begin with the same bytes.
     */
    default Guess guessAnywhere(ByteView head, ByteView other) {
        return guess(head, other);
    }

    /**
     * What one datagram is. Strict, as {@link #guess}; never {@link Guess#UNSURE}.
     *
     * @param datagram the bytes of it that were captured
     * @param whole whether these are all
     * @param local this end, as far as it is known: where several protocols share a format, ports distinguish them
     * @param peer the other end, {@link Endpoint#NONE} if it is not known
     */
    default Guess guessDatagram(ByteView datagram, boolean whole, Endpoint local, Endpoint peer) {
        return Guess.NO;
    }

    /** The same for a whole datagram between unknown ends. */
    default Guess guessDatagram(ByteView datagram) {
        return guessDatagram(datagram, true, Endpoint.NONE, Endpoint.NONE);
    }

    /**
     * Whether the side that accepts a connection may speak first, and with these bytes, as far as they have come. If it
     * says anything else before the client, the connection speaks another protocol.
     */
    default boolean mayGreet(ByteView head) {
        return false;
    }

    /** Whether it reads on where another protocol hands a connection over under this name ({@link ParseResult#upgradedTo}). */
    default boolean takesOver(String upgrade) {
        return upgrade.equals(name());
    }

    /**
     * The state of one connection, to be used by one thread at a time. For datagrams, the state of one peer of one
     * socket; its parsers get each message separately.
     *
     * @param kind one of the descriptor's
     * @param server the address of its server, {@link Endpoint#NONE} if that is not known
     */
    Conversation newConversation(StreamKind kind, Detail detail, Endpoint server);

    /** The same for a connection between unknown ends. */
    default Conversation newConversation(Detail detail) {
        return newConversation(StreamKind.WIRE, detail, Endpoint.NONE);
    }

    /**
     * The same protocol for a replay, where the order in which connections take their turns must not show: what it learns
     * of one connection changes what it says of another only when {@link #settle settled}.
     */
    default Protocol inSteps() {
        return this;
    }

    /** What has been learned since the last time counts from here on. Called while no connection takes its turn. */
    default void settle() {
        // Most protocols learn nothing.
    }

    /** How often each of its bounds has kept something out of a label; by the bound's name. */
    default Map<String, Long> boundsMet() {
        return Map.of();
    }
}
