package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.FixedStatistics;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchCommandTest {

    private static final TrafficRecord RECORD = TestRecords.http().build();

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
    void withoutACommandEverythingIsWatched() throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(RECORD)));

        CompletableFuture<Integer> code = world.start();
        world.awaitOut("GET /users/{id}");
        world.interrupt();

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
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
    void jsonIsAppendedToAFileThatOnlyItsOwnerReadsAndNothingIsLeftOut(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("records.jsonl");
        List<List<TrafficRecord>> batches = Collections.nCopies(500, Collections.nCopies(50, RECORD));

        for (int run = 1; run <= 2; run++) {
            World world = new World().capturing(new FakeCapture(batches, new FixedStatistics()));
            CompletableFuture<Integer> code = world.start(
                    "watch", "--json-output", file.toString(), "--set", "kyanos.watch.max-waiting-records=1");
            world.interrupt();
            assertThat(code.get(60, TimeUnit.SECONDS)).isZero();
            assertThat(world.err()).doesNotContain("not shown");

            try (var lines = Files.lines(file)) {
                assertThat(lines.count()).isEqualTo(run * 25_000L);
            }
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
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
        assertThat(world.err()).isEmpty();
        assertThat(capture.stopped).isCompleted();
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
        assertThat(world.err()).isEqualTo("kyanos: No space left on device\n");
    }

    @Test
    void aCaptureThatFailsEndsItWithItsReason() throws Exception {
        FakeCapture capture = new FakeCapture(List.of(List.of(RECORD)), new Lossless());
        World world = new World().capturing(capture);

        CompletableFuture<Integer> code = world.start("watch");
        world.awaitOut("GET /users/{id}");
        capture.fail(new IllegalStateException("read ring syscall: EIO (5)"));

        assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(world.err()).isEqualTo("kyanos: read ring syscall: EIO (5)\n");
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
        assertThat(world.err()).isEmpty();
    }
}
