package io.kyanos.connection;

/** The executables' file names of running and lately ended processes. Thread-safe. */
@FunctionalInterface
public interface ProcessNames {

    String UNKNOWN = "unknown";

    /** {@link #UNKNOWN} if there is no such process. */
    String nameOf(int tgid);
}
