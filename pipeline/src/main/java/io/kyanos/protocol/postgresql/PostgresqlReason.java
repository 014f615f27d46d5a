package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.Descriptor.InvalidReason;
import java.util.List;

/** Why bytes are not PostgreSQL at their place: metric labels. */
final class PostgresqlReason {

    static final String STARTUP = "startup";
    static final String TYPE = "type";
    static final String LENGTH = "length";
    static final String LOST = "lost";

    /** Those of bytes that are counted. What is lost is counted as why it was. */
    static final List<InvalidReason> ALL = List.of(
            new InvalidReason(STARTUP, "A beginning that is no start-up of protocol 3."),
            new InvalidReason(TYPE, "A byte that is no type of a frame of its direction."),
            new InvalidReason(LENGTH, "A length that frames of the type cannot have."));

    private PostgresqlReason() {}
}
