package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.assertj.core.api.SoftAssertions;

/**
 * A watcher and an exporter that see one program alone, {@code subject.py} of the tests' resources, by its name. What
 * else goes on at the machine does not reach the books.
 */
final class SubjectCapture implements AutoCloseable {

    private static final String FINAL_BYTES = "kyanos_stream_final_bytes_total";
    private static final String BYTES = "kyanos_stream_bytes_total";

    /** From the first byte on. */
    private static final String SPLICES = "kyanos.capture.tcp-splice=always";

    private final String name;
    private final KyanosProcess watch;
    private final KyanosProcess exporter;
    private Scrape before;

    private SubjectCapture(String name, KyanosProcess watch, KyanosProcess exporter) {
        this.name = name;
        this.watch = watch;
        this.exporter = exporter;
        this.before = exporter.scrape();
    }

    /** Of processes with this name, and of their children. */
    static SubjectCapture of(String name) {
        KyanosProcess watch = KyanosProcess.watch("--comm", name, "--set", SPLICES);
        try {
            return new SubjectCapture(name, watch, KyanosProcess.exporter("--comm", name, "--set", SPLICES));
        } catch (RuntimeException | Error e) {
            watch.close();
            throw e;
        }
    }

    /** Begins a new page in the books, once nothing of the last one is open. */
    void begin() {
        before = exporter.await(
                seen -> assertThat(seen.sum("kyanos_open_connections")).isZero());
    }

    /** A scenario of {@code subject.py} on that port, once it listens. */
    RunningProgram server(String scenario, int port, String... more) {
        RunningProgram subject = start(scenario, port, more);
        try {
            return subject.awaitOutput("listening");
        } catch (RuntimeException e) {
            subject.close();
            throw e;
        }
    }

    RunningProgram start(String scenario, int port, String... more) {
        return startUnder(List.of(), name, scenario, port, more);
    }

    /** As {@link #start}, by any name, through another command. */
    static RunningProgram startUnder(List<String> prefix, String name, String scenario, int port, String... more) {
        Path folder = RunningProgram.newFolder();
        Path program = folder.resolve(name);
        try (InputStream in = Objects.requireNonNull(SubjectCapture.class.getResourceAsStream("subject.py"))) {
            Files.copy(in, folder.resolve("subject.py"));
            Files.createSymbolicLink(
                    program,
                    Path.of(Commands.run("python3", "-c", "import sys; print(sys.executable)")
                            .expectSuccess()
                            .trim()));
        } catch (IOException e) {
            throw new AssertionError("prepare " + folder, e);
        }
        String[] command = {program.toString(), "-u", "subject.py", scenario, Integer.toString(port)};
        return RunningProgram.startIn(
                folder, Servers.concat(Servers.concat(prefix.toArray(String[]::new), command), more));
    }

    /** Any other program by the name that is watched. */
    RunningProgram startProgram(Path program, String... arguments) {
        return RunningProgram.startIn(
                program.getParent(), Servers.concat(new String[] {program.toString()}, arguments));
    }

    /** Where a program must stand to be watched. */
    Path programIn(Path folder) {
        return folder.resolve(name);
    }

    List<WatchedRecord> awaitRecords(int port, int count) {
        return watch.awaitRecordsOf(port, seen -> assertThat(seen).hasSize(count));
    }

    List<WatchedRecord> awaitRecords(int port, Consumer<List<WatchedRecord>> assertion) {
        return watch.awaitRecordsOf(port, assertion);
    }

    /** Waits until the connections of this page have ended with so many bytes together, each with one fate. */
    Scrape awaitEnd(long bytes) {
        Scrape after = exporter.await(seen -> SoftAssertions.assertSoftly(softly -> {
            softly.assertThat(sinceBegin(seen, FINAL_BYTES)).as("final bytes").isEqualTo(bytes);
            softly.assertThat(seen.sum("kyanos_open_connections")).as("open").isZero();
        }));
        assertThat(sinceBegin(after, BYTES)).as("fates\n%s", after.text()).isEqualTo(bytes);
        return after;
    }

    /** As {@link #awaitEnd}; every byte was understood or is of a body. */
    void awaitWholeEnd(long bytes) {
        Scrape after = awaitEnd(bytes);
        assertThat(fate(after, "parsed") + fate(after, "passed_over"))
                .as("no gaps\n%s", after.text())
                .isEqualTo(bytes);
    }

    /** Bytes of this page. */
    double fate(Scrape after, String fate) {
        return sinceBegin(after, BYTES, "fate", fate);
    }

    double sinceBegin(Scrape after, String metric, String... labels) {
        return after.sum(metric, labels) - before.sum(metric, labels);
    }

    @Override
    public void close() {
        watch.close();
        exporter.close();
    }
}
