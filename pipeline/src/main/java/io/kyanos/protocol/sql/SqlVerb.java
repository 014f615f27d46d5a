package io.kyanos.protocol.sql;

import io.kyanos.protocol.ByteView;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a statement does, in the word or words that begin it, from a closed table. Compared by identity; immutable. */
public final class SqlVerb {

    /** Where the table of a statement stands. */
    enum Place {
        /** Nowhere, or it is of no interest. */
        NONE,
        /** After the verb, perhaps with a word of no meaning between them. */
        NEXT,
        /** After the first TABLE. */
        TABLE,
        /** After the first FROM of the same level. */
        FROM,
        /** The verb is the one after the list of named queries. */
        WITH,
        /** None, and what kind of object it is about belongs to the verb. */
        OBJECT
    }

    private static final Long2ObjectOpenHashMap<SqlVerb> BY_WORD = new Long2ObjectOpenHashMap<>();
    private static final Long2ObjectOpenHashMap<SqlVerb> OF_OBJECTS = new Long2ObjectOpenHashMap<>();
    private static final List<SqlVerb> ALL = new ArrayList<>();

    /** A statement of blanks and remarks, or none. */
    public static final SqlVerb EMPTY = new SqlVerb("EMPTY", Place.NONE, false);

    /** A statement that begins with no word of the table. */
    public static final SqlVerb OTHER = new SqlVerb("other", Place.NONE, false);

    static {
        add(Place.FROM, false, "SELECT");
        add(Place.NEXT, false, "INSERT UPDATE DELETE MERGE REPLACE TRUNCATE COPY LOCK TABLE HANDLER");
        add(Place.TABLE, false, "LOAD");
        add(Place.WITH, false, "WITH");
        add(Place.OBJECT, false, "CREATE ALTER DROP");
        add(Place.NONE, true, "BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE SET RESET XA");
        add(Place.NONE, false, """
                ANALYZE BACKUP BASE_BACKUP BINLOG CACHE CALL CHANGE CHECK CHECKPOINT CHECKSUM CLONE CLOSE CLUSTER COMMENT
                CREATE_REPLICATION_SLOT DEALLOCATE DECLARE DESC DESCRIBE DISCARD DO DROP_REPLICATION_SLOT EXECUTE EXPLAIN FETCH
                FLUSH GET GRANT HELP IDENTIFY_SYSTEM IMPORT INSTALL KILL LISTEN MOVE NOTIFY OPTIMIZE PREPARE PURGE
                READ_REPLICATION_SLOT REASSIGN REFRESH REINDEX RENAME REPAIR RESIGNAL RESTART REVOKE SECURITY SHOW SHUTDOWN
                SIGNAL START_REPLICATION STOP TIMELINE_HISTORY UNINSTALL UNLISTEN UNLOCK USE VACUUM VALUES""");
        String objects = """
                ACCESS AGGREGATE CAST COLLATION CONVERSION DATABASE DEFAULT DOMAIN EVENT EXTENSION FOREIGN FUNCTION GROUP INDEX
                LANGUAGE LARGE MATERIALIZED OPERATOR OWNED PACKAGE POLICY PROCEDURE PUBLICATION ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER
                STATISTICS SUBSCRIPTION SYSTEM TABLE TABLESPACE TEXT TRANSFORM TRIGGER TYPE USER VIEW""";
        for (String verb : new String[] {"CREATE", "ALTER", "DROP"}) {
            for (String object : objects.split("\\s+")) {
                SqlVerb both = new SqlVerb(verb + " " + object, Place.NONE, false);
                OF_OBJECTS.put(SqlTokens.hash(verb) * 31 + SqlScanner.hash(object), both);
            }
        }
    }

    private final String label;
    private final String ofAnyTable;
    private final Place place;
    private final boolean isControl;
    private final int number;

    private SqlVerb(String label, Place place, boolean isControl) {
        this.label = label;
        this.ofAnyTable = label + " " + SqlTables.ANY;
        this.place = place;
        this.isControl = isControl;
        this.number = ALL.size();
        ALL.add(this);
    }

    private static void add(Place place, boolean isControl, String words) {
        for (String word : words.split("\\s+")) {
            BY_WORD.put(SqlTokens.hash(word), new SqlVerb(word, place, isControl));
        }
    }

    /** The verb that this word is, or null. */
    static @Nullable SqlVerb of(long hash) {
        return BY_WORD.get(hash);
    }

    /**
     * Whether a statement may begin at {@code from}: with a verb, a parenthesis or a remark. A word that the end of what is in
     * view has cut may become one.
     *
     * @param to the end of the text, or of what is in view of it
     */
    public static boolean mayBegin(ByteView view, int from, int to, boolean isCut) {
        int at = from;
        while (at < to && " \t\r\n(;".indexOf(view.byteAt(at)) >= 0) {
            at++;
        }
        if (at >= to) {
            return at > from || isCut;
        }
        if ("/-#".indexOf(view.byteAt(at)) >= 0) {
            return true;
        }
        int end = at;
        while (end < to && SqlTokens.isWordByte(view.byteAt(end))) {
            end++;
        }
        return (end == to && isCut) ? isBeginning(view, at, end) : BY_WORD.containsKey(SqlTokens.hash(view, at, end));
    }

    private static boolean isBeginning(ByteView view, int from, int to) {
        for (SqlVerb verb : BY_WORD.values()) {
            if (view.isBeginningOf(verb.label, from, to)) {
                return true;
            }
        }
        return false;
    }

    /** CREATE, ALTER or DROP, given by its word's hash, of a kind of object; null if the word is none. */
    static @Nullable SqlVerb ofObject(long verb, long object) {
        return OF_OBJECTS.get(verb * 31 + object);
    }

    /** How many there are; each has a smaller {@link #number}. */
    static int count() {
        return ALL.size();
    }

    /** {@code SELECT}, {@code CREATE TABLE}. */
    public String label() {
        return label;
    }

    /** The label of a statement on a table that has no name here. */
    String ofAnyTable() {
        return ofAnyTable;
    }

    Place place() {
        return place;
    }

    /** Whether it governs a transaction or a session, so that another statement next to it says better what is asked. */
    boolean isControl() {
        return isControl;
    }

    int number() {
        return number;
    }

    @Override
    public String toString() {
        return label;
    }
}
