package io.kyanos.protocol;

import io.kyanos.record.Attribute;
import io.kyanos.record.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One protocol. Immutable and shared by all connections and threads. */
public interface Protocol {

    /** Lower case; also the metric label and the word of the command line: {@code redis}. */
    String name();

    /** Every attribute that its messages may have, each once, in the order of the documents. */
    List<Attribute> attributes();

    /**
     * What begins at the first byte of {@code head}, the first bytes that one direction sent (or the first bytes of a turn
     * on a connection that was open before). Strict: prefers {@link Guess#NO}, allocates nothing, looks at no more than
     * it needs.
     */
    Guess guess(ByteView head);

    /**
     * As {@link #guess}, of what stands anywhere in a connection whose beginning was not seen: the middle of a message, even
     * of another protocol, may begin with the same bytes.
     */
    default Guess guessAnywhere(ByteView head) {
        return guess(head);
    }

    /**
     * Whether the side that accepts a connection may speak first, and with these bytes, as far as they have come. Where it
     * says anything else before the client, the connection is another protocol's.
     */
    default boolean mayGreet(ByteView head) {
        return false;
    }

    /** Whether it reads on where another protocol hands a connection over under this name ({@link ParseResult#upgradedTo}). */
    default boolean takesOver(String upgrade) {
        return upgrade.equals(name());
    }

    /** The state of one connection, to be used by one thread at a time. */
    Conversation newConversation(Detail detail);

    /** The same with the address of its server, {@link Endpoint#NONE} if that is not known. */
    default Conversation newConversation(Detail detail, Endpoint server) {
        return newConversation(detail);
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

    /** Every reason for which {@link Parser#parse} says that bytes are invalid; they become metric labels. */
    default Set<String> invalidReasons() {
        return Set.of();
    }

    /** How often each of its bounds has kept something out of a label; by the bound's name. */
    default Map<String, Long> boundsMet() {
        return Map.of();
    }

    /** Overwrites what is no structure of this protocol in the bytes of one connection, to be used by one thread. */
    default Redaction newRedaction() {
        return Redaction.ofEverything();
    }
}
