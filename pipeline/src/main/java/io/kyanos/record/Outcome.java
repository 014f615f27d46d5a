package io.kyanos.record;

/** How a request ended, in words that mean the same for every protocol. */
public enum Outcome {
    OK("ok"),
    CLIENT_ERROR("client_error"),
    SERVER_ERROR("server_error"),
    /** The answer says failure without saying whose: a Redis {@code -ERR}. */
    ERROR("error"),
    /** An answer was seen, and not what it says: on a connection that was open before the capture, that may have been said before. */
    UNKNOWN("unknown"),
    /** No answer was seen; {@link Unanswered} says why. */
    UNANSWERED("unanswered"),
    /** The protocol defines no answer to this message. */
    ONE_WAY("one_way");

    private final String label;

    Outcome(String label) {
        this.label = label;
    }

    /** The word used in metrics, JSON and flags. */
    public String label() {
        return label;
    }
}
