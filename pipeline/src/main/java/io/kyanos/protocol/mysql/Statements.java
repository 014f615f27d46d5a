package io.kyanos.protocol.mysql;

import io.kyanos.protocol.sql.SqlStatement;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;

/** The prepared statements of one connection, by their numbers. Holds at most {@link #MAX}. Not thread-safe. */
final class Statements {

    static final int MAX = 1024;

    /** Stands for the statement that was prepared last, whose number the client does not know yet. */
    static final long LAST = 0xffffffffL;

    private final Long2ObjectOpenHashMap<SqlStatement> byNumber = new Long2ObjectOpenHashMap<>(0);
    private SqlStatement last = SqlStatement.UNKNOWN;

    /** It was asked to prepare this one. */
    void asked(SqlStatement statement) {
        last = statement;
    }

    /** It was not seen which one that was. */
    void forgetLast() {
        last = SqlStatement.UNKNOWN;
    }

    /** The server has prepared one under this number. */
    void prepared(long number, SqlStatement statement) {
        if (byNumber.size() >= MAX && !byNumber.containsKey(number)) {
            byNumber.remove(byNumber.keySet().iterator().nextLong());
        }
        byNumber.put(number, statement);
    }

    /** The one of this number; {@link SqlStatement#UNKNOWN} if it was prepared unseen. */
    SqlStatement of(long number) {
        return number == LAST ? last : byNumber.getOrDefault(number, SqlStatement.UNKNOWN);
    }

    void close(long number) {
        byNumber.remove(number);
    }

    void closeAll() {
        byNumber.clear();
        last = SqlStatement.UNKNOWN;
    }
}
