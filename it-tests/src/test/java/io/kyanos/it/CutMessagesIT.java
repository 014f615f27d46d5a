package io.kyanos.it;

import static io.kyanos.it.HttpConnection.get;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that end before their end, by whose doing, as both ends see it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CutMessagesIT {

    private static final int ANNOUNCED = 5_000_000;

    /* Announces more than it sends; takes an upload and says how much of it has come. */
    private static final String LIAR = """
            import http.server, sys

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def do_GET(self):
                    self.send_response(200)
                    self.send_header("Content-Length", sys.argv[2])
                    self.end_headers()
                    self.wfile.write(b"x" * 30000)
                    self.close_connection = True

                def do_POST(self):
                    announced = int(self.headers["Content-Length"])
                    came = len(self.rfile.read(announced))
                    print("came", came, flush=True)
                    self.close_connection = came < announced

            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
            print("listening", flush=True)
            server.serve_forever()
            """;

    private KyanosProcess kyanos;
    private Servers.Server node;
    private Servers.Server nginx;
    private Servers.Server python;

    @BeforeAll
    void start() {
        Requires.captureAnd("node", "nginx", "python3");
        kyanos = watch();
        node = Servers.told();
        python = Servers.python(LIAR, Integer.toString(ANNOUNCED));
        nginx = Servers.nginx(
                "log_format line '$request_method $uri $status $bytes_sent';",
                "access_log lines.log line; root www; limit_rate 100k; sendfile_max_chunk 8k;");
        serveFile(nginx.program().folder());
    }

    @AfterAll
    void stop() {
        Servers.closeAll(kyanos, nginx, python, node);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunks", "length"})
    void anAnswerThatItsServerCutsIsAnErrorOnBothSides(String as) {
        String name = "of=server-" + as;
        long came;
        try (HttpConnection client = new HttpConnection(node.port())) {
            client.send(get("/stream?as=" + as + "&length=" + ANNOUNCED + "&" + name));
            client.readHead();
            node.program().tell("piece 20000\n");
            client.readBytes(20_000);
            node.program().tell("cut\n");
            came = client.readToEnd().received();
        }

        assertCutByServer(recordsOf(kyanos, node, name), came);
    }

    @Test
    void anAnswerShorterThanAnnouncedIsAnErrorOfTheBytesThatCame() {
        long came;
        try (HttpConnection client = new HttpConnection(python.port())) {
            came = client.send(get("/short")).readToEnd().received();
        }

        assertCutByServer(recordsOf(kyanos, python, "/short"), came);
    }

    @Test
    void aDownloadWhoseWorkerDiesIsAnErrorOfTheBytesThatCame() {
        long came;
        try (HttpConnection client = new HttpConnection(nginx.port())) {
            client.send(get("/large?of=killed"));
            client.readHead();
            client.readBytes(20_000);
            long worker = nginx.program().pid();
            assertThat(worker).isNotEqualTo(nginx.pid());
            Commands.run("kill", "-KILL", Long.toString(worker)).expectSuccess();
            came = client.readToEnd().received();
        }

        assertCutByServer(recordsOf(kyanos, nginx, "of=killed"), came);
    }

    @Test
    void aDownloadThatItsClientLeavesIsTheClientsErrorAndKeepsItsStatusWhereItIsServed() throws IOException {
        long read;
        try (HttpConnection client = new HttpConnection(nginx.port())) {
            client.send(get("/large?of=left"));
            client.readHead();
            read = client.readBytes(20_000).received();
        }

        List<WatchedRecord> records = recordsOf(kyanos, nginx, "of=left");
        long sent = bytesLogged("GET /large 200 ");

        assertCutByClient(records);
        assertThat(only("server", records).number("resp_size_bytes")).isEqualTo((int) sent);
        assertThat(only("client", records).number("resp_size_bytes")).isBetween((int) read, (int) sent);
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunks", "length"})
    void aStreamThatItsClientLeavesIsTheClientsErrorAndKeepsItsStatusWhereItIsServed(String as) {
        String name = "of=client-" + as;
        long read;
        try (HttpConnection client = new HttpConnection(node.port())) {
            client.send(get("/stream?as=" + as + "&length=" + ANNOUNCED + "&" + name));
            client.readHead();
            node.program().tell("piece 20000\n");
            // all that was sent, so that the end is in order
            int framing = as.equals("chunks") ? "4e20\r\n\r\n".length() : 0;
            read = client.readBytes(20_000 + framing).received();
        }

        List<WatchedRecord> records = recordsOf(kyanos, node, name);
        assertCutByClient(records);
        assertThat(records)
                .extracting(record -> record.number("resp_size_bytes"))
                .containsOnly((int) read);
    }

    @Test
    void anUploadThatItsClientCutsCountsTheBytesThatCame() {
        String head = "POST /upload?of=cut HTTP/1.1\r\nHost: it\r\nContent-Length: 100000\r\n\r\n";
        try (HttpConnection client = new HttpConnection(python.port())) {
            client.send(head + "u".repeat(40_000));
        }
        python.program().awaitOutput("came 40000");

        assertThat(recordsOf(kyanos, python, "of=cut")).allSatisfy(record -> {
            assertThat(record.outcome()).isEqualTo("unanswered");
            assertThat(record.unanswered()).isEqualTo("closed");
            assertThat(record.isTrue("truncated")).isTrue();
            assertThat(record.number("req_size_bytes")).isEqualTo(head.length() + 40_000);
        });
    }

    @Test
    void anUploadThatItsServerCutsCountsTheBytesThatCame() {
        String head = "POST /upload?of=refused HTTP/1.1\r\nHost: it\r\nContent-Length: 100000\r\n\r\n";
        try (HttpConnection client = new HttpConnection(node.port())) {
            client.send(head + "u".repeat(20_000));
            node.program().awaitOutput("upload comes");
            node.program().tell("cut\n");
            client.readToEnd();
        }

        assertThat(recordsOf(kyanos, node, "of=refused")).allSatisfy(record -> {
            assertThat(record.outcome()).isEqualTo("unanswered");
            assertThat(record.isTrue("truncated")).isTrue();
            assertThat(record.number("req_size_bytes")).isBetween(head.length(), head.length() + 20_000);
        });
    }

    @Test
    void aMessageThatOnlyTheCaptureCutsKeepsItsOutcomeAndSize() {
        try (KyanosProcess little = watch("--set", "kyanos.capture.max-payload-bytes=4KiB");
                HttpConnection client = new HttpConnection(node.port())) {
            long bytes = client.send(get("/writes?count=3&size=60001")).readAnswer();
            client.send(get("/status/276")).readAnswer();

            List<WatchedRecord> records = recordsOf(little, node, "size=60001");
            assertThat(records)
                    .allSatisfy(record -> assertThat(record.outcome()).isEqualTo("ok"))
                    .extracting(record -> record.number("resp_size_bytes"))
                    .containsOnly((int) bytes);
            assertThat(recordsOf(little, node, "/status/276"))
                    .extracting(WatchedRecord::status)
                    .containsOnly("276");
        }
    }

    private static void assertCutByServer(List<WatchedRecord> records, long came) {
        assertThat(records).allSatisfy(record -> {
            assertThat(record.status()).isEqualTo("200");
            assertThat(record.outcome()).isEqualTo("error");
            assertThat(record.attribute("reason")).contains("incomplete");
        });
        // what was on its way when the server died never comes
        assertThat(only("client", records).number("resp_size_bytes")).isEqualTo((int) came);
        assertThat(only("server", records).number("resp_size_bytes")).isGreaterThanOrEqualTo((int) came);
        assertThat(only("server", records).number("resp_size_bytes")).isLessThan(ANNOUNCED);
    }

    private static void assertCutByClient(List<WatchedRecord> records) {
        WatchedRecord client = only("client", records);
        assertThat(client.status()).isEqualTo("200");
        assertThat(client.outcome()).isEqualTo("error");
        assertThat(client.attribute("reason")).contains("incomplete");
        WatchedRecord server = only("server", records);
        assertThat(server.status()).isEqualTo("200");
        assertThat(server.outcome()).isEqualTo("ok");
        assertThat(server.isTrue("truncated")).isTrue();
    }

    private static WatchedRecord only(String side, List<WatchedRecord> records) {
        List<WatchedRecord> of =
                records.stream().filter(record -> record.side().equals(side)).toList();
        assertThat(of).hasSize(1);
        return of.get(0);
    }

    /** The records of both sides whose path is {@code target} or whose query ends with it. */
    private static List<WatchedRecord> recordsOf(KyanosProcess kyanos, Servers.Server server, String target) {
        return kyanos
                .awaitRecordsOf(
                        server.port(),
                        seen -> assertThat(seen.stream().filter(record -> is(target, record)))
                                .hasSize(2))
                .stream()
                .filter(record -> is(target, record))
                .toList();
    }

    private static boolean is(String target, WatchedRecord record) {
        return record.path().equals(target) || record.attribute("query").endsWith(target);
    }

    private long bytesLogged(String line) throws IOException {
        Path log = nginx.program().folder().resolve("lines.log");
        Awaitility.await(line)
                .until(() -> Files.readAllLines(log).stream().anyMatch(logged -> logged.startsWith(line)));
        return Files.readAllLines(log).stream()
                .filter(logged -> logged.startsWith(line))
                .mapToLong(logged -> Long.parseLong(logged.substring(line.length())))
                .max()
                .orElseThrow();
    }

    private static KyanosProcess watch(String... more) {
        String[] arguments = {
            "http", "--pids", Long.toString(ProcessHandle.current().pid()), "--max-print-bytes", "0"
        };
        return KyanosProcess.watch(Servers.concat(arguments, more));
    }

    private static void serveFile(Path folder) {
        try {
            Files.write(Files.createDirectory(folder.resolve("www")).resolve("large"), new byte[ANNOUNCED]);
        } catch (IOException e) {
            throw new AssertionError("write a file to serve", e);
        }
    }
}
