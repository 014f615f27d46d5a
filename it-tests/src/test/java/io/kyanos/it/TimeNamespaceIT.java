package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In a time namespace, where our own clocks are shifted and the kernel's is not, nothing is different. */
class TimeNamespaceIT {

    private static final long DAYS = 30L * 24 * 60 * 60;
    private static final long UNEVEN = 1;

    /** Answers each request but those of {@code /never}. */
    private static final String SERVER = """
            import socketserver, sys

            class Handler(socketserver.StreamRequestHandler):
                def handle(self):
                    for line in self.rfile:
                        if line.startswith(b"GET /never"):
                            continue
                        if line.startswith(b"GET"):
                            self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")

            socketserver.ThreadingTCPServer.allow_reuse_address = True
            server = socketserver.ThreadingTCPServer(("127.0.0.1", int(sys.argv[1])), Handler)
            print("listening", flush=True)
            server.serve_forever()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("unshare", "python3");
        Commands.Result tried = Commands.run("unshare", "-T", "--fork", "true");
        if (tried.exitCode() != 0) {
            String reason = "skipped, as there are no time namespaces here: " + tried.error();
            System.out.println(reason);
            Assumptions.abort(reason);
        }
    }

    @ParameterizedTest(name = "ahead: {0}")
    @ValueSource(booleans = {true, false})
    void recordsHaveTheTimeOfDayAndTimeOut(boolean ahead) throws IOException {
        try (Servers.Server server = Servers.python(SERVER);
                KyanosProcess kyanos = KyanosProcess.watchUnder(
                        shifted(ahead), "http", "--set", "kyanos.connection.request-timeout=3s")) {
            long before = System.currentTimeMillis();
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                ask(socket);
                socket.getOutputStream().write("GET /never HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                List<WatchedRecord> records = kyanos.awaitRecordsOf(
                        server.port(),
                        seen -> assertThat(seen)
                                .extracting(WatchedRecord::side, WatchedRecord::path, WatchedRecord::unanswered)
                                .containsExactlyInAnyOrder(
                                        tuple("client", "/asked", ""),
                                        tuple("server", "/asked", ""),
                                        tuple("client", "/never", "timeout"),
                                        tuple("server", "/never", "timeout")));
                long after = System.currentTimeMillis();
                assertThat(records)
                        .allSatisfy(record -> assertThat(OffsetDateTime.parse(record.text("start_time"))
                                        .toInstant()
                                        .toEpochMilli())
                                .isBetween(before - UNEVEN, after + UNEVEN));
            }
            assertThat(kyanos.stop("TERM")).isZero();
        }
    }

    @ParameterizedTest(name = "ahead: {0}")
    @ValueSource(booleans = {true, false})
    void theExporterDoesNotLagAndEndsAtOnce(boolean ahead) throws IOException {
        try (Servers.Server server = Servers.python(SERVER);
                KyanosProcess kyanos =
                        KyanosProcess.exporterUnder(shifted(ahead), "--local-ports", Integer.toString(server.port()))) {
            try (Socket socket = new Socket("127.0.0.1", server.port())) {
                ask(socket);
            }
            // a connection is over only once the watermark has passed its end
            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total", "outcome", "ok")).isEqualTo(1);
                assertThat(seen.sum("kyanos_connections_total")).isEqualTo(1);
                assertThat(seen.sum("kyanos_open_connections")).isZero();
            });

            for (String lag : List.of("kyanos_capture_greatest_lag_seconds", "kyanos_capture_lag_seconds")) {
                assertThat(scrape.sum(lag)).as(lag).isNotNegative().isLessThan(Math.abs(shiftSeconds(ahead)));
            }
            scrape.assertNothingDropped();
            assertThat(kyanos.stop("TERM")).isZero();
        }
    }

    private static void ask(Socket socket) throws IOException {
        socket.getOutputStream().write("GET /asked HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        String answer = "";
        while (!answer.endsWith("ok")) {
            byte[] some = new byte[100];
            answer += new String(some, 0, Math.max(0, socket.getInputStream().read(some)), StandardCharsets.US_ASCII);
        }
    }

    /** Through a namespace whose clocks are days ahead, or behind by nearly all that the machine has been up. */
    private static List<String> shifted(boolean ahead) throws IOException {
        String by = Long.toString(shiftSeconds(ahead));
        return new ArrayList<>(List.of("unshare", "-T", "--monotonic", by, "--boottime", by, "--fork", "--kill-child"));
    }

    private static long shiftSeconds(boolean ahead) throws IOException {
        String[] uptime = Files.readString(Path.of("/proc/uptime")).split("[. ]");
        return ahead ? DAYS : -(Long.parseLong(uptime[0]) - 1);
    }
}
