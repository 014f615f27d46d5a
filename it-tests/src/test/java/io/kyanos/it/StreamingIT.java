package io.kyanos.it;

import static io.kyanos.it.HttpConnection.get;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of HTTP that take their time or are larger than what is captured of a call, as real servers give them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamingIT {

    private static final int TIME_OUT_MILLIS = 2000;
    private static final int TIME_OUTS = 2;
    private static final int LONG = 1_000_000;

    /* Each chunk in a write of its own. */
    private static final String ASYNCIO = """
            import asyncio, sys

            async def serve(reader, writer):
                while head := await reader.readuntil(b"\\r\\n\\r\\n"):
                    writer.write(b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
                    for _ in range(3):
                        body = b"HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n".ljust(int(head.split()[1][1:]), b"x")
                        writer.write(b"%x\\r\\n" % len(body) + body + b"\\r\\n")
                        await writer.drain()
                    writer.write(b"0\\r\\n\\r\\n")
                    await writer.drain()

            async def main():
                server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
                print("listening")
                await server.serve_forever()

            asyncio.run(main())
            """;

    private KyanosProcess kyanos;
    /** Another one, of a short time-out; who needs it must not be slow. */
    private KyanosProcess hasty;

    private Servers.Server node;
    private Servers.Server nginx;
    private Servers.Server haproxy;
    private Servers.Server mute;
    private int asked;

    @BeforeAll
    void start() {
        Requires.captureAnd("node", "nginx", "haproxy", "python3");
        kyanos = watch();
        hasty = watch("--set", "kyanos.connection.request-timeout=" + TIME_OUT_MILLIS + "ms");
        mute = Servers.echo("mute=1");
        node = Servers.told();
        nginx = Servers.nginx(
                "log_format line '$request_method $uri $status $bytes_sent'; gzip_types text/plain;"
                        + "default_type text/plain; sendfile_max_chunk 8k;",
                "access_log lines.log line; root www; location /slow { limit_rate 100k; alias www/; }"
                        + " location /gzip { gzip on; alias www/; }"
                        + " location /slow-gzip { gzip on; limit_rate 25k; alias www/; }"
                        + " location / { proxy_buffering off; proxy_http_version 1.1; proxy_pass http://127.0.0.1:"
                        + node.port() + "; }");
        haproxy = Servers.haproxy(node.port());
        serveFile(nginx.program().folder());
    }

    @AfterAll
    void stop() {
        Servers.closeAll(kyanos, hasty, haproxy, nginx, node, mute);
    }

    /* All at once, so that they share the time-outs that pass. */
    @Test
    void anAnswerThatFlowsLongerThanTheTimeOutIsAnswered() {
        Map<String, HttpConnection> clients = new LinkedHashMap<>();
        try {
            for (String front : List.of("node", "nginx", "haproxy")) {
                for (String as : List.of("chunks", "close", "length")) {
                    String name = "of=" + front + "-" + as;
                    HttpConnection client = new HttpConnection(server(front).port());
                    clients.put(name, client);
                    client.send(get("/stream?as=" + as + "&length=" + LONG + "&" + name, "Connection: close"));
                    client.readHead();
                }
            }
            int[] pieces = new int[1];
            for (int i = 0; i < TIME_OUTS; i++) {
                letTheTimeOutPass(() -> {
                    pieces[0]++;
                    node.program().tell("piece 1000\n");
                    clients.values().forEach(HttpConnection::readSome);
                });
            }
            node.program().tell("piece " + (LONG - pieces[0] * 1000) + "\nend\n");
            // none of them may fall silent as another one is read
            CompletableFuture.allOf(clients.values().stream()
                            .map(client -> CompletableFuture.runAsync(
                                    client::readToEnd, reading -> new Thread(reading).start()))
                            .toArray(CompletableFuture<?>[]::new))
                    .join();
        } finally {
            clients.values().forEach(HttpConnection::close);
        }
        clients.forEach((name, client) -> assertFlowed(name, client.received()));
    }

    private void assertFlowed(String name, long received) {
        Servers.Server server = server(name.substring("of=".length(), name.indexOf('-')));
        List<WatchedRecord> seen = recordsOf(hasty, server, name, 2);
        assertThat(seen)
                .as(name)
                .extracting(record -> record.number("resp_size_bytes"))
                .containsOnly((int) received);
        // behind a proxy two more are of Node's own port
        for (WatchedRecord record : concat(seen, recordsOf(hasty, node, name, 2))) {
            assertThat(record.status()).as(name).isEqualTo("200");
            assertThat(record.outcome()).as(name).isEqualTo("ok");
            assertThat(record.isTrue("truncated")).as(name).isFalse();
            assertThat(record.totalMillis()).as(name).isGreaterThan(TIME_OUTS * TIME_OUT_MILLIS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/slow/lines.txt", "/slow-gzip/lines.txt"})
    void aDownloadThatNginxSlowsDownIsAnsweredHoweverLongItTakes(String path) throws IOException {
        long size;
        try (HttpConnection client = new HttpConnection(nginx.port())) {
            size = client.send(get(path, "Accept-Encoding: gzip")).readAnswer();
        }

        List<WatchedRecord> records = recordsOf(hasty, nginx, path, 2);

        assertThat(records).allSatisfy(record -> {
            assertThat(record.outcome()).isEqualTo("ok");
            assertThat(record.totalMillis()).isGreaterThan(TIME_OUT_MILLIS);
            assertThat(record.number("resp_size_bytes")).isEqualTo((int) size);
        });
        awaitLog("GET " + path + " 200 " + size);
    }

    @ParameterizedTest
    @ValueSource(ints = {40_000, 100_000, 300_000})
    void anAnswerOfLargeChunksEndsWithItsLastOne(int size) {
        String path = "/status/" + (270 + size / 100_000);
        try (HttpConnection client = new HttpConnection(node.port())) {
            long start = client.received();
            client.send(get("/stream?as=chunks&of=" + size));
            client.readHead();
            for (int i = 0; i < 3; i++) {
                node.program().tell("piece " + size + "\n");
                client.readBytes(Integer.toHexString(size).length() + 2 + size + 2);
            }
            node.program().tell("end\n");
            client.readBytes("0\r\n\r\n".length());
            long bytes = client.received() - start;

            List<WatchedRecord> streamed = recordsOf(node, "of=" + size, 2);
            client.send(get(path)).readAnswer();
            List<WatchedRecord> next = recordsOf(node, path, 2);

            assertThat(streamed).allSatisfy(record -> {
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.isTrue("truncated")).isFalse();
                assertThat(record.number("resp_size_bytes")).isEqualTo((int) bytes);
            });
            assertThat(next).extracting(WatchedRecord::status).containsOnly(path.substring("/status/".length()));
            assertNothingInvented(node);
        }
    }

    @Test
    void anAnswerWhoseInnerChunksWereNotSeenEndsWithItsCallOrAtTheNextTurn() {
        try (HttpConnection client = new HttpConnection(node.port())) {
            long bytes = client.send(get("/writes?count=3&size=300001")).readAnswer();
            client.send(get("/status/299")).readAnswer();

            List<WatchedRecord> large = recordsOf(node, "size=300001", 2);
            List<WatchedRecord> next = recordsOf(node, "/status/299", 2);

            assertThat(large).allSatisfy(record -> {
                assertThat(record.status()).isEqualTo("200");
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.number("resp_size_bytes")).isEqualTo((int) bytes);
            });
            assertThat(next).extracting(WatchedRecord::status).containsOnly("299");
            assertNothingInvented(node);
        }
    }

    @Test
    void requestsAfterAnAnswerWhoseEndWasNotSeenArePairedCorrectlyOrNotAtAll() {
        List<String> behind = IntStream.rangeClosed(281, 288)
                .mapToObj(status -> "/status/" + status)
                .toList();
        try (HttpConnection client = new HttpConnection(node.port())) {
            client.send(get("/writes?count=2&size=300002")
                    + behind.stream().map(HttpConnection::get).collect(Collectors.joining()));
            for (int i = 0; i <= behind.size(); i++) {
                client.readAnswer();
            }

            assertThat(recordsOf(node, "size=300002", 2))
                    .extracting(WatchedRecord::outcome)
                    .containsOnly("ok");
            for (String path : behind) {
                assertThat(recordsOf(node, path, 2)).allSatisfy(record -> {
                    if (record.outcome().equals("unanswered")) {
                        assertThat(record.unanswered()).isEqualTo("capture_loss");
                    } else {
                        assertThat(record.status()).isEqualTo(path.substring("/status/".length()));
                    }
                });
            }
            assertNothingInvented(node);
        }
    }

    @Test
    void whatNginxCompressesIsAnsweredAndSoIsTheNextRequest() throws IOException {
        try (HttpConnection client = new HttpConnection(nginx.port())) {
            long bytes =
                    client.send(get("/gzip/lines.txt", "Accept-Encoding: gzip")).readAnswer();
            client.send(get("/status/277")).readAnswer();

            assertThat(recordsOf(nginx, "/gzip/lines.txt", 2)).allSatisfy(record -> {
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.number("resp_size_bytes")).isEqualTo((int) bytes);
            });
            assertThat(recordsOf(nginx, "/status/277", 2))
                    .extracting(WatchedRecord::status)
                    .containsOnly("277");
            awaitLog("GET /gzip/lines.txt 200 " + bytes);
        }
    }

    @Test
    void chunksOfAnAsyncioServerEndWhereItSaysSo() {
        try (Servers.Server python = Servers.python(ASYNCIO);
                HttpConnection client = new HttpConnection(python.port())) {
            long large = client.send(get("/100000")).readAnswer();
            long small = client.send(get("/100")).readAnswer();

            assertThat(recordsOf(python, "/100000", 2))
                    .allSatisfy(record -> assertThat(record.outcome()).isEqualTo("ok"))
                    .extracting(record -> record.number("resp_size_bytes"))
                    .containsOnly((int) large);
            assertThat(recordsOf(python, "/100", 2))
                    .extracting(record -> record.number("resp_size_bytes"))
                    .containsOnly((int) small);
            assertNothingInvented(python);
        }
    }

    @Test
    void anAnswerThatFallsSilentLongerThanTheTimeOutEndsThereWithWhatIsKnown() {
        try (HttpConnection client = new HttpConnection(node.port())) {
            client.send(get("/stream?as=chunks&of=silence"));
            client.readHead();
            node.program().tell("piece 5000\n");
            client.readBytes("1388\r\n".length() + 5000 + 2);

            List<WatchedRecord> records = recordsOf(hasty, node, "of=silence", 2);

            assertThat(records).allSatisfy(record -> {
                assertThat(record.status()).isEqualTo("200");
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.isTrue("truncated")).isTrue();
                assertThat(record.number("resp_size_bytes")).isEqualTo((int) client.received());
            });
            node.program().tell("end\n");
            client.readBytes("0\r\n\r\n".length());
            client.send(get("/status/278")).readAnswer();
            assertThat(recordsOf(node, "/status/278", 2))
                    .extracting(WatchedRecord::status)
                    .containsOnly("278");
            assertNothingInvented(node);
        }
    }

    /** Lets {@code meanwhile} happen until a request that was asked just now has timed out. */
    private void letTheTimeOutPass(Runnable meanwhile) {
        String path = "/mute/" + asked++;
        try (HttpConnection client = new HttpConnection(mute.port())) {
            client.send(get(path));
            Awaitility.await("a time-out").pollInterval(Duration.ofMillis(20)).until(() -> {
                meanwhile.run();
                return hasty.recordsOf(mute.port()).stream()
                        .anyMatch(record -> record.path().equals(path)
                                && record.unanswered().equals("timeout"));
            });
        }
    }

    /** The records of a server's port, of both sides, whose path is {@code target} or whose query ends with it, once there are so many. */
    private List<WatchedRecord> recordsOf(Servers.Server server, String target, int count) {
        return recordsOf(kyanos, server, target, count);
    }

    private static List<WatchedRecord> recordsOf(KyanosProcess by, Servers.Server server, String target, int count) {
        return by
                .awaitRecordsOf(
                        server.port(), seen -> assertThat(of(target, seen)).hasSize(count))
                .stream()
                .filter(record -> is(target, record))
                .toList();
    }

    private static KyanosProcess watch(String... more) {
        String[] arguments = {
            "http", "--pids", Long.toString(ProcessHandle.current().pid()), "--max-print-bytes", "0"
        };
        return KyanosProcess.watch(Servers.concat(arguments, more));
    }

    private static List<WatchedRecord> of(String target, List<WatchedRecord> records) {
        return records.stream().filter(record -> is(target, record)).toList();
    }

    private static boolean is(String target, WatchedRecord record) {
        return record.path().equals(target) || record.attribute("query").endsWith(target);
    }

    private static List<WatchedRecord> concat(List<WatchedRecord> first, List<WatchedRecord> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }

    private void assertNothingInvented(Servers.Server server) {
        assertThat(kyanos.recordsOf(server.port())).allSatisfy(record -> {
            assertThat(record.path()).isNotEqualTo("/inside");
            assertThat(record.operation()).isNotEmpty();
        });
    }

    private Servers.Server server(String name) {
        return switch (name) {
            case "node" -> node;
            case "nginx" -> nginx;
            default -> haproxy;
        };
    }

    private void awaitLog(String line) {
        Path log = nginx.program().folder().resolve("lines.log");
        Awaitility.await(line)
                .untilAsserted(() -> assertThat(Files.readAllLines(log)).contains(line));
    }

    private static void serveFile(Path folder) {
        String lines = IntStream.range(0, 50_000)
                .mapToObj(i -> "line " + i + " of " + Integer.toHexString(i * 7919) + "\n")
                .collect(Collectors.joining());
        try {
            Files.writeString(
                    Files.createDirectory(folder.resolve("www")).resolve("lines.txt"), lines.substring(0, 400_000));
        } catch (IOException e) {
            throw new AssertionError("write a file to serve", e);
        }
    }
}
