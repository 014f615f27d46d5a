package io.kyanos.it;

import static io.kyanos.it.HttpConnection.get;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first message of a connection is a record, whatever its size and kind, and so are those that come with it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FirstCallIT {

    /* Any method, with a body or without. */
    private static final String SERVER = """
            import http.server, sys

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def do(self):
                    body = b"%d" % len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
                    self.send_response(207)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                do_GET = do_PROPFIND = do_POST = do_REPORT = do

            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
            print("listening", flush=True)
            server.serve_forever()
            """;

    private KyanosProcess kyanos;
    private Servers.Server nginx;
    private Servers.Server haproxy;
    private Servers.Server python;
    private Servers.Server redis;

    @BeforeAll
    void start() {
        Requires.captureAnd("nginx", "haproxy", "python3", "redis-server");
        kyanos = KyanosProcess.watch(
                "--pids", Long.toString(ProcessHandle.current().pid()), "--max-print-bytes", "0");
        nginx = Servers.nginx(
                "large_client_header_buffers 4 64k; log_format line '$request_method $request_uri $status';",
                "access_log lines.log line; location / { return 200 'ok'; }");
        haproxy = Servers.haproxy(nginx.port());
        python = Servers.python(SERVER);
        redis = Servers.redis();
    }

    @AfterAll
    void stop() {
        Servers.closeAll(kyanos, haproxy, nginx, python, redis);
    }

    @ParameterizedTest
    @ValueSource(ints = {3_000, 4_070, 5_000, 8_000, 30_000})
    void aFirstHeadOfAnySizeIsARecordAndSoIsTheNext(int cookie) {
        try (HttpConnection client = new HttpConnection(nginx.port())) {
            client.send(get("/first/" + cookie, "Cookie: id=" + "c".repeat(cookie)))
                    .readAnswer();
            client.send(get("/second/" + cookie)).readAnswer();
        }

        assertAnswered(nginx, "/first/" + cookie, "200");
        assertAnswered(nginx, "/second/" + cookie, "200");
    }

    @Test
    void aFirstHeadOfManyFieldsIsARecordOnBothSidesOfAProxy() {
        String[] fields = IntStream.range(0, 200)
                .mapToObj(i -> "X-Field-" + i + ": " + "f".repeat(80))
                .toArray(String[]::new);
        try (HttpConnection client = new HttpConnection(haproxy.port())) {
            client.send(get("/many", fields)).readAnswer();
        }

        assertAnswered(haproxy, "/many", "200");
        assertAnswered(nginx, "/many", "200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROPFIND", "REPORT"})
    void aFirstRequestOfAnotherMethodWithALongHeadIsARecord(String method) {
        try (HttpConnection client = new HttpConnection(python.port())) {
            client.send(method + " /dav/" + method + " HTTP/1.1\r\nHost: it\r\nX-Long: " + "p".repeat(6_000)
                            + "\r\nContent-Length: 11\r\n\r\n<propfind/>")
                    .readAnswer();
        }

        assertAnswered(python, "/dav/" + method, "207");
    }

    @ParameterizedTest
    @ValueSource(ints = {60_000, 100_000, 2_000_000})
    void aFirstUploadIsARecordOfItsWholeSize(int size) {
        String head = "POST /upload/" + size + " HTTP/1.1\r\nHost: it\r\nContent-Length: " + size + "\r\n\r\n";
        try (HttpConnection client = new HttpConnection(python.port())) {
            client.send(head + "u".repeat(size)).readAnswer();
        }

        assertThat(assertAnswered(python, "/upload/" + size, "207"))
                .extracting(record -> record.number("req_size_bytes"))
                .containsOnly(head.length() + size);
    }

    @Test
    void allRequestsOfAFirstPipelineAreRecords() {
        List<String> paths =
                IntStream.range(0, 100).mapToObj(i -> "/pipeline/" + i).toList();
        try (HttpConnection client = new HttpConnection(nginx.port())) {
            client.send(paths.stream()
                    .map(path -> get(path, "X-Pad: " + "y".repeat(80)))
                    .collect(Collectors.joining()));
            for (int i = 0; i < paths.size(); i++) {
                client.readAnswer();
            }
        }

        for (String path : paths) {
            assertAnswered(nginx, path, "200");
        }
    }

    @Test
    void aFirstRequestAfterAnEmptyLineIsARecord() {
        try (HttpConnection client = new HttpConnection(nginx.port())) {
            client.send("\r\n" + get("/empty-line", "Cookie: id=" + "c".repeat(5_000)))
                    .readAnswer();
        }

        assertAnswered(nginx, "/empty-line", "200");
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 500})
    void allCommandsOfAFirstPipelineAreRecords(int count) {
        try (RespClient client = new RespClient(redis)) {
            client.send(IntStream.range(0, count)
                    .mapToObj(i -> "SETEX key:" + count + " 100 " + "v".repeat(85))
                    .toArray(String[]::new));
            client.read(count);
        }

        assertCommands("SETEX", "key:" + count, count);
    }

    @ParameterizedTest
    @ValueSource(ints = {5_000, 70_000, 200_000})
    void aFirstCommandOfAnySizeIsARecordAndSoIsTheNext(int size) {
        try (RespClient client = new RespClient(redis)) {
            client.ask("SET large:" + size + " " + "v".repeat(size));
            client.ask("GET next:" + size);
        }

        assertCommands("SET", "large:" + size, 1);
        assertCommands("GET", "next:" + size, 1);
    }

    @Test
    void aFirstCommandOfManyWordsIsARecordAndSoIsTheNext() {
        try (RespClient client = new RespClient(redis)) {
            client.ask("RPUSH list"
                    + IntStream.range(0, 2_000).mapToObj(i -> " value:" + i).collect(Collectors.joining()));
            client.ask("LLEN list");
        }

        assertCommands("RPUSH", "list", 1);
        assertCommands("LLEN", "list", 1);
    }

    @Test
    void aFirstInlineCommandIsARecord() {
        try (RespClient client = new RespClient(redis)) {
            client.sendBytes("SET inline " + "v".repeat(5_000) + "\r\n");
            client.read();
        }

        assertCommands("SET", "inline", 1);
    }

    private List<WatchedRecord> assertAnswered(Servers.Server server, String path, String status) {
        List<WatchedRecord> records = records(server, record -> record.path().equals(path), 2);
        assertThat(records).extracting(WatchedRecord::status).containsOnly(status);
        assertThat(records).extracting(record -> record.isTrue("truncated")).containsOnly(false);
        return records;
    }

    private void assertCommands(String command, String key, int count) {
        List<WatchedRecord> records = records(
                redis,
                record ->
                        record.operation().equals(command) && record.resource().equals(key),
                2 * count);
        assertThat(records).extracting(WatchedRecord::outcome).containsOnly("ok");
        assertThat(records)
                .extracting(WatchedRecord::side)
                .filteredOn("client"::equals)
                .hasSize(count);
    }

    private List<WatchedRecord> records(Servers.Server server, Predicate<WatchedRecord> wanted, int count) {
        return kyanos
                .awaitRecordsOf(
                        server.port(),
                        seen -> assertThat(seen.stream().filter(wanted)).hasSize(count))
                .stream()
                .filter(wanted)
                .toList();
    }
}
