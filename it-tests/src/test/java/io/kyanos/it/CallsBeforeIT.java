package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What threads move by calls in which they sit when the capture begins. */
class CallsBeforeIT {

    private static final int EXCHANGES = 3;
    private static final int GETS = 50;

    /**
     * A server's thread waits for a request and a client's for the answer, each by the call named; then another thread
     * asks. All later exchanges go the same way.
     */
    private static final String PROGRAM = """
            import os, select, socket, struct, sys, threading

            ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
            BODY = 4 << 20

            def epoll(s):
                poll = select.epoll()
                poll.register(s, select.EPOLLIN)
                poll.poll()
                poll.close()
                return s.recv(4096)

            def peek(s):
                s.recv(4096, socket.MSG_PEEK)
                return s.recv(4096)

            def vector(s):
                parts = [bytearray(7), bytearray(4096)]
                return b"".join(parts)[:os.readv(s.fileno(), parts)]

            READS = {
                "recv": lambda s: s.recv(4096),
                "read": lambda s: os.read(s.fileno(), 4096),
                "readv": vector,
                "recvmsg": lambda s: s.recvmsg(4096)[0],
                "recvfrom": lambda s: s.recvfrom(4096)[0],
                "epoll_wait": epoll,
                "peek": peek,
            }

            def request(path, body=b""):
                return b"POST /%s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (
                    path.encode(), len(body), body)

            how, exchanges = sys.argv[1], int(sys.argv[2])
            read = READS.get(how, READS["recv"])
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            go = threading.Event()
            turns = [threading.Semaphore(0), threading.Semaphore(0)]

            def serve(s):
                if s is None:
                    s, _ = listener.accept()
                if how == "send":
                    go.wait()
                    got = b""
                    while len(got) < len(request("0", bytes(BODY))):
                        got += s.recv(1 << 20)
                    s.sendall(ANSWER)
                while read(s):
                    s.sendall(ANSWER)

            def take(s):
                while read(s):
                    turns[0].release()

            client = socket.socket()
            if how == "accept":
                threading.Thread(target=serve, args=(None,), daemon=True).start()
            else:
                client.connect(listener.getsockname())
                server, _ = listener.accept()
                threading.Thread(target=serve, args=(server,), daemon=True).start()
            if how == "send":
                threading.Thread(target=client.sendall, args=(request("0", bytes(BODY)),), daemon=True).start()
            elif how != "accept":
                threading.Thread(target=take, args=(client,), daemon=True).start()
            print("ready", flush=True)
            sys.stdin.readline()
            go.set()
            if how == "accept":
                client.connect(listener.getsockname())
            if how in ("accept", "send"):
                threading.Thread(target=take, args=(client,), daemon=True).start()
            for i in range(exchanges):
                if how != "send" or i > 0:
                    client.sendall(request(str(i)))
                turns[0].acquire()
            print("done", flush=True)
            sys.stdin.readline()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "python3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"recv", "read", "readv", "recvmsg", "recvfrom", "peek", "epoll_wait", "accept", "send"})
    void theFirstExchangeOfAThreadInACallIsARecordOnBothSides(String call) throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), PROGRAM);
        try (RunningProgram program = RunningProgram.startIn(
                                folder, "python3", "program.py", call, Integer.toString(EXCHANGES))
                        .awaitOutput("ready");
                WatchInside kyanos = WatchInside.start("http", "--pids", Long.toString(program.pid()))) {
            program.tell("go\n");
            program.awaitOutput("done");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(kyanos.records()).hasSizeGreaterThanOrEqualTo(2 * EXCHANGES));

            List<WatchedRecord> records = kyanos.stop();
            for (String side : List.of("client", "server")) {
                assertThat(records.stream()
                                .filter(record -> record.fields().get("side").equals(side))
                                .map(record -> record.path() + " " + record.status()))
                        .as(side)
                        .containsExactlyElementsOf(IntStream.range(0, EXCHANGES)
                                .mapToObj(i -> "/" + i + " 200")
                                .toList());
            }
        }
    }

    @RepeatedTest(5)
    void everyRequestOnAConnectionOfNginxThatWasOpenBeforeIsAnswered() throws IOException {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 'ok'; }");
                Socket client = new Socket("127.0.0.1", nginx.port())) {
            get(client, "/before");
            try (WatchInside kyanos =
                    WatchInside.start("http", "--local-ports", Integer.toString(nginx.port()), "--side", "server")) {
                List<String> asked = new ArrayList<>();
                for (int i = 0; i < GETS; i++) {
                    get(client, "/" + i);
                    asked.add("/" + i + " 200");
                }
                kyanos.awaitRecordsOf(nginx.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(GETS));

                assertThat(kyanos.stop().stream().map(record -> record.path() + " " + record.status()))
                        .containsExactlyElementsOf(asked);
            }
        }
    }

    @Test
    void aThreadInACallOnAFileIsIgnored() throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), """
                import os, socket, sys
                out, into = os.pipe()
                a, b = socket.socketpair()
                print("ready", flush=True)
                sys.stdin.readline()
                a.sendall(b"mine")
                b.recv(100)
                print("done", flush=True)
                sys.stdin.readline()
                """);
        try (RunningProgram program =
                        RunningProgram.startIn(folder, "python3", "program.py").awaitOutput("ready");
                KernelEvents events = KernelEvents.of(program)) {
            program.tell("go\n");
            program.awaitOutput("done");

            assertThat(events.await(KernelEvents.Data.class, 2, data -> true))
                    .extracting(KernelEvents.Data::text)
                    .containsExactly("mine", "mine");
        }
    }

    private static void get(Socket client, String path) throws IOException {
        client.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        InputStream in = client.getInputStream();
        StringBuilder answer = new StringBuilder();
        while (answer.indexOf("\r\n\r\nok") < 0) {
            answer.append((char) in.read());
        }
    }
}
