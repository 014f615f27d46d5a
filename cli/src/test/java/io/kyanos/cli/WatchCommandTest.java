package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.capture.AbsentProcesses;
import io.kyanos.cli.screen.Screen;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.FixedStatistics;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WatchCommandTest {

    private static final TrafficRecord RECORD = TestRecords.http().build();
    private static final String CAPTURING = "kyanos: capturing http, redis of all processes; Ctrl-C ends\n";

    @Test
    void aRecordIsShownAtOnceAndAnInterruptEndsInOrder() throws Exception {
        FakeCapture capture = new FakeCapture(List.of(RECORD));
        World world = new World().capturing(capture);

        CompletableFuture<Integer> code = world.start("watch");
        world.awaitOut("GET /users/{id}");
        assertThat(code).isNotDone();
        world.interrupt();

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(capture.stopped).isCompleted();
        assertThat(world.out().lines()).hasSize(2);
    }

    @Test
    void aRegularFileOnStandardOutputGetsEverything() throws Exception {
        List<List<TrafficRecord>> batches = Collections.nCopies(500, Collections.nCopies(50, RECORD));

        for (String format : List.of("watch", "watch --json-output stdout")) {
            World world = new World()
                    .capturing(new FakeCapture(batches, new Lossless()))
                    .on(Screen.FILE);
            CompletableFuture<Integer> code =
                    world.start((format + " --set kyanos.watch.max-waiting-records=1").split(" "));
            world.interrupt();

            assertThat(code.get(60, TimeUnit.SECONDS)).isZero();
            assertThat(world.out().lines().filter(line -> line.contains("/users/42")))
                    .hasSize(25_000);
            assertThat(world.err()).doesNotContain("not shown");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 120, 160})
    void aTerminalGetsLinesOfItsWidth(int columns) throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(RECORD))).on(Screen.terminal(columns));

        CompletableFuture<Integer> code = world.start("watch");
        world.awaitOut("GET /users/");
        world.interrupt();

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(world.out().lines()).hasSize(2).allMatch(line -> line.length() <= columns);
    }

    @Test
    void aReaderThatStandsStillDoesNotHoldBackTheEnd() throws Exception {
        CountDownLatch goesOn = new CountDownLatch(1);
        CountDownLatch stands = new CountDownLatch(1);
        World world = new World()
                .capturing(new FakeCapture(List.of(List.of(RECORD, RECORD), List.of(RECORD)), new Lossless()))
                .writingTo(new OutputStream() {
                    @Override
                    public void write(int b) {
                        throw new AssertionError("lines are written in blocks");
                    }

                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        if (new String(bytes, offset, length, StandardCharsets.UTF_8).contains("GET")) {
                            stands.countDown();
                            try {
                                goesOn.await();
                            } catch (InterruptedException e) {
                                throw new IOException(e);
                            }
                        }
                    }
                });

        CompletableFuture<Integer> code = world.start("watch", "--set", "kyanos.watch.stop-timeout=0s");
        assertThat(stands.await(30, TimeUnit.SECONDS)).isTrue();
        world.interrupt();

        assertThat(code.get(60, TimeUnit.SECONDS)).isZero();
        goesOn.countDown();
        assertThat(world.err())
                .contains("ended, as the output took no more")
                .contains("3 records not shown: the output was too slow");
    }

    @Test
    void whatItCapturesIsToldOnceItDoes() throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(List.of(RECORD)), new Lossless()));

        CompletableFuture<Integer> code = world.start(
                "watch", "redis", "--json-output", "stdout", "--pids", "34,12", "--comm", "nginx", "--time", "0.01");

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(world.err())
                .isEqualTo("kyanos: capturing redis of processes 12, 34 and of nginx for 0.01 s; Ctrl-C ends\n");
    }

    @Test
    void processesThatAreNotThereAreTold() throws Exception {
        FakeCapture capture = new FakeCapture(List.of(List.of(RECORD)), new Lossless());
        capture.absent = new AbsentProcesses(Set.of(99), Set.of("foo"), false);
        World world = new World().capturing(capture);

        CompletableFuture<Integer> code = world.start("watch", "--pids", "99,1", "--comm", "foo", "--time", "0.01");

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(world.err().lines())
                .startsWith(
                        "kyanos: --pids 99: no such process",
                        "kyanos: --comm foo: no process of this name runs; waiting for one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"watch", "record FILE", "exporter --listen 127.0.0.1:0"})
    void whereNothingCouldEverBeSeenItIsRefused(String command, @TempDir Path folder) {
        FakeCapture capture = new FakeCapture(List.of(List.of(RECORD)), new Lossless());
        capture.absent = new AbsentProcesses(Set.of(98, 99), Set.of(), true);
        World world = new World().capturing(capture);
        String line = command.replace("FILE", folder.resolve("x.kyanos").toString()) + " --pids 99,98";

        assertThat(world.run(line.split(" "))).isEqualTo(1);

        assertThat(world.err())
                .isEqualTo("kyanos: --pids 98,99: no such processes (expected: one that runs)."
                        + " Hint: --comm waits for programs by their names\n");
        assertThat(capture.stopped).isCompleted();
    }

    @Test
    void itEndsByItselfAfterTheTimeGiven() throws Exception {
        FakeCapture capture = new FakeCapture(List.of(RECORD));
        World world = new World().capturing(capture);

        CompletableFuture<Integer> code = world.start("watch", "--time", "0.01");

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(capture.stopped).isCompleted();
    }

    @Test
    void jsonGoesToStandardOutput() throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(RECORD, RECORD)));

        CompletableFuture<Integer> code = world.start("watch", "--json-output", "stdout");
        world.awaitOut("}\n{");
        world.interrupt();

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(world.out().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("{\"start_time\"") && line.endsWith("}"));
    }

    @Test
    void aFileIsItsOwnersAloneAndNothingIsLeftOut(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("records.jsonl");
        List<List<TrafficRecord>> batches = Collections.nCopies(500, Collections.nCopies(50, RECORD));
        World world = new World().capturing(new FakeCapture(batches, new FixedStatistics()));

        CompletableFuture<Integer> code =
                world.start("watch", "--json-output", file.toString(), "--set", "kyanos.watch.max-waiting-records=1");
        world.interrupt();

        assertThat(code.get(60, TimeUnit.SECONDS)).isZero();
        assertThat(world.err()).doesNotContain("not shown");
        assertThat(Files.readAllLines(file)).hasSize(25_000);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void theSchemaIsPrinted() throws IOException {
        World world = new World();

        assertThat(world.run("watch", "--json-schema")).isZero();
        assertThat(world.out()).isEqualTo(Files.readString(Path.of("..", "docs", "json-schema.json")));
    }

    @Test
    void aBrokenPipeEndsItQuietly() throws Exception {
        FakeCapture capture = new FakeCapture(List.of(List.of(RECORD)), new Lossless());
        World world = new World().capturing(capture).writingTo(new OutputStream() {
            private int writes;

            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (++writes > 1) {
                    throw new IOException("Broken pipe");
                }
            }
        });

        CompletableFuture<Integer> code = world.start("watch");

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(world.err()).isEqualTo(CAPTURING);
        assertThat(capture.stoppedAtOnce).isCompleted();
    }

    @Test
    void aFullDiskIsTold() throws Exception {
        World world = new World()
                .capturing(new FakeCapture(List.of(List.of(RECORD)), new Lossless()))
                .writingTo(new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("No space left on device");
                    }
                });

        CompletableFuture<Integer> code = world.start("watch", "--json-output", "stdout");

        assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(world.err()).isEqualTo(CAPTURING + "kyanos: write standard output: No space left on device\n");
    }

    @Test
    void aCaptureThatFailsEndsItWithItsReason() throws Exception {
        FakeCapture capture = new FakeCapture(List.of(List.of(RECORD)), new Lossless());
        World world = new World().capturing(capture);

        CompletableFuture<Integer> code = world.start("watch");
        world.awaitOut("GET /users/{id}");
        capture.fail(new IllegalStateException("read ring syscall: EIO (5)"));

        assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(world.err()).isEqualTo(CAPTURING + "kyanos: read ring syscall: EIO (5)\n");
    }

    @Test
    void lossesAreToldAtTheEnd() throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(RECORD)));

        CompletableFuture<Integer> code = world.start("watch");
        world.interrupt();

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(world.err())
                .contains("17 events lost in the kernel (syscall 17)")
                .contains("9 dropped (parse buffer_limit 5, replay held_limit 4)")
                .contains("10 connections not decoded (tls 8, unknown 2). Hint: see ")
                .contains("docs/losses.md#connections-that-are-not-decoded.");
    }

    @Test
    void withoutLossesNothingIsTold() throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(List.of(RECORD)), new Lossless()));

        CompletableFuture<Integer> code = world.start("watch");
        world.interrupt();

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(world.err()).isEqualTo(CAPTURING);
    }
}
