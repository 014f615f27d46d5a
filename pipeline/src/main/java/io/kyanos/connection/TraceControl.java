package io.kyanos.connection;

import io.kyanos.event.TraceState;

/** Tells the kernel side how much of a connection to capture. Thread-safe; takes effect within microseconds. */
@FunctionalInterface
public interface TraceControl {

    /** For tests and recorded captures, where no kernel listens. */
    TraceControl NONE = (generation, state) -> {};

    void trace(long generation, TraceState state);
}
