package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** HTTP/2 of clients of several houses, compared request by request with what Jetty answered; also from their middle. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2ClientsIT {

    private static final int REQUESTS = 60;

    private JettyServer jetty;
    private PythonEnvironment python;

    /** How much a client's connection shows that was open before the capture. */
    private enum Middle {
        /** All of them. */
        EVERY_PATH,
        /** Those that the client had not asked for before. */
        NEW_PATHS
    }

    @BeforeAll
    void start() {
        Requires.captureAnd();
        jetty = JettyServer.start();
    }

    @AfterAll
    void stop() {
        Servers.closeAll(jetty, python);
    }

    @Test
    void namesWhatCommandsAsk() {
        Requires.captureAnd("curl", "nghttp", "h2load");
        String url = "http://127.0.0.1:" + jetty.port();
        try (KyanosProcess kyanos = watch()) {
            jetty.forget();
            // Debian's curl fails at a second request of a connection
            for (String path : List.of("/users/1", "/users/2", "/nothing")) {
                Commands.run("curl", "-sS", "--http2-prior-knowledge", url + path)
                        .expectSuccess();
            }
            Commands.run("curl", "-sS", "--http2-prior-knowledge", "-d", "x", url + "/orders")
                    .expectSuccess();
            Commands.run("nghttp", "-n", url + "/users/3", url + "/orders", url + "/nothing")
                    .expectSuccess();
            Commands.run("h2load", "-n", "600", "-c", "2", "-m", "100", url + "/users/4", url + "/nothing")
                    .expectSuccess();

            assertThat(jetty.answered()).hasSize(3 + 1 + 3 + 600);
            awaitAll(kyanos);
        }
    }

    @Test
    void namesWhatBusyCommandsAskFromTheirMiddle() {
        Requires.captureAnd("nghttp", "h2load");
        String users = "http://127.0.0.1:" + jetty.port() + "/users";
        assertNamedFromTheMiddle("h2load", "-n", "10000000", "-c", "1", "-m", "10", users, users + "/nothing");
        assertNamedFromTheMiddle("nghttp", "-n", "-m", "200000", users, users + "/nothing");
    }

    private void assertNamedFromTheMiddle(String... command) {
        jetty.forget();
        try (RunningProgram client = RunningProgram.start(command)) {
            Awaitility.await("requests")
                    .failFast(() -> {
                        if (!client.isAlive()) {
                            throw new AssertionError("ended:\n" + client.output() + client.error());
                        }
                    })
                    .until(jetty::hasAnswered);
            try (KyanosProcess kyanos = watch()) {
                List<WatchedRecord> seen = kyanos.awaitRecordsOf(
                        jetty.port(), records -> assertThat(records).hasSizeGreaterThan(10 * REQUESTS));
                List<WatchedRecord> answered = seen.stream()
                        .filter(record -> !record.status().isEmpty())
                        .toList();
                assertThat(Set.copyOf(lines(answered)))
                        .isNotEmpty()
                        .isSubsetOf(
                                JettyServer.line("GET", "/users", 200, JettyServer.bodyBytes("/users")),
                                JettyServer.line(
                                        "GET", "/users/nothing", 404, JettyServer.bodyBytes("/users/nothing")));
            }
        }
    }

    @Test
    void namesWhatNodeAsks() {
        Requires.captureAnd("node");
        assertNamed(Middle.EVERY_PATH, "node", Http2Programs.folder("client.js") + "/client.js");
    }

    @Test
    void namesWhatGoAsks() {
        Path program = Http2Programs.goProgram(Http2Programs.folder("http2.go", "go.mod"));
        assertNamed(Middle.NEW_PATHS, program.toString(), "ask");
    }

    @Test
    void namesWhatPythonAsks() {
        Requires.captureAnd("python3");
        python = PythonEnvironment.with("httpx==0.28.1", "h2==4.4.1");
        assertNamed(Middle.NEW_PATHS, python.python(), Http2Programs.copy(python.folder(), "client.py") + "/client.py");
    }

    @Test
    void namesWhatJava17Asks() {
        assertNamed(Middle.EVERY_PATH, Http2Programs.java(17), Http2Programs.folder("Client.java") + "/Client.java");
    }

    @Test
    void namesWhatJava25Asks() {
        assertNamed(Middle.EVERY_PATH, Http2Programs.java(25), Http2Programs.folder("Client.java") + "/Client.java");
    }

    /** A client that the capture sees from its beginning, and one whose connection was open before. */
    private void assertNamed(Middle middle, String... command) {
        String[] line = Servers.concat(command, new String[] {Integer.toString(jetty.port())});
        try (RunningProgram before = RunningProgram.start(line)) {
            ask(before, "0 30 same");
            ask(before, "0 30 new");
            try (KyanosProcess kyanos = watch();
                    RunningProgram client = RunningProgram.start(line)) {
                jetty.forget();
                ask(client, "100 " + REQUESTS + " new");
                ask(client, "200 " + REQUESTS + " same");
                awaitAll(kyanos);

                jetty.forget();
                ask(before, "0 " + REQUESTS + " same");
                ask(before, "300 " + REQUESTS + " new");
                assertNeverWrong(awaitOf(kyanos, before, 2 * REQUESTS), middle);

                // by now other fields have taken the place of whatever was missed
                ask(before, "400 " + 2 * REQUESTS + " new");
                ask(before, "900 " + REQUESTS + " same");
                assertThat(awaitOf(kyanos, before, 5 * REQUESTS))
                        .filteredOn(record -> record.path().isEmpty())
                        .as("paths that are not known")
                        .hasSize(middle == Middle.EVERY_PATH ? 0 : REQUESTS);
            }
        }
    }

    /** Of a connection that was open before: what is told is so, and what is new is told. */
    private void assertNeverWrong(List<WatchedRecord> records, Middle middle) {
        List<String> answered = jetty.answered();
        List<WatchedRecord> known =
                records.stream().filter(record -> !record.path().isEmpty()).toList();
        assertThat(known)
                .filteredOn(record -> answered.stream().noneMatch(line -> mayBe(record, line)))
                .as("paths that were not asked for, or answered so")
                .isEmpty();
        assertThat(known.stream().filter(record -> record.path().startsWith("/users/")))
                .as("paths that are new")
                .hasSize(REQUESTS);
        assertThat(known.size() - REQUESTS)
                .as("paths that were asked for before")
                .isEqualTo(middle == Middle.EVERY_PATH ? REQUESTS : 0);
    }

    /* Jetty numbers the status 201, which HPACK has no number of its own for: then it is not known. */
    private static boolean mayBe(WatchedRecord record, String line) {
        boolean isKnown = !record.status().equals("unknown");
        int status = isKnown ? Integer.parseInt(record.status()) : 201;
        return line.equals(JettyServer.line(record.attribute("method"), record.path(), status, bodyBytes(record)))
                && (isKnown || record.outcome().equals("unknown"));
    }

    private KyanosProcess watch() {
        return KyanosProcess.watch("--ports", Integer.toString(jetty.port()));
    }

    private static void ask(RunningProgram client, String line) {
        client.awaitOutput("ready");
        client.tell(line + "\n");
        client.awaitOutput("done " + line + " ");
    }

    /** Waits until both ends show exactly what Jetty has answered. */
    private void awaitAll(KyanosProcess kyanos) {
        List<String> answered = jetty.answered();
        List<WatchedRecord> records =
                kyanos.awaitRecordsOf(jetty.port(), seen -> assertThat(seen).hasSize(2 * answered.size()));
        for (String side : List.of("client", "server")) {
            assertThat(lines(records.stream()
                            .filter(record -> record.side().equals(side))
                            .toList()))
                    .as(side)
                    .containsExactlyInAnyOrderElementsOf(answered);
        }
        assertThat(records)
                .allSatisfy(record -> assertThat(record.text("protocol")).isEqualTo("http2"));
    }

    private List<WatchedRecord> awaitOf(KyanosProcess kyanos, RunningProgram client, int count) {
        long pid = client.pid();
        Predicate<WatchedRecord> ofClient = record -> record.side().equals("client") && record.pid() == pid;
        return kyanos
                .awaitRecordsOf(
                        jetty.port(),
                        seen -> assertThat(seen.stream().filter(ofClient)).hasSize(count))
                .stream()
                .filter(ofClient)
                .toList();
    }

    private static List<String> lines(List<WatchedRecord> records) {
        return records.stream()
                .map(record -> JettyServer.line(
                        record.attribute("method"),
                        record.path(),
                        Integer.parseInt(record.status()),
                        bodyBytes(record)))
                .toList();
    }

    /** Of the response. */
    private static int bodyBytes(WatchedRecord record) {
        String sizes = record.attribute("body_bytes");
        return Integer.parseInt(sizes.substring(sizes.lastIndexOf(' ') + 1));
    }
}
