package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LoggingTest {

    private final LoggerContext context = newContext();
    private final Logging logging = new Logging();

    @TempDir
    Path folder;

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void aLevelAppliesToTheWholeProgram() throws IOException {
        logging.levels = List.of("info");
        logging.apply(context);

        assertThat(level("io.kyanos.capture.KernelCapture")).isEqualTo(Level.INFO);
        assertThat(level("org.apache.pekko.actor.Anything")).isEqualTo(Level.WARN);
    }

    @Test
    void levelErrorAlsoQuietsTheLibraries() throws IOException {
        logging.levels = List.of("error");
        logging.apply(context);

        assertThat(level("io.kyanos.sink.X")).isEqualTo(Level.ERROR);
        assertThat(level("org.apache.pekko.actor.Anything")).isEqualTo(Level.ERROR);
    }

    @ParameterizedTest
    @EnumSource
    void anAreaHasALevelOfItsOwn(LogArea area) throws IOException {
        logging.levels = List.of("error," + area.label() + "=debug");
        logging.apply(context);

        assertThat(area.loggers())
                .allSatisfy(logger -> assertThat(level(logger + ".Some")).isEqualTo(Level.DEBUG));
        Stream.of(LogArea.values())
                .filter(other -> other != area)
                .forEach(other -> assertThat(other.loggers())
                        .allSatisfy(
                                logger -> assertThat(level(logger + ".Some")).isEqualTo(Level.ERROR)));
    }

    @Test
    void theLaterOneWinsAndDebugIsTheMinimum() throws IOException {
        logging.debug = true;
        logging.levels = List.of("capture=warn", "capture=info");
        logging.apply(context);

        assertThat(level("io.kyanos.capture.X")).isEqualTo(Level.INFO);
        assertThat(level("io.kyanos.cli.X")).isEqualTo(Level.DEBUG);
    }

    @Test
    void pekkosLevelFollowsItsArea() {
        assertThat(logging.pekkoLevel()).isNull();
        logging.levels = List.of("actors=warn");
        assertThat(logging.pekkoLevel()).isEqualTo("WARNING");
        logging.levels = List.of("actors=debug");
        assertThat(logging.pekkoLevel()).isEqualTo("DEBUG");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "loud       | --log-level: loud (expected: error, warn, info, debug)",
                "4          | --log-level: 4 (expected: error, warn, info, debug)",
                "agent=loud | --log-level: loud (expected: error",
                "agnt=debug | --log-level: agnt (expected: an area, one of agent, bpf, capture, connection, protocol, actors, sink)",
                "info,      | --log-level: nothing (expected: error",
            })
    void aWrongLevelIsRefused(String given, String message) {
        logging.levels = List.of(given);

        assertThatThrownBy(() -> logging.apply(context))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(message);
    }

    @Test
    void everyAreaNamesPackagesAndClassesThatExist() {
        for (LogArea area : LogArea.values()) {
            assertThat(area.loggers()).isNotEmpty().allMatch(LoggingTest::isThere);
        }
    }

    private static boolean isThere(String logger) {
        ClassLoader loader = LoggingTest.class.getClassLoader();
        String path = logger.replace('.', '/');
        return loader.getResource(path) != null || loader.getResource(path + ".class") != null;
    }

    @Test
    void aLogFileIsAppendedToAndReadableByItsOwnerOnly() throws IOException {
        Path file = folder.resolve("kyanos.log");
        log(file, "first");
        log(file, "second");

        assertThat(Files.readString(file)).contains("WARN  io.kyanos.cli.Test: first", "second");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Files.readAllLines(file)).hasSize(2).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT.*"));
    }

    @Test
    void aFileTruncatedByOthersHasNoHole() throws IOException {
        Path file = folder.resolve("kyanos.log");
        logging.file = file;
        logging.apply(context);
        context.getLogger("io.kyanos.cli.Test").warn("before");

        FileChannel.open(file, StandardOpenOption.WRITE).truncate(0).close();
        context.getLogger("io.kyanos.cli.Test").warn("after");

        assertThat(Files.readString(file)).contains("after").doesNotContain("before", "\0");
    }

    @Test
    void aLogFileIsBoundedAndSoAreOlderOnes() throws IOException {
        Path file = folder.resolve("kyanos.log");
        logging.file = file;
        logging.apply(context);
        String text = "x".repeat(1 << 16);

        for (int i = 0; i < 900; i++) {
            context.getLogger("io.kyanos.cli.Test").warn(text);
        }

        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = new ArrayList<>(files.sorted().toList());
            assertThat(all)
                    .extracting(each -> String.valueOf(each.getFileName()))
                    .containsExactly("kyanos.log", "kyanos.log.1", "kyanos.log.2", "kyanos.log.3");
            for (Path each : all) {
                assertThat(Files.size(each)).isLessThan(13_000_000);
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void aFileThatCannotBeWrittenIsReportedAtOnce() {
        logging.file = Path.of("/no/such/folder/kyanos.log");

        assertThatThrownBy(() -> logging.apply(context)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void logLinesMayBeJson() throws IOException {
        Path file = folder.resolve("kyanos.log");
        logging.format = "json";
        log(file, "a \"quoted\" thing");

        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(1);
        assertThat(texts(lines.get(0)))
                .containsEntry("level", "WARN")
                .containsEntry("loggerName", "io.kyanos.cli.Test")
                .containsEntry("formattedMessage", "a \"quoted\" thing");
    }

    @Test
    void anUnknownFormatIsRefused() {
        logging.format = "xml";

        assertThatThrownBy(() -> logging.apply(context)).hasMessage("--log-format: xml (expected: text or json)");
    }

    @Test
    void nothingIsChangedWithoutFlags() throws IOException {
        logging.apply(context);

        assertThat(context.getLogger("io.kyanos").getLevel()).isNull();
        assertThat(context.getLogger("ROOT").iteratorForAppenders().hasNext()).isFalse();
    }

    private void log(Path file, String text) throws IOException {
        LoggerContext one = newContext();
        logging.file = file;
        logging.apply(one);
        one.getLogger("io.kyanos.cli.Test").warn(text);
        one.stop();
    }

    private static LoggerContext newContext() {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        return context;
    }

    private Level level(String logger) {
        return context.getLogger(logger).getEffectiveLevel();
    }

    private static Map<String, String> texts(String json) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && parser.currentName() != null) {
                    texts.put(parser.currentName(), parser.getText());
                }
            }
        }
        return texts;
    }
}
