package io.kyanos.protocol.sql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a text of SQL once: what its statement does and to which table, and, if asked for, its digest and its text without
 * literals. Reused; not thread-safe; allocates nothing but that text. What it does not understand it takes as it comes.
 */
/*
 * Several statements: the text counts as the first of them that is no BEGIN, COMMIT, SET or the like; else as the first.
 *
 * Named queries: the table of a statement after WITH is its own, or, if that is one of the queries named there, the first that
 * they read.
 */
public final class SqlScanner {

    private static final int MAX_NAMED_QUERIES = 16;
    private static final int MAX_WORDS_BEFORE_OBJECT = 4;

    private static final long FROM = hash("FROM");
    private static final long DISTINCT = hash("DISTINCT");
    private static final long ONLY = hash("ONLY");
    private static final long TABLE = hash("TABLE");
    private static final long LATERAL = hash("LATERAL");
    private static final long RECURSIVE = hash("RECURSIVE");
    private static final long SELECT = hash("SELECT");
    private static final long WITH = hash("WITH");

    /** Stand between a verb and its table. */
    private static final LongOpenHashSet BEFORE_TABLE = hashes("INTO ONLY FROM TABLE");

    private static final LongOpenHashSet BEFORE_TABLE_OF_MYSQL =
            hashes("INTO FROM TABLE TABLES IGNORE LOW_PRIORITY HIGH_PRIORITY DELAYED QUICK");

    /** Where a name stands in the text. */
    private static final class Name {

        private boolean isKnown;
        private boolean isQuoted;
        private int from;
        private int to;
        private long hash;

        void clear() {
            isKnown = false;
        }

        void set(SqlTokens token) {
            isKnown = true;
            isQuoted = token.kind() == SqlTokens.Kind.QUOTED;
            from = token.from() + (isQuoted ? 1 : 0);
            to = isQuoted ? Math.max(from, token.to() - 1) : token.to();
            hash = token.hash();
        }

        void set(Name other) {
            isKnown = other.isKnown;
            isQuoted = other.isQuoted;
            from = other.from;
            to = other.to;
            hash = other.hash;
        }
    }

    private final SqlTokens token;
    private final LongOpenHashSet beforeTable;
    private final SqlDigest digest = new SqlDigest();
    private boolean isFull;

    /** What the text counts as. */
    private SqlVerb verb = SqlVerb.EMPTY;

    private final Name table = new Name();
    private int statements;

    /** Of the current statement. */
    private SqlVerb itsVerb = SqlVerb.EMPTY;

    private final Name itsTable = new Name();
    private final Name inner = new Name();
    private final long[] namedQueries = new long[MAX_NAMED_QUERIES];
    private int namedQueryCount;

    public SqlScanner(SqlDialect dialect) {
        token = new SqlTokens(dialect);
        beforeTable = dialect == SqlDialect.MYSQL ? BEFORE_TABLE_OF_MYSQL : BEFORE_TABLE;
    }

    private static LongOpenHashSet hashes(String words) {
        LongOpenHashSet hashes = new LongOpenHashSet();
        for (String word : words.split(" ")) {
            hashes.add(hash(word));
        }
        return hashes;
    }

    /** The hash of a word, whatever its case. */
    static long hash(String word) {
        return SqlTokens.hash(word);
    }

    /** Reads verb and table of {@code [from, to)}, and no more than that needs. */
    public void scan(ByteView of, int from, int to) {
        isFull = false;
        token.begin(of, from, to, null, from);
        scan();
    }

    /**
     * Reads all of {@code [from, to)}, with its digest.
     *
     * @param into gets the text without literals, unless null
     * @param spans gets the structure, unless null
     * @param known up to here the text is known to everybody, all of it structure
     */
    public void scan(
            ByteView of, int from, int to, @Nullable StringBuilder into, @Nullable ParseResult spans, int known) {
        isFull = true;
        token.begin(of, from, to, spans, known);
        digest.begin(into);
        scan();
    }

    /** Reports the structure of {@code [from, to)}, after which the text goes on: what the rest may change is content. */
    public void tellBeginning(ByteView of, int from, int to, ParseResult spans, int known) {
        isFull = true;
        token.beginCut(of, from, to, spans, known);
        digest.begin(null);
        scan();
    }

    private void scan() {
        verb = SqlVerb.EMPTY;
        table.clear();
        statements = 0;
        next();
        while (!token.isEnd()) {
            if (token.isSymbol(';')) {
                next();
                continue;
            }
            statements++;
            statement();
            if (statements == 1 || (verb.isControl() && !itsVerb.isControl())) {
                verb = itsVerb;
                table.set(itsTable);
            }
            if (!isFull && !verb.isControl()) {
                return;
            }
            while (!token.isEndOfStatement()) {
                next();
            }
            token.closeAll();
        }
    }

    public SqlVerb verb() {
        return verb;
    }

