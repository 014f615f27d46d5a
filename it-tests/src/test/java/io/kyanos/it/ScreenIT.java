package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code watch} on real terminals, pipes and files: how wide, how much, and that it ends whatever its reader does. */
class ScreenIT {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String CAPTURING = "kyanos: capturing ";

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3", "stty", "redis-server", "redis-cli", "redis-benchmark");
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 120, 160})
    void linesFitTheTerminal(int columns) {
        try (Servers.Server redis = Servers.redis();
                RunningProgram watch = watch("terminal", columns, redis)) {
            watch.tell("read\n");
            get(redis, "k".repeat(300));

            awaitScreen(
                    watch,
                    seen -> assertThat(seen)
                            .filteredOn(line -> line.contains("GET"))
                            .isNotEmpty()
                            .allSatisfy(
                                    line -> assertThat(line).hasSize(columns).endsWith("kk\u2026")));
            assertThat(screen(watch)).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(columns));
            assertEndsWell(watch);
        }
    }

    @Test
    void aResizeIsFollowed() {
        try (Servers.Server redis = Servers.redis();
                RunningProgram watch = watch("terminal", 80, redis)) {
            watch.tell("read\n");
            get(redis, "narrow");
            awaitScreen(watch, seen -> assertThat(seen).anyMatch(line -> line.contains("narrow")));

            watch.tell("resize 160\n");

            Awaitility.await().atMost(LIMIT).untilAsserted(() -> {
                get(redis, "wide");
                assertThat(screen(watch)).anyMatch(line -> line.contains("RESPONSE"));
            });
            assertEndsWell(watch);
        }
    }

    @Test
    void aFileOnStandardOutputGetsEveryLineAndIsNotCut() throws IOException {
        int requests = 20_000;
        try (Servers.Server redis = Servers.redis();
                KyanosProcess watch = KyanosProcess.start(
                        List.of(),
                        List.of(
                                "watch",
                                "--local-ports",
                                Integer.toString(redis.port()),
                                "--set",
                                "kyanos.watch.max-waiting-records=1"))) {
            awaitSaid(watch.program(), CAPTURING);
            Commands.run(("redis-benchmark -q -t get -c 10 -P 16 -n " + requests + " -p " + redis.port()).split(" "))
                    .expectSuccess();

            Path file = watch.program().folder().resolve("stdout");
            Awaitility.await()
                    .atMost(LIMIT)
                    .untilAsserted(() -> assertThat(gets(file)).isGreaterThanOrEqualTo(requests));
            assertThat(watch.stop("TERM")).isZero();
            assertThat(gets(file)).isEqualTo(requests);
            assertThat(watch.error()).doesNotContain("not shown");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "terminal"})
    void aReaderThatStandsStillDoesNotKeepItFromEnding(String kind) {
        try (Servers.Server redis = Servers.redis();
                RunningProgram load = RunningProgram.start(endless(redis));
                RunningProgram watch = watch(kind, 160, redis, "--set", "kyanos.shutdown-timeout=1h")) {
            // it stands still once the pipe is full, which nothing tells: by then this much has been read, and not
            // shown
            awaitSkipping(watch);

            watch.tell("end\n");

            assertThat(watch.awaitExit(LIMIT)).as(watch.error()).isZero();
            assertThat(watch.error())
                    .contains("ended, as the output took no more")
                    .contains(" records not shown: the output was too slow");
            assertThat(load.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "terminal"})
    void whatIsNotYetShownUnderLoadIsDroppedAndTold(String kind) {
        try (Servers.Server redis = Servers.redis();
                RunningProgram load = RunningProgram.start(endless(redis));
                RunningProgram watch = watch(
                        kind,
                        120,
                        redis,
                        "--set",
                        "kyanos.shutdown-timeout=1h",
                        "--set",
                        "kyanos.watch.stop-timeout=0s")) {
            watch.tell("read\n");
            awaitScreen(watch, seen -> assertThat(seen).hasSizeGreaterThan(1000));

            watch.tell("end\n");

            assertThat(watch.awaitExit(LIMIT)).as(watch.error()).isZero();
            assertThat(watch.error())
                    .contains("what was captured but not yet processed is dropped")
                    .containsPattern(" stopped \\d+|\\d+ records not shown");
            assertThat(load.isAlive()).isTrue();
        }
    }

    @Test
    void processesThatAreNotThereAreTold() {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess some = KyanosProcess.start(
                        List.of(),
                        List.of(
                                "watch",
                                "--comm",
                                "no-such-program",
                                "--pids",
                                "4194304," + redis.program().pid()));
                KyanosProcess none = KyanosProcess.start(List.of(), List.of("watch", "--pids", "4194304"))) {
            awaitSaid(some.program(), CAPTURING);

            assertThat(some.error().lines())
                    .startsWith(
                            "kyanos: --pids 4194304: no such process",
                            "kyanos: --comm no-such-program: no process of this name runs; waiting for one");
            assertThat(some.stop("TERM")).isZero();
            assertThat(none.program().awaitExit(LIMIT)).isEqualTo(1);
            assertThat(none.error()).startsWith("kyanos: --pids 4194304: no such process (expected: ");
        }
    }

    /** Of the server's side of a Redis server, on a terminal or a pipe that nobody reads before it is told. */
    private static RunningProgram watch(String kind, int columns, Servers.Server redis, String... options) {
        List<String> line = new ArrayList<>(List.of("python3", "-u", "terminal.py", kind, Integer.toString(columns)));
        line.addAll(KyanosProcess.command());
        line.addAll(List.of("watch", "--local-ports", Integer.toString(redis.port())));
        Collections.addAll(line, options);
        RunningProgram program =
                RunningProgram.startIn(Scripts.copyInto(RunningProgram.newFolder()), line.toArray(String[]::new));
        try {
            awaitSaid(program, CAPTURING);
            return program;
        } catch (RuntimeException | Error e) {
            program.close();
            throw e;
        }
    }

    private static void awaitSaid(RunningProgram program, String text) {
        Awaitility.await(text)
                .atMost(LIMIT)
                .failFast(() -> !program.isAlive())
                .until(() -> program.error().contains(text));
    }

    /* The kernel's own measure of how much a process has written stands still while more and more events come. */
    private static void awaitSkipping(RunningProgram watch) {
        List<Long> written = new ArrayList<>();
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofMillis(200)).until(() -> {
            written.add(writtenBy(watch.pid()));
            int looks = written.size();
            return looks > 10
                    && written.get(looks - 1) > 1000
                    && written.get(looks - 1).equals(written.get(looks - 6));
        });
    }

    private static long writtenBy(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + pid + "/io")).stream()
                .filter(line -> line.startsWith("wchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("wchar: ".length())))
                .sum();
    }

    private static void assertEndsWell(RunningProgram watch) {
        watch.tell("end\n");
        assertThat(watch.awaitExit(LIMIT)).as(watch.error()).isZero();
    }

    private static void get(Servers.Server redis, String key) {
        Commands.run("redis-cli", "-p", Integer.toString(redis.port()), "get", key)
                .expectSuccess();
    }

    private static String[] endless(Servers.Server redis) {
        return ("redis-benchmark -q -l -t get -c 50 -P 16 -p " + redis.port()).split(" ");
    }

    private static long gets(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.contains("GET  key:")).count();
        }
    }

    private static void awaitScreen(RunningProgram watch, Consumer<List<String>> assertion) {
        Awaitility.await().atMost(LIMIT).untilAsserted(() -> assertion.accept(screen(watch)));
    }

    /** Its lines so far, without colours. */
    private static List<String> screen(RunningProgram watch) {
        try {
            String shown = Files.readString(watch.folder().resolve("screen"), StandardCharsets.UTF_8);
            return shown.replaceAll("\033\\[[0-9;]*m", "").lines().toList();
        } catch (IOException e) {
            // nothing has come yet, or half a character is the last
            return List.of();
        }
    }
}
