package io.kyanos.protocol.postgresql;

import java.util.Set;

/** Why bytes are not PostgreSQL at their place: metric labels. */
final class PostgresqlReason {

    static final String STARTUP = "startup";
    static final String TYPE = "type";
    static final String LENGTH = "length";
    static final String LOST = "lost";

    /** Those of bytes that are counted. What is lost is counted as why it was. */
    static final Set<String> ALL = Set.of(STARTUP, TYPE, LENGTH);

    private PostgresqlReason() {}
}
