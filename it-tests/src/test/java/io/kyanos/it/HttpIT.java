package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The corners of HTTP/1, as programs that people use go through them. */
class HttpIT {

    private static final String JSON = IntStream.range(0, 20)
            .mapToObj(i -> "{\"id\":" + i + ",\"name\":\"user " + i * 7919 % 1000 + "\"}\n")
            .collect(Collectors.joining());

    /* What the encoders of Google and Meta make of JSON. */
    private static final String BROTLI =
            "GyICiB0HdqPPTTKDge2fEUao9Ezb63NjW9/dSAWQ1FEg44nfKRie+afwlMMkSWhCe6OlDE9RBxQcoHhWLv+V7VKL3F839EknTG4PG9NAZIFhKI0GHOzishwk4/7ob3W+evrBvObA/gID1Elg+ShNH3BpFlfEIAtqAA==";
    private static final String ZSTD =
            "KLUv/WAjAbUEAMJFEheQKS0Gy2LJGc3PzNO9sru7d0jvuk6BC0Uyo2034SXXHHXb6fL+SUtXWmVp4+0dJlpelpbSvhfJFMOAHBBzDEIIFAZQjhEMJhEmIGDjxAcaXbxhxs7aGkYXb3ixs7Zm0cUbVuysrVHQZYLtKDp764m6lchAiM4UrhTakFcb8tKwM4WTgjbk1Ya82rC8ThuWN8bGGA==";
    private static final int CHUNK = 60_000;

