package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as the system sees it: signals, pipes, exit codes. */
class ProcessTest {

    private static final int EXIT_CODE_INTERRUPTED = 130;

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "HUP"})
    void aSignalShutsTheCommandDownInOrder(String signal) throws Exception {
        Process command = start(List.of(), "exporter", "--listen", "127.0.0.1:0");
        awaitError(command, "capture by");
        awaitError(command, "metrics at");

        send(signal, command);

        assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isZero();
        assertThat(restOfError(command)).isEmpty();
    }

    @Test
    void aCommandStartedInTheBackgroundIsEndedByTerm() throws Exception {
        Process command = start("--ignore-signal=INT,HUP", List.of(), "exporter", "--listen", "127.0.0.1:0");
        awaitError(command, "capture by");
        awaitError(command, "metrics at");

        send("HUP", command);
        send("INT", command);
        send("TERM", command);

        assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isZero();
        assertThat(restOfError(command)).isEmpty();
    }

    @Test
    void aSecondSignalEndsTheCommandAtOnce() throws Exception {
        Process command = start(
                List.of("-D" + OnFakeCapture.STUBBORN + "=true"),
                "exporter",
                "--listen",
                "127.0.0.1:0",
                "--set",
                "kyanos.shutdown-timeout=1h");
        awaitError(command, "capture by");
        awaitError(command, "metrics at");

        send("INT", command);
        awaitError(command, "stopping");
        send("INT", command);
        assertThat(command.isAlive())
                .as("signals that come together are one request")
                .isTrue();
        Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .pollInterval(500, TimeUnit.MILLISECONDS)
                .until(() -> {
                    new ProcessBuilder("kill", "-INT", Long.toString(command.pid()))
                            .start()
                            .waitFor();
                    return !command.isAlive();
                });

        assertThat(command.exitValue()).isEqualTo(EXIT_CODE_INTERRUPTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"watch", "watch --json-output stdout"})
    void aReaderThatGoesAwayEndsTheCommandQuietly(String line) throws Exception {
        Process command = start(List.of("-D" + OnFakeCapture.RECORDS + "=10000"), line.split(" "));

        try (BufferedReader out = command.inputReader(StandardCharsets.UTF_8)) {
            assertThat(out.readLine()).isNotEmpty();
        }

        assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isZero();
        assertThat(restOfError(command)).startsWith("kyanos: capturing ").hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"exporter --listen 127.0.0.1:0", "watch"})
    void anErrorEndsTheCommandWithOneLineThoughItsActorsRun(String line) throws Exception {
        Process command = start(List.of("-D" + OnFakeCapture.UNLINKED + "=readerOpen()"), line.split(" "));

        assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(command.exitValue()).isEqualTo(1);
        assertThat(restOfError(command))
                .isEqualTo(
                        "kyanos: run kyanos: UnsatisfiedLinkError: readerOpen(). Hint: its jars and libkyanos.so are not"
                                + " of one version; install them together, and leave out -Dkyanos.native.path\n");
    }

    @Test
    void aTraceIsShownOnlyWhenAskedFor() throws Exception {
        Process plain = start(List.of(), "watch", "--json-output", "/dev/full");
        Process debug = start(List.of(), "watch", "--json-output", "/dev/full", "--debug");

        assertThat(restOfError(plain))
                .startsWith("kyanos: capturing ")
                .contains("\nkyanos: write records /dev/full: No space left on device")
                .hasLineCount(2);
        assertThat(plain.waitFor()).isEqualTo(1);
        assertThat(restOfError(debug)).contains("\tat io.kyanos.sink.LineSink");
        assertThat(debug.waitFor()).isEqualTo(1);
    }

    /* A shell without job control starts its background commands with SIGINT ignored, nohup with SIGHUP; children inherit that. */
    private Process start(List<String> jvmOptions, String... args) throws IOException {
        return start("--default-signal=INT,TERM,HUP", jvmOptions, args);
    }

    private Process start(String signals, List<String> jvmOptions, String... args) throws IOException {
        List<String> line = new ArrayList<>(List.of("env", signals));
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
        line.addAll(jvmOptions);
        line.add(OnFakeCapture.class.getName());
        Collections.addAll(line, args);
        Process process = new ProcessBuilder(line).start();
        started.add(process);
        return process;
    }

    private static void send(String signal, Process process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
    }

    private static void awaitError(Process process, String text) throws IOException {
        String line = process.errorReader(StandardCharsets.UTF_8).readLine();
        assertThat(line).contains(text);
    }

    private static String restOfError(Process process) throws IOException {
        StringBuilder rest = new StringBuilder();
        BufferedReader reader = process.errorReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            rest.append(line).append('\n');
        }
        return rest.toString();
    }
}
