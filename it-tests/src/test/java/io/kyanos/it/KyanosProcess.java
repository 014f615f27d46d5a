package io.kyanos.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * The command as a process of its own, from the class path of the tests. Other programs of the machine talk too: what a
 * test asserts it selects by port, peer or process. Closing kills it.
 */
final class KyanosProcess implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration OFTEN = Duration.ofMillis(100);
    private static final int LOOKS_FOR_REST = 20;
    private static final Pattern ADDRESS = Pattern.compile("metrics at (http://\\S+)/metrics");
    private static final String READER_THREAD = "kyanos-reader";
    /** How events leave the kernel, where the build says so; see the executions in pom.xml. */
    private static final String TRANSPORT = System.getProperty("kyanos.it.transport", "");

    private static final String RECORDS = "records.jsonl";

    private final RunningProgram program;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private String address = "";

    private KyanosProcess(RunningProgram program) {
        this.program = program;
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
        List<String> line = new ArrayList<>(command());
        line.set(line.size() - 1, program.getName());
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

    /** {@code kyanos watch} that writes JSON into a file, once its reader runs; see {@link #records}. */
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
            kyanos.awaitReader();
            return kyanos;
        } catch (RuntimeException | Error e) {
            kyanos.close();
            throw e;
        }
    }

    /** Any command, which may end by itself. */
    static KyanosProcess start(List<String> prefix, List<String> arguments) {
        List<String> line = new ArrayList<>(prefix);
        line.addAll(command());
        line.addAll(arguments);
        return new KyanosProcess(RunningProgram.start(line.toArray(String[]::new)));
    }

    private static void addTransport(List<String> line) {
        boolean isChosen = line.stream().anyMatch(argument -> argument.startsWith("kyanos.capture.transport="));
        if (!TRANSPORT.isEmpty() && !isChosen) {
            line.addAll(List.of("--set", "kyanos.capture.transport=" + TRANSPORT));
        }
    }

    /** What stands before the arguments of any command. */
    static List<String> command() {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(List.of("-Xshare:auto", "-XX:+UseSerialGC", "-Xmx256m"));
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.kyanos.cli.Main"));
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
        return error().lines()
                .filter(line -> !line.startsWith("kyanos: capturing "))
                .collect(Collectors.joining("\n"));
    }

    /** {@code http://127.0.0.1:PORT} of an exporter. */
    String address() {
        return address;
    }

    /** What the exporter answers to a GET. */
    HttpResponse<String> get(String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                    .timeout(Duration.ofSeconds(30))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    Scrape scrape() {
        HttpResponse<String> answer = get("/metrics");
        if (answer.statusCode() != 200) {
            throw new AssertionError("/metrics: " + answer.statusCode() + "\n" + answer.body());
        }
        return new Scrape(answer.body());
    }

    /**
     * Scrapes until the assertion holds; fails with its last message when it never does. Gives a scrape for which it holds
     * and, unless a load goes on, in which all that the connections gave out has been added up.
     */
    Scrape await(Consumer<Scrape> assertion) {
        return await(PATIENCE, assertion);
    }

    /** As {@link #await(Consumer)}, for no longer than {@code limit}. */
    Scrape await(Duration limit, Consumer<Scrape> assertion) {
        Scrape[] last = new Scrape[1];
        Awaitility.await().atMost(limit).pollInterval(OFTEN).untilAsserted(() -> {
            last[0] = scrape();
            assertion.accept(last[0]);
        });
        for (int i = 0; i < LOOKS_FOR_REST && !isAtRest(last[0]); i++) {
            LockSupport.parkNanos(OFTEN.toNanos());
            last[0] = scrape();
        }
        assertion.accept(last[0]);
        return last[0];
    }

    private static boolean isAtRest(Scrape seen) {
        return seen.sum("kyanos_credit_in_flight") == 0
                && seen.sum("kyanos_requests_total") == seen.sum("kyanos_stage_emitted_items_total", "stage", "emit");
    }

    /** The records that {@code watch} has written so far. */
    List<WatchedRecord> records() {
        try (Stream<String> lines = Files.lines(program.folder().resolve(RECORDS))) {
            // the last line may be half written
            return lines.filter(line -> line.endsWith("}"))
                    .map(WatchedRecord::parse)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of one port, on either side. */
    List<WatchedRecord> recordsOf(int port) {
        return records().stream().filter(record -> record.isOfPort(port)).toList();
    }

    /** Reads the records of one port until the assertion holds. Gives those that it held for. */
    List<WatchedRecord> awaitRecordsOf(int port, Consumer<List<WatchedRecord>> assertion) {
        List<List<WatchedRecord>> last = new ArrayList<>();
        Awaitility.await().atMost(PATIENCE).pollInterval(OFTEN).untilAsserted(() -> {
            last.clear();
            last.add(recordsOf(port));
            assertion.accept(last.get(0));
        });
        return last.get(0);
    }

    /** The first record that is what is asked for, once there is one. */
    WatchedRecord awaitRecord(Predicate<WatchedRecord> wanted) {
        Awaitility.await("a record")
                .atMost(PATIENCE)
                .pollInterval(OFTEN)
                .until(() -> records().stream().anyMatch(wanted));
        return records().stream().filter(wanted).findFirst().orElseThrow();
    }

    /** Sends a signal, as {@code TERM}, and gives the exit code. */
    int stop(String signal) {
        program.signal(signal);
        return program.awaitExit(PATIENCE);
    }

    @Override
    public void close() {
        program.close();
    }

    private void awaitHealthy() {
        Awaitility.await("healthy exporter")
                .atMost(START)
                .pollInterval(OFTEN)
                .failFast(this::failIfEnded)
                .until(this::isHealthy);
    }

    private void expectTransport(List<String> line) {
        if (line.contains("kyanos.capture.transport=" + TRANSPORT) && !error().contains("capture by " + TRANSPORT)) {
            throw new AssertionError("expected capture by " + TRANSPORT + ":\n" + error());
        }
    }

    private boolean isHealthy() {
        if (address.isEmpty()) {
            Matcher told = ADDRESS.matcher(error());
            if (!told.find()) {
                return false;
            }
            address = told.group(1);
        }
        return get("/healthz").statusCode() == 200;
    }

    /* Nothing on its outputs tells that it captures; the thread that reads the rings starts right after. */
    private void awaitReader() {
        Awaitility.await("reader thread")
                .atMost(START)
                .pollInterval(OFTEN)
                .failFast(this::failIfEnded)
                .until(this::hasReader);
    }

    private boolean hasReader() {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + program.pid() + "/task"))) {
            for (Path thread : threads.toList()) {
                if (Files.readString(thread.resolve("comm")).startsWith(READER_THREAD)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | UncheckedIOException ignored) {
            // a thread has ended while we looked
            return false;
        }
    }

    private void failIfEnded() {
        if (!program.isAlive()) {
            throw new AssertionError("ended at once with " + program.awaitExit(PATIENCE) + ":\n" + error());
        }
    }
}
