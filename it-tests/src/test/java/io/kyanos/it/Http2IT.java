package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** HTTP/2 of real servers and of clients of several houses, compared with what h2load counts. */
class Http2IT {

    private static final int REQUESTS = 20_000;

    /** Answers by path, and echoes bodies. */
    private static final String NODE_SERVER = """
            const http2 = require('http2');
            const server = http2.createServer();
            server.on('stream', (stream, headers) => {
              const path = headers[':path'];
              stream.on('error', () => {});
              if (path === '/refused') {
                stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
              } else if (headers[':method'] === 'POST') {
                stream.respond({':status': 201});
                stream.pipe(stream);
              } else {
                stream.additionalHeaders({':status': 103});
                stream.respond({':status': path.startsWith('/users') ? 200 : 404}, {waitForTrailers: true});
                stream.on('wantTrailers', () => stream.sendTrailers({'x-sum': '1'}));
                stream.end('hello');
              }
            });
            server.listen(Number(process.argv[2]), '127.0.0.1');
            """;

    /** One session; for each line of its input, a method and a path, a request. */
    private static final String NODE_CLIENT = """
            const http2 = require('http2');
            const session = http2.connect('http://127.0.0.1:' + process.argv[2]);
            session.on('connect', () => console.log('connected'));
            require('readline').createInterface({input: process.stdin}).on('line', line => {
              const [method, path, size] = line.split(' ');
              const request = session.request({':method': method, ':path': path}, {endStream: !size});
              let bytes = 0;
              let status = 'none';
              request.on('response', headers => { status = headers[':status']; });
              request.on('data', data => { bytes += data.length; });
              request.on('error', error => { status = error.message; });
              request.on('close', () => console.log(path + ' ' + status + ' ' + bytes));
              if (size) request.end('x'.repeat(Number(size)));
            }).on('close', () => session.close());
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("nghttpd", "nghttp", "h2load", "nginx", "curl", "node");
    }

    @Test
    void countsWhatH2loadCounts() {
        try (Servers.Server nghttpd = nghttpd();
                KyanosProcess kyanos = KyanosProcess.exporter("--ports", Integer.toString(nghttpd.port()))) {
            Commands.Result h2load = Commands.run(
                    "h2load",
                    "-n",
                    Integer.toString(REQUESTS),
                    "-c",
                    "4",
                    "-m",
                    "100",
                    "http://127.0.0.1:" + nghttpd.port() + "/index.html");
            h2load.expectSuccess();

            assertThat(h2load.output()).contains("status codes: " + REQUESTS + " 2xx, 0 3xx, 0 4xx, 0 5xx");
            Scrape scrape = kyanos.awaitUnderLoad(seen -> {
                for (String side : List.of("server", "client")) {
                    assertThat(seen.sum(
                                    "kyanos_requests_total",
                                    "protocol",
                                    "http2",
                                    "operation",
                                    "GET /index.html",
                                    "outcome",
                                    "ok",
                                    "side",
                                    side))
                            .as(side)
                            .isEqualTo(REQUESTS);
                }
            });
            scrape.assertNothingDropped();
            assertThat(scrape.sum("kyanos_requests_total")).isEqualTo(2.0 * REQUESTS);
        }
    }

    @Test
    void namesWhatClientsOfSeveralHousesAskOfServersOfSeveral() {
        try (Servers.Server nghttpd = nghttpd();
                Servers.Server nginx = nginx();
                Servers.Server node = node();
                KyanosProcess kyanos =
                        KyanosProcess.watch("--side", "server", "--ports", ports(nghttpd, nginx, node))) {
            for (Servers.Server server : List.of(nghttpd, nginx, node)) {
                curl(server, "/users/7");
                curl(server, "/nothing");
                Commands.run("nghttp", "-n", "http://127.0.0.1:" + server.port() + "/users/7")
                        .expectSuccess();
                try (RunningProgram client = nodeClient(server)) {
                    client.tell("GET /users/7\n");
                    client.awaitOutput("/users/7 ");
                }
            }

            for (Servers.Server server : List.of(nghttpd, nginx, node)) {
                String users = server.equals(nghttpd) ? "404" : "200";
                List<WatchedRecord> records = kyanos.awaitRecordsOf(
                        server.port(), seen -> assertThat(seen).hasSize(4));
                assertThat(records.stream().map(Http2IT::described))
                        .containsExactlyInAnyOrder(
                                "http2 GET /users/{id} " + users,
                                "http2 GET /{id} 404",
                                "http2 GET /users/{id} " + users,
                                "http2 GET /users/{id} " + users);
            }
        }
    }

    @Test
    void tellsBodiesAndResets() {
        try (Servers.Server node = node();
                KyanosProcess kyanos =
                        KyanosProcess.watch("--side", "server", "--ports", Integer.toString(node.port()));
                RunningProgram client = nodeClient(node)) {
            client.tell("POST /users 300000\nGET /refused\n");
            client.awaitOutput("/users 201 300000");
            client.awaitOutput("/refused ");

            List<WatchedRecord> records =
                    kyanos.awaitRecordsOf(node.port(), seen -> assertThat(seen).hasSize(2));
            assertThat(records.stream().map(Http2IT::described))
                    .containsExactlyInAnyOrder("http2 POST /users 201", "http2 GET /{id} REFUSED_STREAM");
        }
    }

    @Test
    void readsAConnectionThatWasOpenBefore() {
        try (Servers.Server node = node();
                RunningProgram client = nodeClient(node)) {
            client.tell("GET /users/1\n");
            client.awaitOutput("/users/1 200 5");
            try (KyanosProcess kyanos = KyanosProcess.watch("--ports", Integer.toString(node.port()))) {
                client.tell("GET /users/2\nGET /nothing\n");
                client.awaitOutput("/users/2 200 5");
                client.awaitOutput("/nothing 404 5");

                List<WatchedRecord> records = kyanos.awaitRecordsOf(
                        node.port(), seen -> assertThat(seen).hasSize(4));
                assertThat(records.stream().map(record -> record.side() + " " + described(record)))
                        .containsExactlyInAnyOrder(
                                "client http2 GET /users/{id} 200",
                                "server http2 GET /users/{id} 200",
                                "client http2 GET /{id} 404",
                                "server http2 GET /{id} 404");
            }
        }
    }

    private static String described(WatchedRecord record) {
        return record.text("protocol") + " " + record.operation() + " " + record.status();
    }

    private static String ports(Servers.Server... servers) {
        return String.join(
                ",",
                List.of(servers).stream()
                        .map(server -> Integer.toString(server.port()))
                        .toList());
    }

    private static void curl(Servers.Server server, String path) {
        Commands.run("curl", "-s", "--http2-prior-knowledge", "http://127.0.0.1:" + server.port() + path)
                .expectSuccess();
    }

    private static Servers.Server nghttpd() {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        write(folder.resolve("index.html"), "hello\n");
        return Servers.accepting(
                RunningProgram.startIn(
                        folder,
                        "nghttpd",
                        "--no-tls",
                        "-d",
                        folder.toString(),
                        "-a",
                        "127.0.0.1",
                        Integer.toString(port)),
                port);
    }

    private static Servers.Server nginx() {
        int port = Ports.free();
        Servers.Server http1 = Servers.nginx(
                "server { listen 127.0.0.1:" + port + " http2;\nlocation /users { return 200 hello; } }",
                "location / { return 404; }");
        return new Servers.Server(http1.program(), "127.0.0.1", port);
    }

    private static Servers.Server node() {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        write(folder.resolve("server.js"), NODE_SERVER);
        return Servers.accepting(RunningProgram.startIn(folder, "node", "server.js", Integer.toString(port)), port);
    }

    private static RunningProgram nodeClient(Servers.Server server) {
        Path folder = RunningProgram.newFolder();
        write(folder.resolve("client.js"), NODE_CLIENT);
        RunningProgram client = RunningProgram.startIn(folder, "node", "client.js", Integer.toString(server.port()));
        client.awaitOutput("connected");
        return client;
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new AssertionError("write " + file, e);
        }
    }
}
