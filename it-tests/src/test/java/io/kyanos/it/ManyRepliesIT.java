package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Thousands of replies that a client reads by one call are as many records on its side. */
class ManyRepliesIT {

    private static final int REQUESTS = 3000;

    /** Sends each pipeline by some calls, as redis-py does, waits until all replies are here, and reads them by one call. */
    private static final String CLIENT = """
            import array, fcntl, socket, sys, termios, threading

            port, kind = int(sys.argv[1]), sys.argv[2]
            COUNT = 3000

            def waiting(s):
                size = array.array("i", [0])
                fcntl.ioctl(s, termios.FIONREAD, size)
                return size[0]

            def command(*words):
                return b"*%d\\r\\n" % len(words) + b"".join(b"$%d\\r\\n%s\\r\\n" % (len(w), w) for w in words)

            def send(data):
                for i in range(0, len(data), 6000):
                    s.sendall(data[i:i + 6000])

            def take(reply_bytes):
                while waiting(s) < reply_bytes:
                    pass
                replies = s.recv(reply_bytes + 1)
                assert len(replies) == reply_bytes, len(replies)

            print("ready", flush=True)
            sys.stdin.readline()
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)
            s.connect(("127.0.0.1", port))
            if kind == "redis":
                send(b"".join(command(b"SET", b"k%d" % i, b"v") for i in range(COUNT)))
                take(5 * COUNT)
                send(b"".join(command(b"GET", b"k%d" % i) for i in range(COUNT)))
                take(7 * COUNT)
            else:
                get = b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
                s.sendall(get)
                while waiting(s) == 0:
                    pass
                size = len(s.recv(4096))
                send(get * (COUNT - 1))
                take(size * (COUNT - 1))
            print("done", flush=True)
            sys.stdin.readline()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3", "redis-server", "nginx");
    }

    @Test
    void repliesOfRedisReadByOneCallAreAllRecordsByDefault() throws IOException {
        try (Servers.Server redis = Servers.redis()) {
            assertThat(records(redis, "redis"))
                    .isEqualTo(Map.of("client SET ok", (long) REQUESTS, "client GET ok", (long) REQUESTS));
        }
    }

    @Test
    void repliesOfHttpReadByOneCallAreAllRecords() throws IOException {
        try (Servers.Server nginx = Servers.nginx("", "keepalive_requests 10000; location / { return 200 'ok'; }")) {
            assertThat(records(nginx, "http", "--set", "kyanos.capture.max-payload-bytes=1MiB"))
                    .isEqualTo(Map.of("client GET ok", (long) REQUESTS));
        }
    }

    /** How many of each side, operation and outcome the client's process has. */
    private static Map<String, Long> records(Servers.Server server, String protocol, String... settings)
            throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("client.py"), CLIENT);
        try (RunningProgram client = RunningProgram.startIn(
                        folder, "python3", "client.py", Integer.toString(server.port()), protocol);
                WatchInside kyanos = WatchInside.start(Servers.concat(
                        new String[] {protocol, "--max-print-bytes", "0", "--pids", Long.toString(client.parentPid())},
                        settings))) {
            client.awaitOutput("ready").tell("go\n");
            client.awaitOutput("done");
            int expected = protocol.equals("redis") ? 2 * REQUESTS : REQUESTS;
            kyanos.awaitRecordsOf(server.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(expected));

            return kyanos.stop().stream()
                    .filter(record -> record.isOfPort(server.port()))
                    .collect(Collectors.groupingBy(
                            record -> record.fields().get("side") + " "
                                    + record.fields()
                                            .get("operation")
                                            .toString()
                                            .split(" ")[0] + " "
                                    + record.fields().get("outcome"),
                            Collectors.counting()));
        }
    }
}
