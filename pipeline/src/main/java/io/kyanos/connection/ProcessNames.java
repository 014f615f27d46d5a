package io.kyanos.connection;

/** What running and lately ended processes are called. Thread-safe. */
@FunctionalInterface
public interface ProcessNames {

    String UNKNOWN = "unknown";

    /** {@link #UNKNOWN} if there is no such process. */
    String nameOf(int tgid);
}
