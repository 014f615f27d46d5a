package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.EventDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that are accepted and never used: no call that moves bytes tells of them. */
class AcceptedIT {

    private static final String PROGRAM = """
            import ctypes, select, socket, struct, sys
            libc = ctypes.CDLL(None, use_errno=True)
            print("ready", flush=True)
            sys.stdin.readline()
            how = sys.argv[1]
            listener = socket.socket()
            listener.bind(("127.0.0.1", 0))
            listener.listen()

            def connect():
                client = socket.create_connection(listener.getsockname())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return client

            # Python's own accept asks whom the socket leads to
            def accept():
                return socket.socket(fileno=libc.accept(listener.fileno(), None, None))

            def await_end(server):
                poll = select.poll()
                poll.register(server, 0)
                poll.poll()

            if how == "named":
                client = connect()
                server, _ = listener.accept()
            elif how == "closed":
                client = connect()
                server = accept()
                server.close()
            elif how == "reset":
                client = connect()
                server = accept()
                client.close()
                await_end(server)
                server.close()
            elif how == "never accepted":
                connect().close()
                listener.close()
                print("done", flush=True)
                sys.stdin.readline()
                listener = socket.socket()
                listener.bind(("127.0.0.1", 0))
                listener.listen()
                client = connect()
                server, _ = listener.accept()
                print("port %d" % listener.getsockname()[1])
            print("done", flush=True)
            sys.stdin.readline()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3");
    }

    @Test
    void oneIsToldWhenItIsAccepted() throws IOException {
        try (RunningProgram program = start("named");
                KernelEvents events = KernelEvents.of(program)) {
            program.tell("go\n");
            program.awaitOutput("done");

            assertThat(awaitAccepted(events, 1)).hasSize(1);
            assertThat(events.all(KernelEvents.Closed.class, end -> true)).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"closed", "reset"})
    void oneThatHasEndedIsToldWithItsEnd(String how) throws IOException {
        try (RunningProgram program = start(how);
                KernelEvents events = KernelEvents.of(program)) {
            program.tell("go\n");
            program.awaitOutput("done");

            long generation = awaitAccepted(events, 1).get(0).generation();
            List<KernelEvents.Closed> ends =
                    events.await(KernelEvents.Closed.class, 1, end -> end.generation() == generation);
            assertThat(ends)
                    .singleElement()
                    .isEqualTo(new KernelEvents.Closed(
                            generation, 0, 0, how.equals("closed") ? EventDecoder.END_LOCAL : EventDecoder.END_PEER));
        }
    }

    @Test
    void oneThatNobodyAcceptsIsNotTold() throws IOException {
        try (RunningProgram program = start("never accepted");
                KernelEvents events = KernelEvents.of(program)) {
            program.tell("go\n");
            program.awaitOutput("done");
            program.tell("and one that is accepted\n");

            List<KernelEvents.Opened> accepted = awaitAccepted(events, 1);
            program.awaitOutput("port ");
            assertThat(accepted)
                    .singleElement()
                    .satisfies(opened -> assertThat(program.output())
                            .contains("port " + opened.opening().local().port() + "\n"));
        }
    }

    private static RunningProgram start(String how) throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), PROGRAM);
        return RunningProgram.startIn(folder, "python3", "program.py", how).awaitOutput("ready");
    }

    private static List<KernelEvents.Opened> awaitAccepted(KernelEvents events, int count) {
        return events.await(KernelEvents.Opened.class, count, opened -> opened.origin() == EventDecoder.ORIGIN_ACCEPT);
    }
}
