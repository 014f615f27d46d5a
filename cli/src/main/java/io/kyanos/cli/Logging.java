package io.kyanos.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/**
 * The flags that say what is logged and where to. Without any, warnings go to standard error, as logback.xml says. Logs tell of
 * the program itself; what it observes is in none of them.
 */
final class Logging {

    private static final String FLAG = "--log-level";
    private static final String OURS = "io.kyanos";
    private static final String LINE = "kyanos: %-5level %logger{20}: %msg%n";
    private static final String DATED_LINE = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger: %msg%n%ex";
    private static final int MAX_OLD_FILES = 3;
    private static final String MAX_FILE_SIZE = "10MB";
    private static final Map<String, Level> LEVELS =
            Map.of("error", Level.ERROR, "warn", Level.WARN, "info", Level.INFO, "debug", Level.DEBUG);
    static final List<String> LEVEL_NAMES = List.of("error", "warn", "info", "debug");
    private static final String TEXT = "text";
    private static final String JSON = "json";
    static final List<String> FORMATS = List.of(TEXT, JSON);

    @Option(
            names = {"-d", Main.DEBUG},
            description = "Log decisions, and show stack traces.",
            scope = ScopeType.INHERIT)
    boolean debug;

    @Option(
            names = FLAG,
            paramLabel = "LEVEL|AREA=LEVEL",
            completionCandidates = ClosedList.LogLevels.class,
            description =
                    "Log level: error, warn, info or debug; by default warn. For one area:"
                            + " agent, bpf, capture, connection, protocol, actors or sink. Several with commas: info,actors=debug.",
            scope = ScopeType.INHERIT)
    List<String> levels = new ArrayList<>();

    @Option(
            names = "--log-file",
            paramLabel = "FILE",
            description = "Log to this file instead of standard error; at 10 MB it becomes FILE.1, up to FILE.3.",
            scope = ScopeType.INHERIT)
    @Nullable
    Path file;

    @Option(
            names = "--log-format",
            paramLabel = "text|json",
            completionCandidates = ClosedList.LogFormats.class,
            description = "Format of log lines; by default text.",
            scope = ScopeType.INHERIT)
    @Nullable
    String format;

    /** Sets up the logging of this process. */
    void apply() throws IOException {
        apply((LoggerContext) LoggerFactory.getILoggerFactory());
    }

    /**
     * Changes {@code context} as the flags say; leaves it where there are none.
     *
     * @throws UsageException if a flag's value is none
     * @throws IOException if the file cannot be written
     */
    void apply(LoggerContext context) throws IOException {
        Map<LogArea, Level> areas = new EnumMap<>(LogArea.class);
        @Nullable Level all = parse(areas);
        boolean json = isJson();
        if (debug || json || file != null) {
            replaceAppender(context, json);
        }
        Level base = all != null ? all : debug ? Level.DEBUG : null;
        if (base != null) {
            context.getLogger(OURS).setLevel(base);
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(base == Level.ERROR ? Level.ERROR : Level.WARN);
        }
        areas.forEach((area, level) ->
                area.loggers().forEach(logger -> context.getLogger(logger).setLevel(level)));
    }

    /** The level from which Pekko passes on, as it asks no logger. */
    @Nullable
    String pekkoLevel() {
        Map<LogArea, Level> areas = new EnumMap<>(LogArea.class);
        parse(areas);
        @Nullable Level level = areas.get(LogArea.ACTORS);
        if (level == null) {
            return null;
        }
        return level == Level.WARN ? "WARNING" : level.toString();
    }

    private @Nullable Level parse(Map<LogArea, Level> areas) {
        @Nullable Level all = null;
        for (String given : levels) {
            for (String part : given.split(",", -1)) {
                int equals = part.indexOf('=');
                if (equals < 0) {
                    all = level(part.strip());
                } else {
                    areas.put(
                            area(part.substring(0, equals).strip()),
                            level(part.substring(equals + 1).strip()));
                }
            }
        }
        return all;
    }

    private static Level level(String name) {
        @Nullable Level level = LEVELS.get(name);
        if (level == null) {
            throw new UsageException(FLAG, name, String.join(", ", LEVEL_NAMES));
        }
        return level;
    }

    private static LogArea area(String name) {
        for (LogArea area : LogArea.values()) {
            if (area.label().equals(name)) {
                return area;
            }
        }
        throw new UsageException(FLAG, name, "an area, one of " + LogArea.labels());
    }

    private boolean isJson() {
        if (format == null || format.equals(TEXT)) {
            return false;
        }
        if (format.equals(JSON)) {
            return true;
        }
        throw new UsageException("--log-format", format, String.join(" or ", FORMATS));
    }

    private void replaceAppender(LoggerContext context, boolean json) throws IOException {
        OutputStreamAppender<ILoggingEvent> appender = file == null ? standardError() : into(file, context);
        appender.setName("kyanos");
        appender.setContext(context);
        appender.setEncoder(json ? json(context) : text(context));
        appender.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(appender);
    }

    private static ConsoleAppender<ILoggingEvent> standardError() {
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setTarget("System.err");
        return appender;
    }

    private static PrivateFile into(Path file, LoggerContext context) throws IOException {
        /* Problems with the file are reported now; the appender would report them to nobody. */
        PrivateFile.create(file);
        PrivateFile appender = new PrivateFile();
        appender.setContext(context);
        appender.setFile(file.toString());
        appender.setAppend(true);
        FixedWindowRollingPolicy old = new FixedWindowRollingPolicy();
        old.setContext(context);
        old.setParent(appender);
        /* % begins a conversion there. */
        old.setFileNamePattern(file.toString().replace("%", "\\%") + ".%i");
        old.setMinIndex(1);
        old.setMaxIndex(MAX_OLD_FILES);
        old.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(FileSize.valueOf(MAX_FILE_SIZE));
        /* By default it looks once a minute; a file may grow long in that. */
        size.setCheckIncrement(new Duration(0));
        size.start();
        appender.setRollingPolicy(old);
        appender.setTriggeringPolicy(size);
        return appender;
    }

    private Encoder<ILoggingEvent> text(LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(file == null ? LINE + (debug ? "%ex" : "%nopex") : DATED_LINE);
        encoder.start();
        return encoder;
    }

    private static Encoder<ILoggingEvent> json(LoggerContext context) {
        JsonEncoder encoder = new JsonEncoder();
        encoder.setContext(context);
        encoder.setWithFormattedMessage(true);
        encoder.setWithMessage(false);
        encoder.setWithArguments(false);
        encoder.setWithContext(false);
        encoder.setWithSequenceNumber(false);
        encoder.start();
        return encoder;
    }

    /** A file that only its owner can read, whenever it is started afresh. */
    private static final class PrivateFile extends RollingFileAppender<ILoggingEvent> {

        static void create(Path file) throws IOException {
            FileChannel.open(
                            file,
                            Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
                    .close();
        }

        @Override
        public void openFile(String name) throws IOException {
            create(Path.of(name));
            super.openFile(name);
        }
    }
}
