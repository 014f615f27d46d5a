package io.kyanos.protocol;

/** What a stream is made of. A connection has two streams, one per direction, of one kind each. */
public enum StreamKind {
    /** The bytes that a stream socket moved, in order. */
    WIRE("wire"),
    /** What a TLS library took or gave, in order. Reserved: nothing captures it yet. */
    PLAIN("plain"),
    /** Messages of their own, each with its peer; their order means nothing. */
    DATAGRAM("datagram");

    private final String label;

    StreamKind(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
