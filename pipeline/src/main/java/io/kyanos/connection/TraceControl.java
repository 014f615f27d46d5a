package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.TraceState;

/** Tells the kernel side how much of a connection to capture. Thread-safe; takes effect within microseconds. */
@FunctionalInterface
public interface TraceControl {

    /** For tests and recorded captures, where no kernel listens. */
    TraceControl NONE = (generation, state) -> {};

    void trace(long generation, TraceState state);

    /**
     * Nobody wants what the connection moves this way up to stream position {@code until}: it need not be captured. 0 takes
     * that back. It may go unheeded.
     */
    default void passOver(long generation, Direction direction, long until) {
        // Without it, more is captured.
    }
}
