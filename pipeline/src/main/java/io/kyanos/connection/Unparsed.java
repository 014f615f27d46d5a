package io.kyanos.connection;

/** Why captured bytes belong to no message, beside what the parsers say of bytes that they refuse. */
public enum Unparsed {
    /** Of a connection whose protocol is not known, or was given up. */
    UNDECIDED("undecided"),
    /** The rest of a message behind which bytes are missing. */
    GAP("gap"),
    /** The rest of a message of which nothing more can be kept. */
    OVERFLOW("overflow"),
    /** Passed over on the way to where a message may begin again. */
    RESYNC("resync"),
    /** The rest of a message that the connection's end cuts. */
    ENDED("ended"),
    /** What was in the hands of a parser that died of a bug. */
    FAILURE("failure"),
    /** Where a parser has said twice that nothing of the bytes is its own. */
    NO_PROGRESS("no_progress");

    private final String label;

    Unparsed(String label) {
        this.label = label;
    }

    /** The word used in metrics. */
    public String label() {
        return label;
    }
}
