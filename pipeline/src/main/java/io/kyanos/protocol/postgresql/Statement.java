package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.sql.SqlTables;
import io.kyanos.protocol.sql.SqlVerb;
import org.jspecify.annotations.Nullable;

/** A statement that was prepared or is asked at once. Immutable. */
final class Statement {

    /** Of which nothing is known, as it was prepared unseen. */
    static final Statement UNKNOWN = new Statement("EXECUTE", SqlVerb.OTHER, "", 0, false, "", 0, 1, "");

    private final @Nullable String operation;
    private final SqlVerb verb;
    private final String table;
    private final long tableHash;
    private final boolean isSetup;
    private final String resource;
    private final long digest;
    private final int statements;
    private final String text;

    /**
     * @param operation null if that depends on whether its table exists
     * @param resource the statement without its literals, or with them if that was asked for; empty without details
     * @param statements how many the text has
     */
    Statement(
            @Nullable String operation,
            SqlVerb verb,
            String table,
            long tableHash,
            boolean isSetup,
            String resource,
            long digest,
            int statements,
            String text) {
        this.operation = operation;
        this.verb = verb;
        this.table = table;
        this.tableHash = tableHash;
        this.isSetup = isSetup;
        this.resource = resource;
        this.digest = digest;
        this.statements = statements;
        this.text = text;
    }

    /** Whether it is this one, of which no more than this is kept. */
    boolean is(String ofOperation, SqlVerb ofVerb, boolean ofSetup) {
        return ofOperation.equals(operation) && verb == ofVerb && isSetup == ofSetup;
    }

    /** Its operation; null if that still depends on whether its table exists. */
    @Nullable
    String operation(SqlTables tables) {
        return operation == null ? tables.operation(verb, tableHash) : operation;
    }

    SqlVerb verb() {
        return verb;
    }

    String table() {
        return table;
    }

    boolean isSetup() {
        return isSetup;
    }

    String resource() {
        return resource;
    }

    /** 0 where it is not known. */
    long digest() {
        return digest;
    }

    int statements() {
        return statements;
    }

    String text() {
        return text;
    }
}