    /** How many statements the text has; not known after the short scan. */
    public int statements() {
        return statements;
    }

    /** Whether the verb is about a table that the text names. */
    public boolean hasTable() {
        return table.isKnown;
    }

    /** The hash of the table's name. */
    public long table() {
        return table.hash;
    }

    /** The table's name without its schema, as SQL folds it: lower case unless quoted. */
    public String tableName() {
        if (!table.isKnown) {
            return "";
        }
        String name = token.view().utf8(table.from, table.to);
        return table.isQuoted ? name : name.toLowerCase(Locale.ROOT);
    }

    /** 64 bits that are the same for statements that differ in their literals alone. */
    public long digest() {
        return digest.value();
    }

    private void next() {
        token.next();
        if (isFull && !token.isEnd()) {
            digest.add(token);
        }
    }

    private void statement() {
        itsTable.clear();
        namedQueryCount = 0;
        while (token.isSymbol('(')) {
            next();
        }
        SqlVerb found = token.isWord() ? SqlVerb.of(token.hash()) : null;
        itsVerb = found == null ? SqlVerb.OTHER : found;
        behind(itsVerb);
    }

    /** Looks for the table where statements of this verb have it. */
    private void behind(SqlVerb found) {
        switch (found.place()) {
            case NONE -> {}
            case NEXT -> {
                next();
                while (token.isWord() && beforeTable.contains(token.hash())) {
                    next();
                }
                name();
            }
            case TABLE -> {
                while (!token.isEndOfStatement() && !token.isWord(TABLE)) {
                    next();
                }
                next();
                name();
            }
            case FROM -> fromOfThisLevel();
            case WITH -> afterNamedQueries();
            case OBJECT -> object();
        }
    }

    /** The kind of object follows words like TEMPORARY, UNIQUE, OR REPLACE. */
    private void object() {
        long word = token.hash();
        for (int words = 0; words < MAX_WORDS_BEFORE_OBJECT; words++) {
            next();
            if (token.isEnd() || token.kind() == SqlTokens.Kind.SYMBOL) {
                return;
            }
            SqlVerb both = token.isWord() ? SqlVerb.ofObject(word, token.hash()) : null;
            if (both != null) {
                itsVerb = both;
                return;
            }
        }
    }

    private void fromOfThisLevel() {
        int level = token.depth();
        boolean isBehindDistinct = false;
        next();
        while (!token.isEndOfStatement() && token.depth() >= level) {
            boolean isFrom = token.isWord(FROM) && !isBehindDistinct && token.depth() == level;
            isBehindDistinct = token.isWord(DISTINCT);
            next();
            if (!isFrom) {
                continue;
            }
            while (token.isWord(ONLY) || token.isWord(LATERAL)) {
                next();
            }
            boolean isNested = token.isSymbol('(');
            while (token.isSymbol('(')) {
                next();
            }
            if (isNested && (token.isWord(SELECT) || token.isWord(WITH))) {
                level = token.depth();
                continue;
            }
            name();
            if (token.isSymbol('(')) {
                // A function
                itsTable.clear();
            }
            return;
        }
    }

    private void afterNamedQueries() {
        int level = token.depth();
        boolean nameFollows = true;
        inner.clear();
        next();
        while (!token.isEndOfStatement()) {
            boolean isOfLevel = token.depth() == level;
            SqlVerb main = isOfLevel && token.isWord() ? SqlVerb.of(token.hash()) : null;
            if (nameFollows && token.isName() && !token.isWord(RECURSIVE)) {
                nameFollows = false;
                addNamedQuery(token.hash());
            } else if (main != null && (main.place() == SqlVerb.Place.FROM || main.place() == SqlVerb.Place.NEXT)) {
                itsVerb = main;
                behind(main);
                break;
            } else if (token.depth() > level && !inner.isKnown && token.isWord(FROM)) {
                next();
                innerTable();
                continue;
            } else if (isOfLevel && token.isSymbol(',')) {
                nameFollows = true;
            }
            next();
        }
        if (!itsTable.isKnown || isNamedQuery(itsTable.hash)) {
            itsTable.set(inner);
        }
    }

    private void innerTable() {
        name();
        if (itsTable.isKnown && !token.isSymbol('(') && !isNamedQuery(itsTable.hash)) {
            inner.set(itsTable);
        }
        itsTable.clear();
    }

    private void addNamedQuery(long hash) {
        if (namedQueryCount < MAX_NAMED_QUERIES) {
            namedQueries[namedQueryCount++] = hash;
        }
    }

    private boolean isNamedQuery(long hash) {
        for (int i = 0; i < namedQueryCount; i++) {
            if (namedQueries[i] == hash) {
                return true;
            }
        }
        return false;
    }

    /** Takes a name, of which the last part counts, and moves past it. */
    private void name() {
        while (token.isName()) {
            itsTable.set(token);
            next();
            if (!token.isSymbol('.')) {
                return;
            }
            next();
        }
    }
}
