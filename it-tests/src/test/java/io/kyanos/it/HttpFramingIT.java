package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Each request that is not as it should be is one record, with the answer that the server gave to it. */
class HttpFramingIT {

    private static final Pattern STATUS_LINE = Pattern.compile("(?:^|\\n|})HTTP/1\\.[01] (\\d{3})");
    private static final String HOST = "Host: a\r\n";
    private static final String CHUNKED = HOST + "Transfer-Encoding: chunked\r\n";
    private static final String CHUNKS = "\r\n3\r\nabc\r\n0\r\n\r\n";
    private static final String EVIL = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String LONG = "long";
    private static final Map<String, Case> CASES = cases();

    private static final String PYTHON = """
            import http.server, sys

            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def do_GET(self):
                    self.rfile.read(max(0, int(self.headers.get("Content-Length") or 0)))
                    self.send_response(200)
                    self.send_header("Content-Length", "3")
                    self.end_headers()
                    self.wfile.write(b"ok\\n")

                do_POST = do_GET

            server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
            print("listening")
            server.serve_forever()
            """;
    private static final String NODE = """
            const server = require("http").createServer((request, response) => {
              request.on("error", () => {});
              request.on("end", () => response.end("ok\\n"));
              request.resume();
            });
            server.listen(Number(process.argv[2]), "127.0.0.1");
            """;

    /** @param malformed what the record says; empty if nothing */
    private record Case(String bytes, String malformed) {}

