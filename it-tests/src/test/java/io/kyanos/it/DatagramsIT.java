package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.record.Side;
import io.kyanos.record.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * UDP: each datagram is an event with its length and its peer, whatever call moved it. The oracle is the program, which
 * prints what it has sent and received, line by line.
 */
class DatagramsIT {

    /** A server whose one socket talks with many peers, all within one process; prints DIRECTION LENGTH PEER TEXT. */
    private static final String PROGRAM = """
            import ctypes, os, socket, sys

            libc = ctypes.CDLL(None, use_errno=True)

            class Segment(ctypes.Structure):
                _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]

            class Message(ctypes.Structure):
                _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint),
                            ("segments", ctypes.POINTER(Segment)), ("segment_count", ctypes.c_size_t),
                            ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                            ("flags", ctypes.c_int), ("padding", ctypes.c_int), ("length", ctypes.c_uint)]

            def name6(address, port):
                raw = socket.inet_pton(socket.AF_INET6, address)
                return socket.AF_INET6.to_bytes(2, sys.byteorder) + port.to_bytes(2, "big") + bytes(4) + raw + bytes(4)

            def messages(parts, names):
                headers = (Message * len(parts))()
                for header, part, name in zip(headers, parts, names):
                    header.segments = (Segment * 1)(Segment(ctypes.cast(part, ctypes.c_void_p), len(part)))
                    header.segment_count = 1
                    header.name = ctypes.cast(name, ctypes.c_void_p)
                    header.name_length = len(name)
                return headers

            def text(peer):
                if not peer:
                    return "-"
                host, port = peer[0], peer[1]
                if host.startswith("::ffff:"):
                    host = host[7:]
                return "[%s]:%d" % (host, port) if ":" in host else "%s:%d" % (host, port)

            def told(direction, data, peer, length=None):
                lines.append("%s %d %s %s" % (direction, len(data) if length is None else length, text(peer), data.decode()))

            lines = []
            print("ready", flush=True)
            sys.stdin.readline()

            server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            server.bind(("::", 0))
            port = server.getsockname()[1]
            four, six = ("127.0.0.1", port), ("::1", port)

            # unconnected clients, of IPv4 (the server sees them mapped) and of IPv6
            clients = []
            for i in range(6):
                family, to = ((socket.AF_INET, four), (socket.AF_INET6, six))[i % 2]
                client = socket.socket(family, socket.SOCK_DGRAM)
                client.bind(("127.0.0.1" if i % 2 == 0 else "::1", 0))
                data = b"from client %d" % i
                client.sendto(data, to)
                told("out", data, to)
                clients.append(client)
            for i in range(6):
                if i < 3:
                    data, peer = server.recvfrom(100)
                else:
                    data, _, _, peer = server.recvmsg(100)
                told("in", data, peer)
                answer = b"answer " + data
                if i < 3:
                    server.sendto(answer, peer)
                else:
                    server.sendmsg([answer[:5], answer[5:]], [], 0, peer)
                told("out", answer, peer)
            for client in clients:
                told("in", client.recv(100), None)

            # a connected one, whose peer is known by its opening
            connected = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            connected.connect(four)
            os.write(connected.fileno(), b"connected")
            told("out", b"connected", None)
            data, peer = server.recvfrom(100)
            told("in", data, peer)
            server.sendto(b"", peer)
            told("out", b"", peer)
            told("in", connected.recv(100), None)
            # looking is not receiving, and what is cut off has its full length where it is asked for
            server.sendto(b"0123456789" * 3, peer)
            told("out", b"0123456789" * 3, peer)
            connected.recv(100, socket.MSG_PEEK)
            assert connected.recv_into(bytearray(4), 4, socket.MSG_TRUNC) == 30
            told("in", b"0123", None, 30)

            # many at once, to several peers
            to = [(clients[i % 6], i) for i in range(20)]
            parts, names = [], []
            for client, i in to:
                peer = client.getsockname()
                host = "::ffff:" + peer[0] if client.family == socket.AF_INET else peer[0]
                data = b"batch %d" % i
                parts.append((ctypes.c_char * len(data)).from_buffer_copy(data))
                name = name6(host, peer[1])
                names.append((ctypes.c_char * len(name)).from_buffer_copy(name))
                told("out", data, (host, peer[1]))
            assert libc.sendmmsg(server.fileno(), messages(parts, names), 20, 0) == 20
            for client, i in to:
                told("in", client.recv(100), None)
            for i in range(15):
                data = b"collect %d" % i
                clients[i % 6].sendto(data, (four, six)[i % 2])
                told("out", data, (four, six)[i % 2])
            parts = [ctypes.create_string_buffer(64) for _ in range(15)]
            names = [ctypes.create_string_buffer(28) for _ in range(15)]
            headers = messages(parts, names)
            assert libc.recvmmsg(server.fileno(), headers, 15, 0, None) == 15
            for i in range(15):
                raw = names[i].raw
                peer = (socket.inet_ntop(socket.AF_INET6, raw[8:24]), int.from_bytes(raw[2:4], "big"))
                told("in", parts[i].raw[:headers[i].length], peer)

            for line in lines:
                print(line)
            print("done", flush=True)
            sys.stdin.readline()
            """;

