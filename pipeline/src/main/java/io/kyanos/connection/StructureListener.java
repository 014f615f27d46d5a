package io.kyanos.connection;

import io.kyanos.event.Direction;

/** Is told which bytes of a connection are structure, as their messages are framed. All that is never told is content. */
@FunctionalInterface
public interface StructureListener {

    /** The bytes {@code [from, to)} of a direction's stream, by position, are structure. In order within a direction. */
    void structure(Direction direction, long from, long to);

    /**
     * Somebody has understood the bytes {@code [from, to)} of a direction's stream, or waits for what follows them: they are
     * not garbage. Told before what is structure among them.
     */
    default void understood(Direction direction, long from, long to) {}
}
