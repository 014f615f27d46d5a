package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where {@code watch --json-output} writes to, and where it refuses to. */
class RecordsOutputTest {

    private static final List<TrafficRecord> RECORDS =
            List.of(TestRecords.http().build(), TestRecords.redis().build());

    @TempDir
    private Path folder;

    @Test
    void anExistingFileIsRefusedAsByRecord() throws IOException {
        Path file = Files.writeString(folder.resolve("records.jsonl"), "old\n");

        assertRefused(1, "write records " + file + ": exists already. Hint: --force replaces it", file.toString());
        World record = new World();
        assertThat(record.run("record", file.toString())).isEqualTo(1);
        assertThat(record.err())
                .isEqualTo("kyanos: write recording " + file + ": exists already. Hint: --force replaces it\n");
        assertThat(file).hasContent("old");
    }

    @Test
    void forceReplacesItOnceTheCaptureHasBegun() throws Exception {
        Path file = Files.writeString(folder.resolve("records.jsonl"), "old\n");
        World failing = new World().launching((system, config, request) -> {
            throw new IllegalStateException("load: EPERM (1)");
        });

        assertThat(failing.run("watch", "--json-output", file.toString(), "--force"))
                .isEqualTo(1);
        assertThat(file).hasContent("old");

        assertThat(complaints(watched(file.toString(), "--force"))).isEmpty();
        assertThat(Files.readAllLines(file)).hasSize(2).allMatch(line -> line.startsWith("{\"start_time\""));
    }

    @Test
    void aCaptureThatDoesNotBeginLeavesNoFile() {
        Path file = folder.resolve("records.jsonl");
        World world = new World().launching((system, config, request) -> {
            throw new IllegalStateException("load: EPERM (1)");
        });

        assertThat(world.run("watch", "--json-output", file.toString())).isEqualTo(1);

        assertThat(file).doesNotExist();
    }

    @Test
    void theTargetOfALinkIsReplaced() throws Exception {
        Path file = Files.writeString(folder.resolve("records.jsonl"), "old\n");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);

        assertRefused(1, "write records " + link + ": exists already. Hint: --force replaces it", link.toString());
        watched(link.toString(), "--force");

        assertThat(link).isSymbolicLink();
        assertThat(Files.readAllLines(file)).hasSize(2);
    }

    @Test
    void aDirectoryAndAFileInAMissingOneAreRefused() {
        assertRefused(
                1, "write records " + folder + ": is a directory. Hint: give the name of a file in it", folder + "");
        assertRefused(
                1, "write records " + folder + "/none/a: no such directory: " + folder + "/none", folder + "/none/a");
        assertRefused(2, "--json-output: nothing (expected: stdout, or the name of a file)", "");
        assertRefused(2, "--force: replaces the file of --json-output FILE, and none is given.", "stdout", "--force");
    }

    @Test
    void aPipeIsWrittenToOnceItHasAReader() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        World world = new World().capturing(new FakeCapture(List.of(RECORDS), new Lossless()));

        CompletableFuture<Integer> code = world.start("watch", "--json-output", pipe.toString());
        world.awaitErr("write records " + pipe + ": a pipe, waits for its reader\n");
        assertThat(code).isNotDone();

        try (BufferedReader reader = Files.newBufferedReader(pipe)) {
            assertThat(reader.readLine()).startsWith("{\"start_time\"");
            assertThat(reader.readLine()).endsWith("}");
            world.interrupt();
            assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
            assertThat(reader.readLine()).isNull();
        }
        assertThat(pipe).exists();
    }

    @Test
    void aDeviceIsWrittenTo() throws Exception {
        assertThat(complaints(watched("/dev/null"))).isEmpty();
        assertThat(Path.of("/dev/null")).exists();
    }

    @Test
    void aDashMeansStandardOutput() throws Exception {
        assertThat(watched("-").out().lines()).hasSize(2);
    }

    /* What a shell has opened is written to, and no name of it is taken away, be it a regular file. */
    @Test
    void whatIsOpenAlreadyIsWrittenTo() throws Exception {
        Path file = Files.writeString(folder.resolve("redirected"), "old\n");
        Process cat =
                new ProcessBuilder("sh", "-c", "exec 3>>\"$0\" && echo open && read line", file.toString()).start();
        try {
            assertThat(cat.inputReader().readLine()).isEqualTo("open");
            Path link = Files.createSymbolicLink(folder.resolve("fd"), Path.of("/proc/" + cat.pid() + "/fd/3"));

            watched(link.toString(), "--force");

            assertThat(Files.readAllLines(file)).hasSize(3).startsWith("old");
        } finally {
            cat.destroy();
        }
    }

    @Test
    void aFullDiskIsReportedWithTheFile() throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(RECORDS), new Lossless()));

        CompletableFuture<Integer> code = world.start("watch", "--json-output", "/dev/full");

        assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(complaints(world)).containsExactly("kyanos: write records /dev/full: No space left on device");
    }

    private World watched(String target, String... more) throws Exception {
        World world = new World().capturing(new FakeCapture(List.of(RECORDS), new Lossless()));
        CompletableFuture<Integer> code = world.start(line(target, more));
        world.interrupt();
        assertThat(code.get(30, TimeUnit.SECONDS)).as(world.err()).isZero();
        return world;
    }

    /** What was said on standard error, but for the word that the capture has begun. */
    private static List<String> complaints(World world) {
        return world.err()
                .lines()
                .filter(line -> !line.startsWith("kyanos: capturing "))
                .toList();
    }

    private static void assertRefused(int exitCode, String message, String target, String... more) {
        World world = new World();

        assertThat(world.run(line(target, more))).isEqualTo(exitCode);
        assertThat(world.err()).isEqualTo("kyanos: " + message + "\n");
    }

    private static String[] line(String target, String... more) {
        String[] line = new String[3 + more.length];
        line[0] = "watch";
        line[1] = "--json-output";
        line[2] = target;
        System.arraycopy(more, 0, line, 3, more.length);
        return line;
    }
}