    /** Opens, uses and keeps UDP sockets; then ends them in the way that its argument names. */
    private static final String ENDS = """
            import os, signal, socket, sys
            print("ready", flush=True)
            sys.stdin.readline()
            kept = []
            for i in range(50):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.bind(("127.0.0.1", 0))
                s.sendto(b"x" * 100, s.getsockname())
                assert len(s.recv(1000)) == 100
                kept.append(s)
            print("open", flush=True)
            sys.stdin.readline()
            how = sys.argv[1]
            if how == "close":
                for s in kept:
                    s.close()
            elif how == "close_range":
                os.closerange(3, 1000)
            elif how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            elif how == "exec":
                os.execvp("sleep", ["sleep", "60"])
            elif how == "exit":
                os._exit(0)
            sys.stdin.readline()
            """;

    private static final int SOCKETS = 50;
    private static final int BYTES = 2 * SOCKETS * 100;

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3");
    }

    @Test
    void everyDatagramIsAnEventWithItsLengthAndItsPeer() throws Exception {
        try (RunningProgram program = python(PROGRAM);
                KernelEvents events = KernelEvents.of(program)) {
            program.tell("go\n");
            program.awaitOutput("done");
            List<String> told = program.output()
                    .lines()
                    .filter(line -> line.startsWith("in ") || line.startsWith("out "))
                    .toList();

            List<KernelEvents.Data> datagrams = events.await(KernelEvents.Data.class, told.size(), data -> true);
            assertThat(datagrams).extracting(DatagramsIT::line).containsExactlyInAnyOrderElementsOf(told);
            assertThat(datagrams)
                    .filteredOn(data ->
                            data.direction() == Direction.EGRESS && !data.peer().isEmpty())
                    .isNotEmpty()
                    .allSatisfy(data -> assertThat(data.enteredAt()).isLessThan(data.exitedAt()));
            assertThat(events.all(KernelEvents.Opened.class, opened -> true))
                    .hasSize(8)
                    .allSatisfy(
                            opened -> assertThat(opened.opening().transport()).isEqualTo(Transport.UDP));
            assertThat(events.all(
                            KernelEvents.Opened.class,
                            opened -> opened.opening().remote().port() != 0))
                    .singleElement()
                    .satisfies(opened -> {
                        assertThat(opened.opening().side()).isEqualTo(Side.CLIENT);
                        assertThat(opened.opening().remote().address()).isEqualTo("127.0.0.1");
                    });

            program.endInput();
            program.awaitExit();
            events.sweep();
            List<KernelEvents.Closed> closed = events.await(KernelEvents.Closed.class, 8, end -> true);
            assertThat(closed).hasSize(8);
            assertThat(closed.stream().mapToLong(KernelEvents.Closed::egressEnd).sum())
                    .isEqualTo(bytes(datagrams, Direction.EGRESS));
            assertThat(closed.stream()
                            .mapToLong(KernelEvents.Closed::ingressEnd)
                            .sum())
                    .isEqualTo(bytes(datagrams, Direction.INGRESS));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "close_range", "kill", "exec", "exit"})
    void everyWayToEndASocketIsSeen(String how) throws Exception {
        try (RunningProgram program = python(ENDS, how);
                ExporterInside kyanos = ExporterInside.start("--pids", program.parentPid())) {
            program.tell("go\n");
            program.awaitOutput("open");
            kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isEqualTo(SOCKETS);
                assertThat(seen.sum("kyanos_stream_bytes_total", "fate", "datagram"))
                        .isEqualTo(BYTES);
            });

            program.tell("end\n");

            Scrape ended = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(BYTES);
            });
            LossBooksIT.assertBooksBalance(ended);
        }
    }

    @Test
    void anUnwantedKindOfSocketIsNotSeen() throws Exception {
        try (RunningProgram program = python(ENDS, "close");
                ExporterInside kyanos = ExporterInside.start(
                        "--pids", program.parentPid(), "--set", "kyanos.capture.sockets=[tcp, unix]")) {
            program.tell("go\n");
            program.awaitOutput("open");
            program.tell("end\n");
            program.endInput();
            assertThat(program.awaitExit()).isZero();

            assertThat(kyanos.scrape().sum("kyanos_connections_total")).isZero();
        }
    }

    private static RunningProgram python(String program, String... arguments) throws Exception {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), program);
        String[] command = Stream.concat(Stream.of("python3", "-u", "program.py"), Arrays.stream(arguments))
                .toArray(String[]::new);
        return RunningProgram.startIn(folder, command).awaitOutput("ready");
    }

    private static String line(KernelEvents.Data data) {
        return (data.direction() == Direction.EGRESS ? "out " : "in ") + data.length() + " "
                + (data.peer().isEmpty() ? "-" : data.peer()) + " " + data.text();
    }

    private static long bytes(List<KernelEvents.Data> datagrams, Direction direction) {
        return datagrams.stream()
                .filter(data -> data.direction() == direction)
                .mapToLong(KernelEvents.Data::length)
                .sum();
    }
}
