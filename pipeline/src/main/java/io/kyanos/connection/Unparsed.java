package io.kyanos.connection;

/** Why captured bytes belong to no message, in addition to the parsers' own reasons for bytes that they refuse. */
public enum Unparsed {
    /** Of a connection whose protocol is not known, or was given up. */
    UNDECIDED("undecided"),
    /** The rest of a message after which bytes are missing. */
    GAP("gap"),
    /** The rest of a message of which nothing more can be kept. */
    OVERFLOW("overflow"),
    /** Passed over on the way to where a message may begin again. */
    RESYNC("resync"),
    /** The rest of a message cut by the end of the connection. */
    ENDED("ended"),
    /** What a parser had buffered when it died of a bug. */
    FAILURE("failure"),
    /** Where a parser has twice made no progress. */
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
