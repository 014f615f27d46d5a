package io.kyanos.event;

import java.util.Optional;
import java.util.stream.Stream;

/** What a process may be called by. */
public enum NameSource {
    /** The main class of a JVM, or its jar. */
    MAIN_CLASS("main-class", 1),
    /** The script or module that an interpreter runs. */
    SCRIPT("script", 2),
    /** The service of systemd that it belongs to. */
    SYSTEMD_UNIT("systemd-unit", 3),
    /** What its program was started as: every process has that. */
    PROGRAM("program", 4);

    private final String label;
    private final int code;

    NameSource(String label, int code) {
        this.label = label;
        this.code = code;
    }

    /** Its word in settings. */
    public String label() {
        return label;
    }

    /** Its number in recordings. */
    int code() {
        return code;
    }

    static Optional<NameSource> of(int code) {
        return Stream.of(values()).filter(source -> source.code == code).findFirst();
    }
}