    /* HTTP of Python's own library; a proxy for CONNECT; the server's half of a WebSocket. */
    private static final String SERVER = """
            import base64, hashlib, http.server, socket, sys, threading

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = sys.argv[2]

                def answer(self, body, **fields):
                    self.send_response(200)
                    for name, value in fields.items():
                        self.send_header(name.replace("_", "-"), value)
                    if self.protocol_version == "HTTP/1.1":
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def do_GET(self):
                    if self.headers.get("Upgrade") == "websocket":
                        self.websocket()
                    elif self.path in ("/br", "/zstd"):
                        coded = base64.b64decode(sys.argv[3 if self.path == "/br" else 4])
                        self.answer(coded, Content_Type="application/json", Content_Encoding=self.path[1:])
                    elif self.path == "/chunks":
                        body = b"x" * int(sys.argv[5])
                        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
                                         + b"%x\\r\\n" % len(body) + body + b"\\r\\n0\\r\\n\\r\\n")
                    else:
                        self.answer(b"at " + self.path.encode(), Content_Type="text/plain")

                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    self.answer(b"%d" % len(body))

                def handle_expect_100(self):
                    if self.path == "/refused":
                        self.send_error(417)
                        self.close_connection = True
                        return False
                    return super().handle_expect_100()

                def do_CONNECT(self):
                    host, port = self.path.split(":")
                    other = socket.create_connection((host, int(port)))
                    self.wfile.write(b"HTTP/1.1 200 Connection established\\r\\n\\r\\n")
                    def pump(come, go):
                        while data := come.recv(65536):
                            go.sendall(data)
                        go.shutdown(socket.SHUT_WR)
                    back = threading.Thread(target=pump, args=(other, self.connection))
                    back.start()
                    pump(self.connection, other)
                    back.join()
                    self.close_connection = True

                def websocket(self):
                    key = self.headers["Sec-WebSocket-Key"].encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                    self.send_response(101)
                    self.send_header("Upgrade", "websocket")
                    self.send_header("Connection", "Upgrade")
                    self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key).digest()).decode())
                    self.end_headers()
                    while True:
                        first, second = self.rfile.read(2)
                        mask = self.rfile.read(4)
                        data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(second & 127)))
                        self.wfile.write(bytes([first, len(data)]) + data)
                        if first & 15 == 8:
                            break
                    self.close_connection = True

            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
            print("listening")
            server.serve_forever()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "python3", "curl");
    }

    @Test
    void aBodyThatNginxCompressesIsShownAsText() throws Exception {
        String gzip =
                "gzip on; gzip_types application/json; gzip_min_length 1; default_type application/json; root www;";
        try (Servers.Server nginx = Servers.nginx("", gzip);
                WatchInside kyanos = serverSide(nginx)) {
            Path folder = nginx.program().folder();
            Files.writeString(Files.createDirectory(folder.resolve("www")).resolve("users"), JSON);

            String seen = Commands.run("curl", "-s", "--compressed", "http://127.0.0.1:" + nginx.port() + "/users")
                    .expectSuccess();

            WatchedRecord record = only(kyanos, nginx);
            assertThat(seen).isEqualTo(JSON);
            assertThat(record.attribute("content_encoding")).isEqualTo("gzip");
            assertThat(record.number("resp_size_bytes")).isLessThan(JSON.length());
            assertThat(record.text("response")).endsWith("\n\n" + JSON);
            assertThat(record.text("resource")).isEqualTo("127.0.0.1:" + nginx.port() + "/users");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"br", "zstd"})
    void bodiesOfNewerCodingsAreShownAsText(String coding) {
        try (Servers.Server server = server("HTTP/1.1");
                WatchInside kyanos = serverSide(server)) {
            // what comes is no text
            curl("-o", "/dev/null", "http://127.0.0.1:" + server.port() + "/" + coding);

            assertThat(only(kyanos, server).text("response")).endsWith("\n\n" + JSON);
        }
    }

    @Test
    void anUploadThatWaitsForPermissionIsOneRecord() {
        try (Servers.Server server = server("HTTP/1.1");
                WatchInside kyanos = serverSide(server)) {
            String address = "http://127.0.0.1:" + server.port();
            String body = "b".repeat(5000);
            curl("-H", "Expect: 100-continue", "-d", body, address + "/upload");
            curl("-H", "Expect: 100-continue", "-d", body, address + "/refused");

            List<WatchedRecord> records =
                    kyanos
                            .awaitRecordsOf(
                                    server.port(), seen -> assertThat(seen).hasSize(2))
                            .stream()
                            .sorted(Comparator.comparing(WatchedRecord::path).reversed())
                            .toList();
            assertThat(records).extracting(WatchedRecord::status).containsExactly("200", "417");
            assertThat(records.get(0).text("request")).contains("\n\n" + "b".repeat(100));
            assertThat(records.get(0).number("req_size_bytes")).isGreaterThan(5000);
            assertThat(records.get(0).text("response"))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("\n\n5000");
            assertThat(records.get(1).number("req_size_bytes")).isLessThan(5000);
        }
    }

    @Test
    void anAnswerOfHttp10EndsWithItsConnection() {
        try (Servers.Server server = server("HTTP/1.0");
                WatchInside kyanos = serverSide(server)) {
            curl("http://127.0.0.1:" + server.port() + "/old");

            WatchedRecord record = only(kyanos, server);
            assertThat(record.outcome()).isEqualTo("ok");
            assertThat(record.text("response")).startsWith("HTTP/1.0 200 OK\n").endsWith("\n\nat /old");
            assertThat(record.isTrue("truncated")).isFalse();
        }
    }

    @Test
    void anAnswerWhoseChunkGoesOnBeyondWhatIsCapturedEndsWhereTheEndOfItsCallShows() {
        String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (Servers.Server server = server("HTTP/1.1");
                WatchInside kyanos = serverSide(server, "--set", "kyanos.capture.max-payload-bytes=4KiB")) {
            String address = "http://127.0.0.1:" + server.port();
            curl(address + "/chunks", address + "/next");

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSize(2));
            int framing = "ea60\r\n".length() + "\r\n0\r\n\r\n".length();
            assertThat(records.get(0).number("resp_size_bytes")).isEqualTo(head.length() + framing + CHUNK);
            assertThat(records.get(0).isTrue("truncated")).isFalse();
            assertThat(records.get(1).path()).isEqualTo("/next");
            assertThat(records.get(1).text("response")).endsWith("at /next");
            assertThat(records.get(1).isTrue("truncated")).isFalse();
        }
    }

    @Test
    void httpInsideOfATunnelIsSeen() {
        try (Servers.Server server = server("HTTP/1.1");
                WatchInside kyanos =
                        WatchInside.start("http", "--max-print-bytes", "4096", "--side", "client", "--comm", "curl")) {
            String address = "127.0.0.1:" + server.port();
            curl("-p", "-x", "http://" + address, "http://" + address + "/inside", "http://" + address + "/again");

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSize(3));
            assertThat(records).extracting(WatchedRecord::operation).first().isEqualTo("CONNECT");
            assertThat(records)
                    .extracting(record -> record.text("resource"))
                    .containsExactly(address, address + "/inside", address + "/again");
            assertThat(records).extracting(WatchedRecord::status).containsOnly("200");
        }
    }

    @Test
    void aWebSocketIsCountedAndPassedOver() throws Exception {
        try (Servers.Server server = server("HTTP/1.1");
                ExporterInside kyanos = ExporterInside.start("--local-ports", server.port())) {
            CompletableFuture<String> echoed = new CompletableFuture<>();
            WebSocket socket = HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/chat"), new WebSocket.Listener() {
                        @Override
                        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
                            echoed.complete(data.toString());
                            return CompletableFuture.completedStage(null);
                        }
                    })
                    .get(30, TimeUnit.SECONDS);
            socket.sendText("GET / HTTP/1.1", true).get(30, TimeUnit.SECONDS);
            assertThat(echoed.get(30, TimeUnit.SECONDS)).isEqualTo("GET / HTTP/1.1");
            socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(30, TimeUnit.SECONDS);

            kyanos.await(scrape -> {
                assertThat(scrape.sum("kyanos_upgraded_connections_total", "protocol", "http", "to", "websocket"))
                        .isEqualTo(1);
                assertThat(scrape.sum("kyanos_stream_bytes_total", "fate", "upgraded"))
                        .isGreaterThan(40);
                assertThat(scrape.sum("kyanos_requests_total", "operation", "GET /chat", "outcome", "ok"))
                        .isEqualTo(1);
                assertThat(scrape.sum("kyanos_requests_total")).isEqualTo(1);
                assertThat(scrape.sum("kyanos_unparsed_bytes_total")).isZero();
            });
        }
    }

    private static Servers.Server server(String version) {
        return Servers.python(SERVER, version, BROTLI, ZSTD, Integer.toString(CHUNK));
    }

    private static WatchInside serverSide(Servers.Server server, String... more) {
        String[] arguments = {
            "http", "--max-print-bytes", "4096", "--side", "server", "--local-ports", Integer.toString(server.port())
        };
        return WatchInside.start(Servers.concat(arguments, more));
    }

    private static void curl(String... arguments) {
        Commands.run(Servers.concat(new String[] {"curl", "-s"}, arguments)).expectSuccess();
    }

    private static WatchedRecord only(WatchInside kyanos, Servers.Server server) {
        return kyanos.awaitRecordsOf(server.port(), seen -> assertThat(seen).hasSize(1))
                .get(0);
    }
}
