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
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unix stream sockets are connections like those of TCP, named by their path. */
class UnixSocketsIT {

    private static final int REQUESTS = 20_000;

    /** Both ends of connections by a path, by an abstract name and of a pair; prints what each end has moved. */
    private static final String PROGRAM = """
            import array, os, socket, sys, tempfile

            print("ready", flush=True)
            sys.stdin.readline()

            def listener(name):
                s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                s.bind(name)
                s.listen()
                return s

            def connected(s, name):
                client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                client.connect(name)
                server, _ = s.accept()
                return client, server

            def vectors(a, b):
                assert os.writev(a.fileno(), [b"one", b"two", b"three"]) == 11
                assert os.readv(b.fileno(), [bytearray(4), bytearray(100)]) == 11

            def messages(a, b):
                assert a.sendmsg([b"four", b"five"]) == 8
                b.recvmsg(3, 0, socket.MSG_PEEK)
                assert len(b.recvmsg(100)[0]) == 8

            def file(a, b):
                with tempfile.TemporaryFile() as f:
                    f.write(b"f" * 5000)
                    f.flush()
                    assert os.sendfile(a.fileno(), f.fileno(), 0, 5000) == 5000
                got = 0
                while got < 5000:
                    got += len(b.recv(1000))

            def spliced(a, b):
                out, into = os.pipe()
                os.write(into, b"s" * 700)
                assert os.splice(out, a.fileno(), 700) == 700
                assert os.splice(b.fileno(), into, 700) == 700
                os.close(out)
                os.close(into)

            def passed(a, b):
                # a descriptor travels with a byte, and is used where it comes out
                inner, other = socket.socketpair()
                a.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [inner.fileno()]))])
                inner.close()
                _, control, _, _ = b.recvmsg(1, socket.CMSG_SPACE(4))
                fd = array.array("i", control[0][2])[0]
                os.write(fd, b"through what was passed")
                assert len(other.recv(100)) == 23
                os.close(fd)
                other.close()

            path = os.path.join(os.getcwd(), "named.sock")
            abstract = "\\0kyanos-it-%d" % os.getpid()
            pairs = []
            for name in (path, abstract):
                pairs.append(connected(listener(name), name))
            pairs.append(socket.socketpair())
            for a, b in pairs:
                for first, second in ((a, b), (b, a)):
                    vectors(first, second)
                    messages(first, second)
                    file(first, second)
                    spliced(first, second)
                    first.sendall(b"plain")
                    assert len(second.recv(100)) == 5
            passed(*pairs[0])
            print("done %s" % abstract[1:], flush=True)
            sys.stdin.readline()
            """;

    private static final int BYTES_EACH_WAY = 11 + 8 + 5000 + 700 + 5;

    /** Connections to itself, used and kept; then ended in the way that its argument names. */
    private static final String ENDS = """
            import os, signal, socket, sys, time
            print("ready", flush=True)
            sys.stdin.readline()
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind("ends.sock")
            listener.listen(100)
            kept = []
            for i in range(25):
                client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                client.connect("ends.sock")
                server, _ = listener.accept()
                client.sendall(b"x" * 100)
                assert len(server.recv(1000)) == 100
                kept += [client, server]
            print("open", flush=True)
            sys.stdin.readline()
            how = sys.argv[1]
            if how == "close":
                for s in kept:
                    s.close()
            elif how == "fork":
                child = os.fork()
                for s in kept:
                    s.close()
                if child == 0:
                    os._exit(0)
                os.waitpid(child, 0)
            elif how == "close_range":
                os.closerange(3, 1000)
            elif how == "dup2":
                null = os.open("/dev/null", os.O_RDWR)
                for s in kept:
                    os.dup2(null, s.fileno())
            elif how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            elif how == "exec":
                os.execvp("sleep", ["sleep", "60"])
            elif how == "exit":
                os._exit(0)
            sys.stdin.readline()
            """;

