package io.kyanos.connection;

import io.kyanos.event.Direction;

/** Learns which bytes of a connection are structure, as their messages are framed. All other bytes are content. */
@FunctionalInterface
public interface StructureListener {

    /** The bytes {@code [from, to)} of a direction's stream, by position, are structure. In order within a direction. */
    void structure(Direction direction, long from, long to);

    /**
     * A parser has understood the bytes {@code [from, to)} of a direction's stream, or waits for what follows them:
     * they are not garbage. Called before {@link #structure} of the same bytes.
     */
    default void understood(Direction direction, long from, long to) {}
}
