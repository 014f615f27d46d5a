package io.kyanos.cli;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Parts of the program whose logging is set by themselves; {@code --log-level AREA=LEVEL}. */
enum LogArea {
    /** The commands, the exporter's server. */
    AGENT("io.kyanos.cli"),
    /** Loading and talking to the kernel side. */
    BPF("io.kyanos.bridge"),
    /** Attaching, reading events. */
    CAPTURE("io.kyanos.capture", "io.kyanos.event"),
    /** Streams, inference. */
    CONNECTION("io.kyanos.connection"),
    /** Parsers and matchers. */
    PROTOCOL("io.kyanos.protocol"),
    /** The router, the connections' actors, Pekko. */
    ACTORS("io.kyanos.Kyanos", "io.kyanos.actor", "io.kyanos.metadata", "io.kyanos.replay", "org.apache.pekko"),
    /** Metrics, lines, files. */
    SINK("io.kyanos.sink");

    @SuppressWarnings("ImmutableEnumChecker") // List.of is
    private final List<String> loggers;

    LogArea(String... loggers) {
        this.loggers = List.of(loggers);
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What the loggers' names begin with. */
    List<String> loggers() {
        return loggers;
    }

    static String labels() {
        return Stream.of(values()).map(LogArea::label).collect(Collectors.joining(", "));
    }
}
