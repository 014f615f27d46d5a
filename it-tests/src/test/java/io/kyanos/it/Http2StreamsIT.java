package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Streams of HTTP/2 while they are open, what windows do to them, and how they are cut. */
class Http2StreamsIT {

    /** More than the windows that clients begin with. */
    private static final int LARGE = 500_000;

    /** Answers what begins with {@code /open} when it is told to; of {@code /cut} it ends the connection. */
    private static final String SERVER = """
            const http2 = require('http2');
            const open = [];
            let socket;
            const server = http2.createServer();
            server.on('connection', connection => { socket = connection; });
            server.on('sessionError', () => {});
            server.on('stream', (stream, headers) => {
              const path = headers[':path'];
              stream.on('error', () => {});
              stream.respond({':status': 200});
              if (path.startsWith('/open')) {
                stream.write('x');
                open.push(stream);
              } else if (path === '/cut') {
                stream.write('abc');
                open.push({end: () => socket.destroy()});
              } else {
                stream.end(Buffer.alloc(Number(path.split('/')[2])));
              }
            });
            require('readline').createInterface({input: process.stdin}).on('line', () => {
              open.splice(0).forEach(stream => stream.end());
            });
            server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('listening'));
            """;

    /** Asks for the paths of its arguments at once; reads on after the first bytes when it is told to. */
    private static final String CLIENT = """
            const http2 = require('http2');
            const session = http2.connect('http://127.0.0.1:' + process.argv[2]);
            session.on('error', () => {});
            const waiting = [];
            let left = process.argv.length - 3;
            for (const path of process.argv.slice(3)) {
              const request = session.request({':path': path});
              let bytes = 0;
              request.on('error', () => {});
              request.on('data', data => {
                if (bytes === 0) {
                  request.pause();
                  waiting.push(request);
                  console.log('begun ' + path);
                }
                bytes += data.length;
              });
              request.on('close', () => {
                console.log('ended ' + path + ' ' + bytes);
                if (--left === 0) { session.close(); process.exit(); }
              });
            }
            require('readline').createInterface({input: process.stdin}).on('line', () => {
              waiting.splice(0).forEach(request => request.resume());
            });
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("node");
    }

    @Test
    void countsStreamsAsLongAsTheyAreOpen() {
        try (Servers.Server server = server();
                KyanosProcess kyanos = KyanosProcess.exporter("--ports", Integer.toString(server.port()));
                RunningProgram client = client(server, "/open/1", "/open/2", "/open/3")) {
            client.awaitOutput("begun /open/3");
            kyanos.await(seen -> assertOpen(seen, 3));

            client.tell("read\n");
            server.program().tell("end\n");
            client.awaitOutput("ended /open/3");

            Scrape scrape = kyanos.await(seen -> assertOpen(seen, 0));
            assertThat(scrape.sum("kyanos_requests_total", "protocol", "http2", "outcome", "ok"))
                    .isEqualTo(2.0 * 3);
            scrape.assertNothingDropped();
        }
    }

    @Test
    void tellsThatABodyHasWaitedForItsReader() {
        try (Servers.Server server = server();
                KyanosProcess kyanos = KyanosProcess.watch("--ports", Integer.toString(server.port()));
                RunningProgram client = client(server, "/bytes/" + LARGE)) {
            client.awaitOutput("begun ");
            client.tell("read\n");
            client.awaitOutput("ended /bytes/" + LARGE + " " + LARGE);

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSize(2));
            for (WatchedRecord record : records) {
                assertThat(record.attribute("body_bytes")).isEqualTo("0, " + LARGE);
                assertThat(Double.parseDouble(record.attribute("response_stalled_ms")))
                        .as("%s waits", record.side())
                        .isPositive()
                        .isLessThan(record.totalMillis());
            }
        }
    }

    @Test
    void tellsAnAnswerThatTheServersEndCuts() {
        try (Servers.Server server = server();
                KyanosProcess kyanos = KyanosProcess.watch("--ports", Integer.toString(server.port()));
                RunningProgram client = client(server, "/cut")) {
            client.awaitOutput("begun /cut");
            client.tell("read\n");
            server.program().tell("end\n");
            client.awaitOutput("ended /cut 3");

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    server.port(), seen -> assertThat(seen).hasSize(2));
            for (WatchedRecord record : records) {
                assertThat(record.status()).as(record.side()).isEqualTo("200");
                assertThat(record.outcome()).as(record.side()).isEqualTo("error");
                assertThat(record.attribute("reason")).as(record.side()).isEqualTo("incomplete");
            }
        }
    }

    private static void assertOpen(Scrape seen, int streams) {
        for (String side : List.of("client", "server")) {
            assertThat(seen.sum("kyanos_open_streams", "protocol", "http2", "side", side))
                    .as(side)
                    .isEqualTo(streams);
        }
    }

    private static Servers.Server server() {
        int port = Ports.free();
        return new Servers.Server(start(SERVER, Integer.toString(port)).awaitOutput("listening"), "127.0.0.1", port);
    }

    private static RunningProgram client(Servers.Server server, String... paths) {
        String[] arguments = new String[paths.length + 1];
        arguments[0] = Integer.toString(server.port());
        System.arraycopy(paths, 0, arguments, 1, paths.length);
        return start(CLIENT, arguments);
    }

    private static RunningProgram start(String program, String... arguments) {
        Path folder = RunningProgram.newFolder();
        try {
            Files.writeString(folder.resolve("program.js"), program);
        } catch (IOException e) {
            throw new AssertionError("write program.js", e);
        }
        String[] command = new String[arguments.length + 2];
        command[0] = "node";
        command[1] = "program.js";
        System.arraycopy(arguments, 0, command, 2, arguments.length);
        return RunningProgram.startIn(folder, command);
    }
}
