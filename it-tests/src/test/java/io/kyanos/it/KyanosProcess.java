package io.kyanos.it;

import io.kyanos.capture.CaptureStep;
import io.kyanos.capture.Families;
import io.kyanos.capture.Vantage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The command as a process of its own, from the class path of the tests. Other programs of the machine talk too: what a
 * test asserts it selects by port, peer or process. Closing kills it.
 */
final class KyanosProcess implements AutoCloseable {

    private static final Duration OFTEN = Duration.ofMillis(50);
    /** What a capture says on standard error once it has begun. */
    static final String CAPTURING = "kyanos: capturing ";
    /** How events leave the kernel, where the build says so; see the executions in pom.xml. */
    private static final String TRANSPORT = System.getProperty("kyanos.it.transport", "");

    private static final String AUTO = "auto";
    /** Where sockets are seen from, where the build says so. */
    private static final String VANTAGE = System.getProperty("kyanos.it.vantage", AUTO);

    private static final String RECORDS = "records.jsonl";

    private final RunningProgram program;
    private final Records records;
    private @Nullable Exporter exporter;

    private KyanosProcess(RunningProgram program) {
        this.program = program;
        this.records = new Records(program.folder().resolve(RECORDS));
    }

    /** Whether the run sees the bytes of sockets at the sockets; that is the default where the kernel can. */
    static boolean isAtSockets() {
        return VANTAGE.equals(AUTO) ? hasTracepointsAtSockets() : VANTAGE.equals("sockets");
    }

