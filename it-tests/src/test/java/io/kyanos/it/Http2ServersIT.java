package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** HTTP/2 of servers of several houses under h2load, as fast as they can, compared with what h2load counts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2ServersIT {

    private static final int EACH = 1000;

    private KyanosProcess kyanos;

    @BeforeAll
    void start() {
        Requires.captureAnd("h2load");
        kyanos = KyanosProcess.exporter(KyanosProcess.ofOurChildren());
    }

    @AfterAll
    void stop() {
        Servers.closeAll(kyanos);
    }

    @Test
    void countsWhatNghttpdAnswers() throws IOException {
        Requires.captureAnd("nghttpd");
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("users"), "hello");
        Files.writeString(folder.resolve("orders"), "hello");
        try (Servers.Server server = Http2Programs.nghttpd(folder)) {
            assertCounted(server.port());
        }
    }

    @Test
    void countsWhatNginxAnswers() throws IOException {
        Requires.captureAnd("nginx");
        int port = Ports.free();
        try (Servers.Server server = Servers.nginx(
                "server { listen 127.0.0.1:" + port + " http2;\nkeepalive_requests 10000;\n"
                        + "location /nothing { return 404; }\nlocation / { return 200 hello; } }",
                "location / { return 404; }")) {
            assertCounted(port);
            assertThat(Files.readAllLines(server.program().folder().resolve("access.log")))
                    .hasSize(3 * EACH);
        }
    }

    @Test
    void countsWhatNodeAnswers() {
        Requires.captureAnd("node");
        try (Servers.Server server = Http2Programs.node("server.js")) {
            assertCounted(server.port());
        }
    }

    @Test
    void countsWhatGoAnswers() {
        Path program = Http2Programs.goProgram(Http2Programs.folder("http2.go", "go.mod"));
        try (Servers.Server server = Http2Programs.go(program)) {
            assertCounted(server.port());
        }
    }

    @Test
    void countsWhatJettyAnswers() {
        try (JettyServer server = JettyServer.start()) {
            assertCounted(server.port());
            assertThat(server.answered()).hasSize(3 * EACH);
        }
    }

    @Test
    void countsWhatHypercornAnswers() {
        Requires.captureAnd("python3");
        try (PythonEnvironment python = PythonEnvironment.with("hypercorn==0.18.0", "h2==4.4.1");
                Servers.Server server = Http2Programs.hypercorn(python)) {
            assertCounted(server.port());
        }
    }

    /** Of three paths, one of which there is not: all requests at both ends, none lost, none unread. */
    private void assertCounted(int port) {
        String url = "http://127.0.0.1:" + port;
        Scrape before = kyanos.scrape();
        String h2load = Commands.run(
                        "h2load",
                        "-n",
                        Integer.toString(3 * EACH),
                        "-c",
                        "2",
                        "-m",
                        "100",
                        url + "/users",
                        url + "/orders",
                        url + "/nothing")
                .expectSuccess();
        assertThat(h2load).contains("status codes: " + 2 * EACH + " 2xx, 0 3xx, " + EACH + " 4xx, 0 5xx");

        Map<String, String> outcomes = Map.of("GET /users", "ok", "GET /orders", "ok", "GET /{id}", "client_error");
        Scrape scrape = kyanos.awaitUnderLoad(seen -> {
            for (String side : List.of("server", "client")) {
                outcomes.forEach((operation, outcome) -> assertThat(
                                counted(seen, operation, side, outcome) - counted(before, operation, side, outcome))
                        .as(side + " " + operation)
                        .isEqualTo(EACH));
            }
        });
        assertThat(scrape.sum("kyanos_requests_total", "protocol", "http2")
                        - before.sum("kyanos_requests_total", "protocol", "http2"))
                .isEqualTo(2.0 * 3 * EACH);
        assertThat(scrape.sum("kyanos_unparsed_bytes_total", "protocol", "http2"))
                .isZero();
        scrape.assertNothingDropped();
    }

    private static double counted(Scrape seen, String operation, String side, String outcome) {
        return seen.sum(
                "kyanos_requests_total", "protocol", "http2", "operation", operation, "side", side, "outcome", outcome);
    }
}
