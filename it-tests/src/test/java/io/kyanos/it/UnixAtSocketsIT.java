package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.Side;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What no tracepoint tells of a unix socket, and the kernel's structures do. */
class UnixAtSocketsIT {

    private static final String AT_SOCKETS = "kyanos.capture { vantage = sockets, undecided-bytes = 64 MiB }";

    /** Ways to use unix sockets, chosen by the argument; `before` runs before the capture. */
    private static final String PROGRAM = """
            import os, socket, sys, threading
            how = sys.argv[1]
            old, older = socket.socketpair()
            def listening(name):
                s = socket.socket(socket.AF_UNIX)
                s.bind(name)
                s.listen()
                return s
            early = listening("early.sock")
            waiting = socket.socket(socket.AF_UNIX)
            waiting.connect("early.sock")
            waiting.sendall(b"before")
            print("ready", flush=True)
            sys.stdin.readline()
            if how == "old":
                old.sendall(b"12345")
                older.recv(5)
                accepted, _ = early.accept()
                accepted.recv(100)
            elif how == "bound":
                l = listening("listener.sock")
                a = socket.socket(socket.AF_UNIX)
                a.bind("client.sock")
                a.connect("listener.sock")
                b, _ = l.accept()
                a.sendall(b"12345")
                b.recv(5)
            elif how == "spliced":
                a, b = socket.socketpair()
                b.sendall(b"hi")
                a.recv(2)
                out, into = os.pipe()
                for i in range(10):
                    a.sendall(b"s" * 1000)
                    assert os.splice(b.fileno(), into, 1000) == 1000
                    os.read(out, 1000)
                a.sendall(b"unread")
                b.close()
                try:
                    assert a.recv(1) == b""
                except ConnectionResetError:
                    pass
            elif how == "writers":
                # nothing is read meanwhile: what a read has taken and not yet told hides who wrote first
                a, b = socket.socketpair()
                a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200000)
                for turn in range(40):
                    def write(letter):
                        for i in range(10):
                            os.write(a.fileno(), letter * (1 + i * 37 + turn))
                    threads = [threading.Thread(target=write, args=(c,)) for c in (b"x", b"y")]
                    for t in threads: t.start()
                    for t in threads: t.join()
                    left = 2 * sum(1 + i * 37 + turn for i in range(10))
                    while left:
                        left -= len(b.recv(5000))
            print("done", flush=True)
            sys.stdin.readline()
            """;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3");
        Requires.tracepointsOfSockets();
    }

    @Test
    void aSocketThatWasMadeBeforeTheCaptureIsNotSeenFromItsBeginning() throws Exception {
        try (RunningProgram program = python("old");
                KernelEvents events = run(program)) {
            List<KernelEvents.Opened> opened = events.await(KernelEvents.Opened.class, 3, open -> true);

            // of the pair neither; what is accepted now has not been read before
            assertThat(opened)
                    .extracting(open -> open.opening().fromItsBeginning() + " "
                            + open.opening().side())
                    .containsExactlyInAnyOrder("false " + Side.UNKNOWN, "false " + Side.UNKNOWN, "true " + Side.SERVER);
        }
    }

    @Test
    void aClientWithANameOfItsOwnIsTheClient() throws Exception {
        try (RunningProgram program = python("bound");
                KernelEvents events = run(program)) {
            List<KernelEvents.Opened> opened = events.await(KernelEvents.Opened.class, 2, open -> true);

            assertThat(opened)
                    .extracting(open ->
                            open.opening().side() + " " + open.opening().local().address())
                    .containsExactlyInAnyOrder(Side.CLIENT + " client.sock", Side.SERVER + " listener.sock");
        }
    }

    @Test
    void theBooksOfASocketThatIsOnlySplicedFromBalance() throws Exception {
        try (RunningProgram program = python("spliced");
                KernelEvents events = run(program)) {
            program.endInput();
            program.awaitExit();
            events.sweep();
            List<KernelEvents.Closed> closed = events.await(KernelEvents.Closed.class, 2, end -> true);

            // the rest was unread
            assertThat(closed)
                    .extracting(end -> end.egressEnd() + " " + end.ingressEnd() + " " + end.firstEnd())
                    .containsExactlyInAnyOrder("10006 2 " + EventDecoder.END_PEER, "2 10000 " + EventDecoder.END_LOCAL);
        }
    }

    @Test
    void whatTwoThreadsWriteAtATimeIsToldWhereItIsReadOrNotAtAll() throws Exception {
        try (RunningProgram program = python("writers");
                KernelEvents events = run(program)) {
            program.endInput();
            program.awaitExit();
            events.sweep();
            events.await(KernelEvents.Closed.class, 2, end -> true);
            List<KernelEvents.Data> read =
                    events.all(KernelEvents.Data.class, data -> data.direction() == Direction.INGRESS);
            StringBuilder stream = new StringBuilder();
            read.stream()
                    .sorted(Comparator.comparingLong(KernelEvents.Data::position))
                    .forEach(data -> {
                        assertThat(data.position()).isEqualTo(stream.length());
                        assertThat(data.text()).hasSize(data.length());
                        stream.append(data.text());
                    });

            List<KernelEvents.Data> written =
                    events.all(KernelEvents.Data.class, data -> data.direction() == Direction.EGRESS);
            assertThat(written).hasSize(2 * 10 * 40);
            assertThat(written.stream().mapToLong(KernelEvents.Data::length).sum())
                    .isEqualTo(stream.length());
            for (KernelEvents.Data data : written) {
                int from = (int) data.position();
                if (!data.concurrent()) {
                    assertThat(stream.substring(from, from + data.text().length()))
                            .isEqualTo(data.text());
                }
            }
        }
    }

    private static KernelEvents run(RunningProgram program) throws Exception {
        KernelEvents events = KernelEvents.of(program, AT_SOCKETS);
        program.tell("go\n");
        program.awaitOutput("done");
        return events;
    }

    private static RunningProgram python(String how) throws Exception {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), PROGRAM);
        return RunningProgram.startIn(folder, "python3", "-u", "program.py", how)
                .awaitOutput("ready");
    }
}