    private static Map<String, Case> cases() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("no-colon", new Case(get(HOST + "no colon\r\n"), "header"));
        cases.put("blank-before-colon", new Case(get(HOST + "X-A : 1\r\n"), "header"));
        cases.put("name-above-ascii", new Case(get(HOST + "X-\u00e9: 1\r\n"), "header"));
        cases.put("value-above-ascii", new Case(get(HOST + "X-A: \u00c3\u00a9\u00ff\r\n"), ""));
        cases.put("control", new Case(get(HOST + "X-A: a\1b\r\n"), "header"));
        cases.put("nul", new Case(get(HOST + "X-A: a\0b\r\n"), "header"));
        cases.put("bare-cr", new Case(get(HOST + "X-A: a\rb\r\n"), "header"));
        cases.put("fold", new Case(get(HOST + "X-A: a\r\n b\r\n"), "fold"));
        cases.put("nameless", new Case(get(HOST + ": a\r\n"), "header"));
        cases.put("many", new Case(get(HOST + "X-A: 1\r\n".repeat(300)), "too_many_headers"));
        cases.put(LONG, new Case(get(HOST + "X-A: " + "a".repeat(20_000) + "\r\n"), "header_too_long"));
        cases.put("version-1.2", new Case("GET /PATH HTTP/1.2\r\n" + HOST + "\r\n", "version"));
        cases.put("version-2.0", new Case("GET /PATH HTTP/2.0\r\n" + HOST + "\r\n", "version"));
        cases.put("blanks", new Case("GET  /PATH  HTTP/1.1\r\n" + HOST + "\r\n", "start_line"));
        cases.put("tabs", new Case("GET\t/PATH\tHTTP/1.1\r\n" + HOST + "\r\n", "start_line"));
        cases.put("trailing", new Case("GET /PATH HTTP/1.1 \r\n" + HOST + "\r\n", "start_line"));
        cases.put("unknown-method", new Case("FOO /PATH HTTP/1.1\r\n" + HOST + "\r\n", ""));
        cases.put("lower-case-method", new Case("get /PATH HTTP/1.1\r\n" + HOST + "\r\n", ""));
        cases.put("extension", new Case(post(CHUNKED, "\r\n3;a=\1\r\nabc\r\n0\r\n\r\n"), "chunk"));
        cases.put("chunk-line", new Case(post(CHUNKED, "\r\n3 x\r\nabc\r\n0\r\n\r\n"), "chunk"));
        cases.put("chunk-size", new Case(post(CHUNKED, "\r\nzz\r\n" + EVIL), "chunk"));
        cases.put("gzip-chunked", new Case(post(HOST + "Transfer-Encoding: gzip, chunked\r\n", CHUNKS), ""));
        cases.put(
                "chunked-gzip",
                new Case(post(HOST + "Transfer-Encoding: chunked, gzip\r\n", CHUNKS + EVIL), "transfer_encoding"));
        cases.put("coding-and-length", new Case(post(CHUNKED + "Content-Length: 3\r\n", CHUNKS), "content_length"));
        cases.put(
                "differing-lengths",
                new Case(
                        post(HOST + "Content-Length: 3\r\nContent-Length: 4\r\n", "\r\nabc" + EVIL), "content_length"));
        cases.put("same-lengths", new Case(post(HOST + "Content-Length: 3\r\n".repeat(2), "\r\nabc"), ""));
        cases.put("plus-length", new Case(post(HOST + "Content-Length: +3\r\n", "\r\nabc" + EVIL), "content_length"));
        return cases;
    }

    @Test
    void seesWhatNginxMakesOfEach() {
        Requires.captureAnd("nginx");
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 'ok'; }")) {
            assertOneRecordFor(nginx, CASES);
        }
    }

    @Test
    void seesWhatPythonMakesOfEach() {
        Requires.captureAnd("python3");
        try (Servers.Server python = Servers.python(PYTHON)) {
            assertOneRecordFor(python, CASES);
        }
    }

    @Test
    void seesWhatNodeMakesOfEach() throws IOException {
        Requires.captureAnd("node");
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("server.js"), NODE);
        try (Servers.Server node =
                Servers.accepting(RunningProgram.startIn(folder, "node", "server.js", Integer.toString(port)), port)) {
            assertOneRecordFor(node, CASES);
        }
    }

    @Test
    void seesWhatHaproxyMakesOfEach() throws IOException {
        Requires.captureAnd("haproxy", "nginx");
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 'ok'; }")) {
            Files.writeString(
                    folder.resolve("haproxy.cfg"),
                    "defaults\n mode http\n timeout client 30s\n timeout server 30s\n timeout connect 5s\n"
                            + "listen front\n bind 127.0.0.1:" + port + "\n server back 127.0.0.1:" + nginx.port()
                            + "\n");
            try (Servers.Server haproxy =
                    Servers.accepting(RunningProgram.startIn(folder, "haproxy", "-db", "-f", "haproxy.cfg"), port)) {
                Map<String, Case> cases = new LinkedHashMap<>(CASES);
                // it answers when its buffer is full, and reads no more: nobody sees how long the field is
                cases.computeIfPresent(LONG, (name, one) -> new Case(one.bytes(), ""));
                assertOneRecordFor(haproxy, cases);
            }
        }
    }

    private static void assertOneRecordFor(Servers.Server server, Map<String, Case> cases) {
        try (WatchInside kyanos = WatchInside.start(
                "http",
                "--side",
                "server",
                "--local-ports",
                Integer.toString(server.port()),
                "--max-print-bytes",
                "0")) {
            Map<String, String> answered = new LinkedHashMap<>();
            cases.forEach((name, one) ->
                    answered.put(name, ask(server.port(), one.bytes().replace("PATH", name))));

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(named(seen)).containsAll(answered.keySet()));
            kyanos.stop();

            assertThat(named(records))
                    .as("each once, and nothing else")
                    .containsExactlyInAnyOrderElementsOf(answered.keySet());
            for (WatchedRecord record : records) {
                String name = record.path().substring(1);
                assertThat(record.status()).as("status of %s", name).isEqualTo(answered.get(name));
                assertThat(record.attribute("malformed"))
                        .as("malformed of %s", name)
                        .isEqualTo(cases.get(name).malformed());
            }
        }
    }

    private static List<String> named(List<WatchedRecord> records) {
        return records.stream()
                .filter(record -> !record.attribute("method").isEmpty())
                .map(record -> record.path().substring(1))
                .toList();
    }

    private static String get(String fields) {
        return "GET /PATH HTTP/1.1\r\n" + fields + "\r\n";
    }

    private static String post(String fields, String body) {
        return "POST /PATH HTTP/1.1\r\n" + fields + body;
    }

    /** Sends the bytes, no more, and reads to the end. The first status that came back, or nothing. */
    private static String ask(int port, String latin1) {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.getOutputStream().write(latin1.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            socket.getInputStream().transferTo(answer);
        } catch (IOException ignored) {
            // A server that leaves with bytes unread resets; what it said before is its answer all the same.
        }
        Matcher status = STATUS_LINE.matcher(answer.toString(StandardCharsets.ISO_8859_1));
        return status.find() ? status.group(1) : "";
    }
}