    private static boolean hasTracepointsAtSockets() {
        try {
            String types = Files.readString(Path.of("/sys/kernel/btf/vmlinux"), StandardCharsets.ISO_8859_1);
            return types.contains("btf_trace_sock_send_length");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a capture of the run sees, in the order in which it is attached. */
    static List<CaptureStep> steps() {
        return Families.steps(isAtSockets() ? Vantage.SOCKETS : Vantage.SYSCALLS);
    }

    /** {@code kyanos exporter} on a free port of 127.0.0.1 unless told where, once it is healthy. */
    static KyanosProcess exporter(String... arguments) {
        return exporterUnder(List.of(), arguments);
    }

    /** As {@link #exporter}, started through another command, as {@code unshare}. */
    static KyanosProcess exporterUnder(List<String> prefix, String... arguments) {
        List<String> line = new ArrayList<>(List.of("exporter"));
        Collections.addAll(line, arguments);
        addTransport(line);
        if (!line.contains("--listen")) {
            line.addAll(List.of("--listen", "127.0.0.1:0"));
        }
        KyanosProcess kyanos = start(prefix, line);
        try {
            kyanos.awaitHealthy();
            kyanos.expectTransport(line);
            return kyanos;
        } catch (RuntimeException | Error e) {
            kyanos.close();
            throw e;
        }
    }

    /** As {@link #exporter}, of a program that does more than {@code io.kyanos.cli.Main} and takes the same arguments. */
    static KyanosProcess exporterOf(Class<?> program, String... arguments) {
        List<String> line = java(List.of());
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        line.addAll(List.of("exporter", "--listen", "127.0.0.1:0"));
        Collections.addAll(line, arguments);
        KyanosProcess kyanos = new KyanosProcess(RunningProgram.start(line.toArray(String[]::new)));
        try {
            kyanos.awaitHealthy();
            return kyanos;
        } catch (RuntimeException | Error e) {
            kyanos.close();
            throw e;
        }
    }

    /** {@code kyanos watch} that writes JSON into a file, once it captures; see {@link #records}. */
    static KyanosProcess watch(String... arguments) {
        return watchUnder(List.of(), arguments);
    }

    /** As {@link #watch}, started through another command. */
    static KyanosProcess watchUnder(List<String> prefix, String... arguments) {
        List<String> line = new ArrayList<>(List.of("watch", "--json-output", RECORDS));
        Collections.addAll(line, arguments);
        addTransport(line);
        KyanosProcess kyanos = start(prefix, line);
        try {
            kyanos.awaitCapture();
            return kyanos;
        } catch (RuntimeException | Error e) {
            kyanos.close();
            throw e;
        }
    }

    /** Flags that leave out what is not of this JVM and its children: other tests may load the machine now. */
    static String[] ofOurChildren(String... more) {
        return Servers.concat(
                new String[] {"--pids", Long.toString(ProcessHandle.current().pid())}, more);
    }

    /** Any command, which may end by itself. */
    static KyanosProcess start(List<String> prefix, List<String> arguments) {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(command());
        line.addAll(arguments);
        return new KyanosProcess(RunningProgram.start(line.toArray(String[]::new)));
    }

    static void addTransport(List<String> line) {
        boolean isChosen = line.stream().anyMatch(argument -> argument.startsWith("kyanos.capture.transport="));
        if (!TRANSPORT.isEmpty() && !isChosen) {
            line.addAll(List.of("--set", "kyanos.capture.transport=" + TRANSPORT));
        }
        if (!VANTAGE.equals(AUTO)
                && line.stream().noneMatch(argument -> argument.startsWith("kyanos.capture.vantage="))) {
            line.addAll(List.of("--set", "kyanos.capture.vantage=" + VANTAGE));
        }
    }

    /** What stands before the arguments of any command. */
    static List<String> command() {
        return command(ClassArchive.options());
    }

    /** As {@link #command()}, of a JVM with these options. */
    static List<String> command(List<String> options) {
        List<String> line = java(options);
        line.addAll(List.of("-cp", ClassArchive.CLASS_PATH, "io.kyanos.cli.Main"));
        return line;
    }

    /* As the launcher has it, but for the compiler: what a test does is over before the better one would pay. */
    private static List<String> java(List<String> options) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(List.of("-Xlog:disable", "-Xlog:all=error:stderr", "-Xshare:auto", "-XX:+UseSerialGC", "-Xmx256m"));
        line.add("-XX:TieredStopAtLevel=1");
        line.addAll(options);
        return line;
    }

    /** The process that runs. */
    RunningProgram program() {
        return program;
    }

    /** What it has said on its standard error so far. */
    String error() {
        return program.error();
    }

    /** That, without the line that tells what it captures. */
    String complaints() {
        return error().lines().filter(line -> !line.startsWith(CAPTURING)).collect(Collectors.joining("\n"));
    }

    /** {@code http://127.0.0.1:PORT} of an exporter. */
    String address() {
        return exporter().address();
    }

    /** What the exporter answers to a GET. */
    HttpResponse<String> get(String path) {
        return exporter().get(path);
    }

    Scrape scrape() {
        return exporter().scrape();
    }

    /** See {@link Exporter#await(Consumer)}. */
    Scrape await(Consumer<Scrape> assertion) {
        return exporter().await(assertion);
    }

    /** See {@link Exporter#awaitUnderLoad(Consumer)}. */
    Scrape awaitUnderLoad(Consumer<Scrape> assertion) {
        return exporter().awaitUnderLoad(assertion);
    }

    private Exporter exporter() {
        return Objects.requireNonNull(exporter, "an exporter");
    }

    /** The records that {@code watch} has written so far. */
    List<WatchedRecord> records() {
        return records.all();
    }

    /** See {@link Records#of}. */
    List<WatchedRecord> recordsOf(int port) {
        return records.of(port);
    }

    /** See {@link Records#await(int, Consumer)}. */
    List<WatchedRecord> awaitRecordsOf(int port, Consumer<List<WatchedRecord>> assertion) {
        return records.await(port, assertion);
    }

    /** See {@link Records#await(Predicate)}. */
    WatchedRecord awaitRecord(Predicate<WatchedRecord> wanted) {
        return records.await(wanted);
    }

    /** Sends a signal, as {@code TERM}, and gives the exit code. */
    int stop(String signal) {
        program.signal(signal);
        return program.awaitExit();
    }

    @Override
    public void close() {
        program.close();
    }

    private void awaitHealthy() {
        exporter = Exporter.await(program::isAlive, this::error);
    }

    private void expectTransport(List<String> line) {
        if (line.contains("kyanos.capture.transport=" + TRANSPORT) && !error().contains("capture by " + TRANSPORT)) {
            throw new AssertionError("expected capture by " + TRANSPORT + ":\n" + error());
        }
        if (line.contains("kyanos.capture.vantage=sockets")
                && scrape().sum("kyanos_hook_attached", "step", "socket_send") != 1) {
            throw new AssertionError("expected capture at sockets:\n" + error());
        }
    }

    /* Nothing on its outputs tells that it captures; the thread that reads the rings starts right after. */
    /* What it writes into is there by then. */
    private void awaitCapture() {
        Awaitility.await("capturing")
                .pollInterval(OFTEN)
                .failFast(this::failIfEnded)
                .until(() -> error().contains(CAPTURING));
    }

    private void failIfEnded() {
        if (!program.isAlive()) {
            throw new AssertionError("ended at once with " + program.awaitExit() + ":\n" + error());
        }
    }
}
