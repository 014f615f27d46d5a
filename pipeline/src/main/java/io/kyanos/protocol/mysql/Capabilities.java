package io.kyanos.protocol.mysql;

/**
 * What a server offers, what a client wants, or what both have agreed on. Immutable.
 *
 * @param flags of MySQL
 * @param extended of MariaDB
 */
// https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html
// https://mariadb.com/kb/en/connection/#capabilities
record Capabilities(long flags, long extended, boolean isKnown) {

    static final Capabilities UNKNOWN = new Capabilities(0, 0, false);

    /** Not of MariaDB, whose extended flags are told where this one is not set. */
    static final int CLIENT_MYSQL = 1;

    static final int CONNECT_WITH_DB = 1 << 3;
    static final int COMPRESS = 1 << 5;
    static final int PROTOCOL_41 = 1 << 9;
    static final int SSL = 1 << 11;
    static final int SECURE_CONNECTION = 1 << 15;
    static final int PLUGIN_AUTH = 1 << 19;
    static final int CONNECT_ATTRS = 1 << 20;
    static final int PLUGIN_AUTH_LENENC = 1 << 21;
    static final int SESSION_TRACK = 1 << 23;
    static final int DEPRECATE_EOF = 1 << 24;
    static final int OPTIONAL_METADATA = 1 << 25;
    static final int ZSTD = 1 << 26;
    static final int QUERY_ATTRIBUTES = 1 << 27;

    static Capabilities of(long flags, long extended) {
        return new Capabilities(flags, extended, true);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** What is left where the other end has these. */
    Capabilities and(Capabilities other) {
        return other.isKnown ? of(flags & other.flags, extended & other.extended) : this;
    }

    Compression compression() {
        return has(COMPRESS) ? Compression.ZLIB : has(ZSTD) ? Compression.ZSTD : Compression.NONE;
    }

    /** Whether packets are compressed, or nobody knows. */
    boolean mayCompress() {
        return !isKnown || compression() != Compression.NONE;
    }
}
