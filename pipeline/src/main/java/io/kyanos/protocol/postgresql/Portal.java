package io.kyanos.protocol.postgresql;

/** A statement with its values bound, of which rows are read at once or by portions. Not thread-safe. */
final class Portal {

    final Statement statement;
    final String statementName;
    final int parameters;
    private int portions;
    private long rows;

    /** @param parameters how many values were bound, -1 if that is not known */
    Portal(Statement statement, String statementName, int parameters) {
        this.statement = statement;
        this.statementName = statementName;
        this.parameters = parameters;
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
