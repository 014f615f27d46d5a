package io.kyanos.protocol.sql;

import org.jspecify.annotations.Nullable;

/**
 * A statement that was prepared or is asked at once. Immutable.
 *
 * @param operation null if that depends on whether its table exists
 * @param table its name, of a statement whose operation is null
 * @param tableHash the hash of that
 */
public record SqlStatement(
        @Nullable String operation, SqlVerb verb, String table, long tableHash, boolean isSetup, Shown shown) {

    /** Of which nothing is known, as it was prepared unseen. */
    public static final SqlStatement UNKNOWN = new SqlStatement("EXECUTE", SqlVerb.OTHER, "", 0, false, Shown.NOTHING);

    /**
     * What of it is shown in details.
     *
     * @param resource the statement without its literals, or with them if that was asked for
     * @param digest 0 where it is not known
     * @param statements how many the text has
     */
    public record Shown(String resource, long digest, int statements, String text) {

        static final Shown NOTHING = new Shown("", 0, 1, "");
    }

    /** Whether it is this one, of which no more than this is kept. */
    boolean is(String ofOperation, SqlVerb ofVerb, boolean ofSetup) {
        return ofOperation.equals(operation) && verb == ofVerb && isSetup == ofSetup;
    }

    /** Its operation; null if that still depends on whether its table exists. */
    public @Nullable String operation(SqlTables tables) {
        return operation == null ? tables.operation(verb, tableHash) : operation;
    }
}
