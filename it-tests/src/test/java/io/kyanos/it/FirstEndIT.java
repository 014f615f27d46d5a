package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.EventDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose FIN or RST came first, as each end of a connection sees it. */
class FirstEndIT {

    private static final String PROGRAM = """
            import socket, struct, sys
            print("ready", flush=True)
            sys.stdin.readline()
            how = sys.argv[1]
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            client = socket.create_connection(listener.getsockname())
            if how == "unix":
                client, server = socket.socketpair()
                client.sendall(b"12345")
                server.recv(5)
            elif how == "not accepted":
                client.sendall(b"12345")
                client.shutdown(socket.SHUT_WR)
                server, _ = listener.accept()
                server.recv(5)
            else:
                server, _ = listener.accept()
                client.sendall(b"12345")
                server.recv(5)
            if how == "reset":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif how == "unread":
                server.sendall(b"123")
                client.recv(1)
            elif how == "half":
                client.shutdown(socket.SHUT_WR)
                server.recv(1)
                server.sendall(b"123")
                client.recv(3)
                server.close()
            client.close()
            try:
                server.recv(1)
            except OSError:
                pass
            server.close()
            print("done", flush=True)
            sys.stdin.readline()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"closed, 2", "reset, 2", "unread, 2", "half, 2", "not accepted, 2", "unix, 0"})
    void theFirstEndIsTheClientsIfTheClientEndsFirst(String how, int seenByServer) throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), PROGRAM);
        try (RunningProgram program = RunningProgram.startIn(folder, "python3", "program.py", how)
                        .awaitOutput("ready");
                KernelEvents events = KernelEvents.of(program)) {
            program.tell("go\n");
            program.awaitOutput("done");
            events.sweep();
            events.await(KernelEvents.Closed.class, 2, end -> end.egressEnd() + end.ingressEnd() > 0);

            assertThat(firstEnd(events, true)).containsExactly(EventDecoder.END_LOCAL);
            // at the sockets, a unix socket is known to be closed once its peer reads the end of the stream
            assertThat(firstEnd(events, false))
                    .containsExactly(
                            how.equals("unix") && events.areSeenAtSockets() ? EventDecoder.END_PEER : seenByServer);
        }
    }

    /** Of the client's end, which has sent five bytes, or of the server's. */
    private static List<Integer> firstEnd(KernelEvents events, boolean client) {
        return events.all(KernelEvents.Closed.class, end -> (client ? end.egressEnd() : end.ingressEnd()) == 5).stream()
                .map(KernelEvents.Closed::firstEnd)
                .toList();
    }
}
