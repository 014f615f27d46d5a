package io.kyanos.protocol;

/** One protocol. Immutable and shared by all connections and threads. */
public interface Protocol {

    /** Lower case; also the metric label and the word of the command line: {@code redis}. */
    String name();

    /**
     * What begins at the first byte of {@code head}, the first bytes that one direction sent (or the first bytes of a turn
     * on a connection that was open before). Strict: prefers {@link Guess#NO}, allocates nothing, looks at no more than
     * it needs.
     */
    Guess guess(ByteView head);

    /** The state of one connection, to be used by one thread at a time. */
    Conversation newConversation(Detail detail);

    /** Overwrites what is no structure of this protocol in the bytes of one connection, to be used by one thread. */
    default Redaction newRedaction() {
        return Redaction.ofEverything();
    }
}
