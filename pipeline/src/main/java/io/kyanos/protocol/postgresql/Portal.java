package io.kyanos.protocol.postgresql;

/** A statement with its values bound, of which rows are read at once or by portions. Not thread-safe. */
final class Portal {

    Statement statement = Statement.UNKNOWN;
    String statementName = "";
    int parameters;
    private int portions;
    private long rows;

    /**
     * Begins anew.
     *
     * @param ofParameters how many values were bound, -1 if that is not known
     */
    Portal bind(Statement bound, String boundName, int ofParameters) {
        statement = bound;
        statementName = boundName;
        parameters = ofParameters;
        portions = 0;
        rows = 0;
        return this;
    }

    /** Asks for a portion more; returns the how-manieth that is. */
    int execute() {
        return ++portions;
    }

    /** Rows that came, this time and before. */
    long addRows(long more) {
        rows += more;
        return rows;
    }
}
