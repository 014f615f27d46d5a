package io.kyanos.protocol.sql;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tables whose names may stand in operations: those that everybody knows, and those that a server has shown to exist, a
 * bounded number for good. Shared by all connections; thread-safe, lookups without locks.
 */
public final class SqlTables {

    /** Stands for a table without a name here. */
    public static final String ANY = "{table}";

    private static final String ROOT = "kyanos.sql.";
    private static final String TABLES = ROOT + "tables";
    private static final String MAX_TABLES = ROOT + "max-tables";
    private static final int MOST_TABLES = 100_000;

    private static final int MAX_NAME_BYTES = 63;
    private static final int MAX_DIGITS = 4;

    /** A table and its operations, made when they are first needed. */
    private static final class Table {

        private final String name;
        private final AtomicReferenceArray<@Nullable String> operations = new AtomicReferenceArray<>(SqlVerb.count());

        Table(String name) {
            this.name = name;
        }

        String operation(SqlVerb verb) {
            String known = operations.get(verb.number());
            if (known == null) {
                known = verb.label() + " " + name;
                operations.set(verb.number(), known);
            }
            return known;
        }
    }

    /** To be named when settled. */
    private record Kept(SqlVerb verb, String name, boolean proves, long at, Consumer<String> to) {

        static final Comparator<Kept> BY_TIME = Comparator.comparingLong(Kept::at)
                .thenComparing(Kept::name)
                .thenComparing(Kept::proves)
                .thenComparing(kept -> kept.verb().label());
    }

    private final boolean learns;
    private final int max;
    private final LongAdder overflows = new LongAdder();
    private final @Nullable Queue<Kept> kept;
    private volatile Long2ObjectOpenHashMap<Table> tables;
    private volatile int learned;

    /**
     * @param learns whether names become known when a server has shown that their tables exist
     * @param max how many names may
     */
    public SqlTables(boolean learns, int max) {
        this(learns, max, false);
    }

    private SqlTables(boolean learns, int max, boolean inSteps) {
        this.learns = learns;
        this.max = max;
        this.kept = inSteps ? new ConcurrentLinkedQueue<>() : null;
        Long2ObjectOpenHashMap<Table> known = new Long2ObjectOpenHashMap<>();
        for (String name : SqlWords.tables()) {
            known.put(SqlTokens.hash(name), new Table(name));
        }
        tables = known;
    }

    /**
     * As the whole configuration shapes them.
     *
     * @throws ConfigException where a value of {@code kyanos.sql} is out of its bounds
     */
    public static SqlTables of(Config config) {
        String which = config.getString(TABLES);
        if (!which.equals("answered") && !which.equals("known")) {
            throw new ConfigException.BadValue(
                    config.getValue(TABLES).origin(), TABLES, which + " (expected: answered or known)");
        }
        int max = config.getInt(MAX_TABLES);
        if (max < 1 || max > MOST_TABLES) {
            throw new ConfigException.BadValue(
                    config.getValue(MAX_TABLES).origin(), MAX_TABLES, max + " (expected: 1 to " + MOST_TABLES + ")");
        }
        return new SqlTables(which.equals("answered"), max);
    }

    /** As these, with nothing learned, and learning only when {@link #settle settled}. */
    public SqlTables inSteps() {
        return new SqlTables(learns, max, true);
    }

    /** The operation of what was scanned; null if that depends on whether its table exists. */
    public @Nullable String operation(SqlScanner scanned) {
        return scanned.hasTable()
                ? operation(scanned.verb(), scanned.table())
                : scanned.verb().label();
    }

    /** The operation of a verb on the table of this hash; null if that depends on whether it exists. */
    public @Nullable String operation(SqlVerb verb, long table) {
        Table known = tables.get(table);
        if (known != null) {
            return known.operation(verb);
        }
        if (learns && learned < max) {
            return null;
        }
        if (learns) {
            overflows.increment();
        }
        return verb.ofAnyTable();
    }

    /**
     * Names an operation that was left open, at once or when settled.
     *
     * @param proves whether the table exists
     * @param at when, monotonic
     */
    public void decide(SqlVerb verb, String name, boolean proves, long at, Consumer<String> to) {
        Kept one = new Kept(verb, name, proves, at, to);
        if (kept != null) {
            kept.add(one);
        } else {
            to.accept(operation(one));
        }
    }

    /** Names what was kept since the last time. While nobody asks for an operation. */
    public void settle() {
        if (kept == null || kept.isEmpty()) {
            return;
        }
        List<Kept> all = new ArrayList<>(kept);
        kept.clear();
        all.sort(Kept.BY_TIME);
        for (Kept one : all) {
            one.to().accept(operation(one));
        }
    }

    /** How many operations have lost their table's name as there were too many. */
    public long overflows() {
        return overflows.sum();
    }

    private String operation(Kept one) {
        long hash = hash(one.name());
        Table known = tables.get(hash);
        if (known == null && one.proves() && looksLikeATable(one.name())) {
            known = learn(hash, one.name());
        }
        return known == null ? one.verb().ofAnyTable() : known.operation(one.verb());
    }

    /** As the scanner has it: a name with capitals is another one than that in small letters. */
    private static long hash(String name) {
        long hash = SqlTokens.hash(name);
        return name.chars().anyMatch(c -> c >= 'A' && c <= 'Z') ? ~hash : hash;
    }

    private synchronized @Nullable Table learn(long hash, String name) {
        Table known = tables.get(hash);
        if (known != null) {
            return known;
        }
        if (learned >= max) {
            overflows.increment();
            return null;
        }
        learned++;
        Table table = new Table(name);
        Long2ObjectOpenHashMap<Table> more = new Long2ObjectOpenHashMap<>(tables);
        more.put(hash, table);
        tables = more;
        return table;
    }

    /** Letters, underscores and a few digits: not what programs number, date or draw by lot. */
    private static boolean looksLikeATable(String name) {
        int digits = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            digits += c >= '0' && c <= '9' ? 1 : 0;
            boolean fits = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!fits || digits > MAX_DIGITS) {
                return false;
            }
        }
        return !name.isEmpty() && name.length() <= MAX_NAME_BYTES;
    }
}
