package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Server-sent events and lines of JSON, as real servers write and real clients read them, are counted exactly at both ends. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamedAnswersIT {

    private static final int EVENTS = 300;
    private static final int LARGE = 2000;

    /** Of {@code /events/KIND/NUMBER}: each event in a write of its own, and a comment after every tenth. */
    private static final String NODE = """
            const http = require('http');
            const zlib = require('zlib');
            const types = {
              sse: 'text/event-stream; charset=utf-8', crlf: 'text/event-stream', cr: 'text/event-stream',
              cut: 'text/event-stream', gzip: 'text/event-stream', once: 'text/event-stream',
              lines: 'application/x-ndjson', close: 'application/jsonl', large: 'application/x-ndjson',
            };
            const server = http.createServer(async (request, response) => {
              const [, , kind, number] = request.url.split('/');
              const count = Number(number);
              const end = kind === 'crlf' ? '\\r\\n' : kind === 'cr' ? '\\r' : '\\n';
              const isSse = types[kind].startsWith('text');
              const event = i => isSse
                ? `id: ${i}${end}event: token${end}data: {"n": ${i}}${end}data: more${end}${end}`
                : kind === 'large' ? JSON.stringify({n: i, text: 'x'.repeat(1000)}).padEnd(1099) + '\\n'
                : JSON.stringify({n: i}) + '\\n';
              const head = {'Content-Type': types[kind]};
              if (kind === 'close') {
                response.shouldKeepAlive = false;
                response.useChunkedEncodingByDefault = false;
                response.removeHeader('Transfer-Encoding');
              }
              if (kind === 'large') head['Content-Length'] = 1100 * count;
              if (kind === 'gzip') head['Content-Encoding'] = 'gzip';
              response.writeHead(200, head);
              const write = text => new Promise(done => response.write(text, done));
              if (kind === 'gzip' || kind === 'once') {
                const all = Array.from({length: count}, (_, i) => event(i)).join('');
                response.end(kind === 'gzip' ? zlib.gzipSync(all) : all);
                return;
              }
              if (isSse) await write(`: welcome${end}${end}retry: 1000${end}${end}`);
              for (let i = 0; i < count; i++) {
                await write(event(i));
                if (isSse && i % 10 === 9) await write(`: ping${end}${end}`);
                if (kind === 'cut' && i === count / 2) { request.socket.destroy(); return; }
              }
              response.end();
            });
            server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
            """;

    /** JSON lines of HTTP/1.0, whose body the end of the connection ends; the last line without an end. */
    private static final String PYTHON = """
            import http.server, json, sys

            class Lines(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    count = int(self.path.split("/")[3])
                    self.send_response(200)
                    self.send_header("Content-Type", "application/stream+json;charset=UTF-8")
                    self.end_headers()
                    for i in range(count):
                        self.wfile.write(json.dumps({"n": i}).encode() + (b"" if i == count - 1 else b"\\r\\n"))

            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Lines)
            print("listening")
            server.serve_forever()
            """;

    private static final String PYTHON_CLIENT = """
            import sys, urllib.request
            print(sum(1 for line in urllib.request.urlopen(sys.argv[1]) if line.strip()))
            """;

    private KyanosProcess kyanos;
    private Servers.Server node;
    private Servers.Server nginx;
    private Servers.Server python;

    @BeforeAll
    void start() {
        Requires.captureAnd("node", "nginx", "python3", "curl");
        kyanos = watch();
        node = node();
        nginx = Servers.nginx(
                "",
                "location / { proxy_buffering off; proxy_http_version 1.1; proxy_pass http://127.0.0.1:" + node.port()
                        + "; }");
        python = Servers.python(PYTHON);
    }

    @AfterAll
    void stop() {
        Servers.closeAll(kyanos, nginx, node, python);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sse", "crlf", "cr", "lines", "close", "once"})
    void eventsOfNodeReadByCurlAreCountedExactlyAtBothEnds(String kind) {
        String path = "/events/" + kind + "/" + EVENTS;

        String read = curl(node, path);

        assertThat(read.lines().filter(line -> line.contains("\"n\":"))).hasSize(EVENTS);
        assertThat(recordsOf(kyanos, node, path, 2))
                .allSatisfy(record -> assertCounted(record, EVENTS))
                .extracting(WatchedRecord::side)
                .containsExactlyInAnyOrder("client", "server");
    }

    @Test
    void throughNginxAllFourEndsCountTheSame() {
        String path = "/events/sse/" + (EVENTS + 1);

        String read = curl(nginx, path);

        assertThat(read.lines().filter(line -> line.equals("data: more"))).hasSize(EVENTS + 1);
        List<WatchedRecord> records = Stream.of(nginx, node)
                .flatMap(server -> recordsOf(kyanos, server, path, 2).stream())
                .toList();
        assertThat(records).hasSize(4).allSatisfy(record -> assertCounted(record, EVENTS + 1));
    }

    @Test
    void linesOfPythonThatTheConnectionsEndEndsAreCounted() {
        String path = "/events/lines/" + EVENTS;

        String read = Commands.run("python3", "-c", PYTHON_CLIENT, address(python, path))
                .expectSuccess();

        assertThat(read.strip()).isEqualTo(Integer.toString(EVENTS));
        assertThat(recordsOf(kyanos, python, path, 2)).allSatisfy(record -> assertCounted(record, EVENTS));
    }

    @ParameterizedTest
    @CsvSource({"sse, 1000", "large, " + LARGE})
    void theJdksClientGetsWhatIsCounted(String kind, int count) throws IOException, InterruptedException {
        String path = "/events/" + kind + "/" + count;
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(address(node, path))).build();

        long read;
        try (Stream<String> lines = HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofLines())
                .body()) {
            read = lines.filter(line -> line.contains("\"n\":")).count();
        }

        assertThat(read).isEqualTo(count);
        assertThat(recordsOf(kyanos, node, path, 2)).allSatisfy(record -> assertCounted(record, count));
    }

    @Test
    void ofAStreamThatItsServerBreaksOffTheEventsThatCameAreCounted() {
        String path = "/events/cut/100";

        Commands.Result read = Commands.run("curl", "-sN", address(node, path));

        assertThat(read.exitCode()).isNotZero();
        assertThat(recordsOf(kyanos, node, path, 2)).allSatisfy(record -> {
            assertThat(record.attribute("events")).isEqualTo("51");
            assertThat(record.attribute("reason")).isEqualTo("incomplete");
        });
    }

    @Test
    void aCodedStreamHasNoCount() {
        String path = "/events/gzip/50";

        String read =
                Commands.run("curl", "-sN", "--compressed", address(node, path)).expectSuccess();

        assertThat(read).contains("\"n\": 49");
        assertThat(recordsOf(kyanos, node, path, 2))
                .allSatisfy(record -> assertThat(record.attribute("events")).isEmpty());
    }

    @Test
    void whatIsBeyondTheCapOfACallMakesTheCountTheLeast() {
        String path = "/events/once/500";
        try (KyanosProcess capped = watch("--set", "kyanos.capture.max-payload-bytes=4KiB")) {
            curl(node, path);

            assertThat(recordsOf(capped, node, path, 2)).allSatisfy(record -> {
                assertThat(record.attribute("events_missed")).isEqualTo("true");
                assertThat(Integer.parseInt(record.attribute("events"))).isBetween(50, 499);
            });
        }
    }

    @Test
    void aFilterFindsStreamsByTheirEvents() {
        try (KyanosProcess filtered = watch("--where", "events > 20 and largest_gap_ms >= 0")) {
            curl(node, "/events/sse/20");
            curl(node, "/status/sse/21");

            assertThat(recordsOf(filtered, node, "/status/sse/21", 2)).hasSize(2);
            assertThat(filtered.recordsOf(node.port())).hasSize(2);
        }
    }

    @Test
    void theHistogramHasEachGapOnce() {
        try (Servers.Server alone = node();
                KyanosProcess exporter = KyanosProcess.exporter("--local-ports", Integer.toString(alone.port()))) {
            for (int i = 0; i < 5; i++) {
                curl(alone, "/events/sse/" + EVENTS);
                curl(alone, "/events/large/" + EVENTS);
            }

            String[] server = {"side", "server", "protocol", "http"};
            Scrape seen = exporter.await(scrape ->
                    assertThat(scrape.sum("kyanos_requests_total", server)).isEqualTo(10));

            assertThat(seen.sum("kyanos_stream_gap_seconds_count", server)).isEqualTo(10 * (EVENTS - 1));
            assertThat(seen.sum("kyanos_stream_gap_seconds_bucket", "side", "server", "protocol", "http", "le", "+Inf"))
                    .isEqualTo(10 * (EVENTS - 1));
            assertThat(seen.sum("kyanos_stream_gap_seconds_sum", server))
                    .isPositive()
                    .isLessThanOrEqualTo(seen.sum("kyanos_request_duration_seconds_sum", server));
            // Large as they are, nobody may pass them over.
            assertThat(seen.sum("kyanos_capture_passed_over_bytes_total")).isZero();
            seen.assertNothingDropped();
        }
    }

    private static void assertCounted(WatchedRecord record, int events) {
        assertThat(record.outcome()).isEqualTo("ok");
        assertThat(record.isTrue("truncated")).isFalse();
        assertThat(record.attribute("events")).isEqualTo(Integer.toString(events));
        assertThat(record.attribute("events_missed")).isEmpty();
        double first = Double.parseDouble(record.attribute("first_event_ms"));
        double median = Double.parseDouble(record.attribute("median_gap_ms"));
        double largest = Double.parseDouble(record.attribute("largest_gap_ms"));
        assertThat(first).isPositive();
        assertThat(median).isBetween(0.0, largest);
        // JSON has a total in whole nanoseconds as well; their sum is exact but for the last digit.
        assertThat(first + largest).isLessThanOrEqualTo(record.totalMillis() + 1e-6);
    }

    private static Servers.Server node() {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        try {
            Files.writeString(folder.resolve("events.js"), NODE);
        } catch (IOException e) {
            throw new AssertionError("write events.js", e);
        }
        RunningProgram program = RunningProgram.startIn(folder, "node", "events.js", Integer.toString(port));
        return Servers.accepting(program, port);
    }

    private static String curl(Servers.Server server, String path) {
        return Commands.run("curl", "-sN", address(server, path)).expectSuccess();
    }

    private static String address(Servers.Server server, String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    private static KyanosProcess watch(String... more) {
        return KyanosProcess.watch(
                Servers.concat(new String[] {"http", "--max-print-bytes", "0"}, KyanosProcess.ofOurChildren(more)));
    }

    private static List<WatchedRecord> recordsOf(KyanosProcess by, Servers.Server server, String path, int count) {
        return by
                .awaitRecordsOf(
                        server.port(),
                        seen -> assertThat(seen)
                                .filteredOn(record -> record.path().equals(path))
                                .hasSize(count))
                .stream()
                .filter(record -> record.path().equals(path))
                .toList();
    }
}