    private static final int ENDS_OPEN = 50;

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "redis-benchmark", "nginx", "curl", "python3");
    }

    @ParameterizedTest(name = "pipelines of {0}")
    @ValueSource(ints = {1, 16})
    void everyRequestToRedisIsSeenOnBothEnds(int pipeline) {
        try (Family family = Family.start();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--set", "kyanos.capture.rings.syscall=64MiB", "--pids", Long.toString(family.pid()))) {
            Path socket = family.redisSocket();
            String cli = "redis-cli -s " + socket + " ";
            family.run(cli + "config resetstat");

            family.run("redis-benchmark -q -t get -c 20 -s " + socket + " -n " + REQUESTS + " -P " + pipeline);
            long byRedis = RedisLoadIT.calls("get", family.run(cli + "info commandstats"));
            Scrape scrape = kyanos.await(seen -> SoftAssertions.assertSoftly(softly -> {
                softly.assertThat(requests(seen, "client", socket.toString())).isEqualTo(byRedis);
                softly.assertThat(requests(seen, "server", "")).isEqualTo(byRedis);
                softly.assertThat(seen.sum("kyanos_open_connections")).isZero();
            }));

            assertThat(byRedis).isEqualTo(REQUESTS);
            assertThat(scrape.sum("kyanos_capture_lost_events_total")).isZero();
            scrape.assertNothingDropped();
            LossBooksIT.assertBooksBalance(scrape);
        }
    }

    @Test
    void aRequestToNginxNamesTheSocket() throws Exception {
        Path folder = RunningProgram.newFolder();
        Path socket = folder.resolve("nginx.sock");
        Files.writeString(
                folder.resolve("nginx.conf"),
                "daemon off;\nuser root;\nworker_processes 1;\npid " + folder + "/nginx.pid;\nerror_log " + folder
                        + "/error.log;\nevents {}\nhttp {\naccess_log off;\nserver {\nlisten unix:" + socket
                        + ";\nlocation / { return 200 'by a socket'; }\n}\n}\n");
        try (RunningProgram nginx = RunningProgram.startIn(
                        folder, "/usr/sbin/nginx", "-p", folder.toString(), "-c", folder + "/nginx.conf");
                KyanosProcess kyanos = KyanosProcess.watch(KyanosProcess.ofOurChildren())) {
            Commands.run(
                            "curl",
                            "-s",
                            "--retry",
                            "20",
                            "--retry-all-errors",
                            "--retry-delay",
                            "1",
                            "--unix-socket",
                            socket.toString(),
                            "http://named/over-a-socket")
                    .expectSuccess();

            assertThat(nginx.isAlive()).isTrue();
            for (String side : List.of("client", "server")) {
                WatchedRecord record = kyanos.awaitRecord(seen ->
                        seen.path().equals("/over-a-socket") && seen.side().equals(side));
                assertThat(record.text("transport")).isEqualTo("unix");
                assertThat(record.text("peer")).isEqualTo(socket.toString());
                assertThat(record.text(side.equals("client") ? "remote_addr" : "local_addr"))
                        .isEqualTo(socket.toString());
                assertThat(record.text("response")).endsWith("by a socket");
                assertThat(record.fields()).doesNotContainKeys("local_port", "remote_port");
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.totalMillis()).isPositive();
            }
        }
    }

    @Test
    void everyCallIsSeenWithItsBytesAndEveryEndWithItsName() throws Exception {
        try (RunningProgram program = python(PROGRAM);
                KernelEvents events = KernelEvents.of(program)) {
            program.tell("go\n");
            program.awaitOutput("done");
            String path = program.folder().resolve("named.sock").toString();
            String name = "@" + program.output().split("done ")[1].strip();
            program.endInput();
            program.awaitExit();
            events.sweep();

            List<KernelEvents.Closed> closed = events.await(KernelEvents.Closed.class, 8, end -> true);
            List<KernelEvents.Opened> opened = events.all(KernelEvents.Opened.class, open -> true);
            assertThat(closed).hasSize(8);
            assertThat(opened).hasSize(8).allSatisfy(open -> {
                assertThat(open.opening().transport()).isEqualTo(Transport.UNIX);
                assertThat(open.opening().fromItsBeginning()).isTrue();
            });
            assertThat(opened.stream()
                            .map(KernelEvents.Opened::opening)
                            .map(open -> open.side() + " " + open.local().address() + " "
                                    + open.remote().address()))
                    .containsExactlyInAnyOrder(
                            Side.CLIENT + "  " + path,
                            Side.SERVER + " " + path + " ",
                            Side.CLIENT + "  " + name,
                            Side.SERVER + " " + name + " ",
                            Side.UNKNOWN + "  ",
                            Side.UNKNOWN + "  ",
                            Side.UNKNOWN + "  ",
                            Side.UNKNOWN + "  ");
            for (KernelEvents.Opened open : opened) {
                assertEventsReachTo(
                        events,
                        closed.stream()
                                .filter(end -> end.generation() == open.generation())
                                .findFirst()
                                .orElseThrow());
            }
            assertThat(closed.stream().map(end -> end.egressEnd() + " " + end.ingressEnd()))
                    .containsExactlyInAnyOrder(
                            // the byte that carries the descriptor, and what was sent through it
                            BYTES_EACH_WAY + 1 + " " + BYTES_EACH_WAY,
                            BYTES_EACH_WAY + " " + (BYTES_EACH_WAY + 1),
                            "23 0",
                            "0 23",
                            BYTES_EACH_WAY + " " + BYTES_EACH_WAY,
                            BYTES_EACH_WAY + " " + BYTES_EACH_WAY,
                            BYTES_EACH_WAY + " " + BYTES_EACH_WAY,
                            BYTES_EACH_WAY + " " + BYTES_EACH_WAY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "fork", "close_range", "dup2", "kill", "exec", "exit"})
    void everyWayToEndASocketIsSeen(String how) throws Exception {
        try (RunningProgram program = python(ENDS, how);
                ExporterInside kyanos = ExporterInside.start("--pids", program.parentPid())) {
            program.tell("go\n");
            program.awaitOutput("open");
            kyanos.await(seen -> assertThat(seen.sum("kyanos_open_connections")).isEqualTo(ENDS_OPEN));

            program.tell("end\n");

            Scrape ended = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(ENDS_OPEN * 100);
            });
            LossBooksIT.assertBooksBalance(ended);
        }
    }

    /** Without a hole, and without a byte told twice. */
    private static void assertEventsReachTo(KernelEvents events, KernelEvents.Closed end) {
        for (Direction direction : Direction.values()) {
            long position = 0;
            for (KernelEvents.Data data : events.all(
                    KernelEvents.Data.class,
                    data -> data.generation() == end.generation() && data.direction() == direction)) {
                assertThat(data.concurrent()).isFalse();
                assertThat(data.position()).isGreaterThanOrEqualTo(position);
                position = data.position() + data.length();
            }
            assertThat(position)
                    .isLessThanOrEqualTo(direction == Direction.EGRESS ? end.egressEnd() : end.ingressEnd());
        }
    }

    private static double requests(Scrape seen, String side, String peer) {
        return seen.sum("kyanos_requests_total", "operation", "GET", "outcome", "ok", "side", side, "peer", peer);
    }

    private static RunningProgram python(String program, String... arguments) throws Exception {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("program.py"), program);
        String[] command = Stream.concat(Stream.of("python3", "-u", "program.py"), Arrays.stream(arguments))
                .toArray(String[]::new);
        return RunningProgram.startIn(folder, command).awaitOutput("ready");
    }
}
