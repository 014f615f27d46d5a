package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.sql.SqlStatement;

/** A statement with its values bound, of which rows are read at once or by portions. Not thread-safe. */
final class Portal {

    final SqlStatement statement;
    final String statementName;

    /** How many values were bound, -1 if that is not known. */
    final int values;

    private int portions;
    private long rows;

    Portal(SqlStatement statement, String statementName, int values) {
        this.statement = statement;
        this.statementName = statementName;
        this.values = values;
    }

    /** Another portion is asked for. */
    void execute() {
        portions++;
    }

    /** How many portions were asked for. */
    int portions() {
        return portions;
    }

    /** Rows that came, this time and before. */
    long addRows(long more) {
        rows += more;
        return rows;
    }
}
