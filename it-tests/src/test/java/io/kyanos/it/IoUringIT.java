package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What programs move over sockets by io_uring. */
class IoUringIT {

    private static final String VANTAGE = "kyanos.capture.vantage";

    private static final int ROUNDS = 10;

    private static final int ZERO_COPY = 3;

    private static final double BY_SYSTEM_CALLS =
            ROUNDS * 50 + 5 * 90 + 2 * 30 + ROUNDS * (80 + 80 + 60) + 2 * 40 + ZERO_COPY * 700;

    /**
     * A use of io_uring that {@code rings.c} knows: how many of its bytes nobody can look at on their way out and in, and
     * its calls by their kinds.
     */
    private record Use(String name, String transport, int sentUnseen, int receivedUnseen, Map<String, Integer> calls) {

        @Override
        public String toString() {
            return name + " over " + transport;
        }
    }

    private static Stream<Use> uses() {
        return Stream.of("tcp", "unix").flatMap(IoUringIT::uses);
    }

    private static Stream<Use> uses(String transport) {
        boolean tcp = transport.equals("tcp");
        Map<String, Integer> basic = new HashMap<>(Map.of(
                "send",
                2 * ROUNDS,
                "recv",
                2 * ROUNDS + 5,
                "write",
                ROUNDS,
                "read",
                ROUNDS,
                "sendmsg",
                2 * ROUNDS,
                "recvmsg",
                ROUNDS,
                "writev",
                ROUNDS,
                "uncertain",
                4));
        Map<String, Integer> fixedBuffers = new HashMap<>(Map.of("write_fixed", 5, "read_fixed", 10));
        if (tcp) {
            basic.put("send_zc", ZERO_COPY);
            fixedBuffers.put("send_zc", ZERO_COPY);
        }
        Stream<Use> both = Stream.of(
                // unseen: in vectors, or in a chain of requests; by requests that wait for the same socket
                new Use("basic", transport, ROUNDS * (80 + 80) + 2 * 40, 2 * 30, basic),
                new Use("fixed_files", transport, 0, 0, Map.of("send", 5, "recv", 10, "write", 5, "read", 5)),
                new Use(
                        "submission_thread",
                        transport,
                        0,
                        0,
                        Map.of("send", 5, "recv", 10, "write", 5, "read", 5, "sendmsg", 5, "recvmsg", 5)),
                new Use("selected_buffers", transport, 0, 0, Map.of("read", 4, "recv", 4)),
                new Use("read_multishot", transport, 0, 0, Map.of("read_multishot", 6)),
                new Use("recvmsg_multishot", transport, 0, 0, Map.of("recvmsg", 6)),
                new Use("fixed_buffers", transport, 0, 0, fixedBuffers),
                new Use(
                        "fixed_vectors",
                        transport,
                        5 * 80,
                        5 * 80,
                        Map.of("send", 5, "recv", 5, "writev_fixed", 5, "readv_fixed", 5)));
        Use withoutCopy = new Use("sendmsg_zc", transport, 3 * 900, 0, Map.of("sendmsg_zc", 6));
        return tcp ? Stream.concat(both, Stream.of(withoutCopy)) : both;
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("gcc", "python3");
        Requires.tracepointsOfSockets();
        Requires.header("liburing.h");
    }

    @ParameterizedTest
    @MethodSource("uses")
    void everyByteIsSeenAtItsPlaceAndMostAreLookedAt(Use use) throws Exception {
        try (RunningProgram program = ring(use.name(), use.transport());
                KernelEvents events = KernelEvents.of(program, VANTAGE + " = sockets")) {
            String sent = exchange(program);
            events.sweep();
            List<KernelEvents.Closed> closed = events.await(KernelEvents.Closed.class, 2, end -> true);

            assertThat(closed)
                    .extracting(end -> end.egressEnd() + " " + end.ingressEnd())
                    .containsExactlyInAnyOrder(sent.length() + " 0", "0 " + sent.length());
            for (Direction direction : Direction.values()) {
                int position = 0;
                int unseen = 0;
                for (KernelEvents.Data data :
                        events.all(KernelEvents.Data.class, data -> data.direction() == direction)) {
                    assertThat(data.concurrent()).isFalse();
                    assertThat(data.position()).isEqualTo(position);
                    String expected = sent.substring(position, position + data.length());
                    if (data.text().isEmpty()) {
                        unseen += data.length();
                    } else {
                        assertThat(data.text()).isEqualTo(expected);
                    }
                    position += data.length();
                }
                assertThat(position).isEqualTo(sent.length());
                assertThat(unseen).isEqualTo(direction == Direction.EGRESS ? use.sentUnseen() : use.receivedUnseen());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("uses")
    void callsAreCountedByKind(Use use) throws Exception {
        try (RunningProgram program = ring(use.name(), use.transport());
                ExporterInside kyanos =
                        ExporterInside.start("--set", VANTAGE + "=sockets", "--pids", program.parentPid())) {
            String sent = exchange(program);

            Scrape ended = kyanos.await(seen ->
                    assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(2.0 * sent.length()));
            use.calls()
                    .forEach((kind, count) -> assertThat(ended.sum("kyanos_io_uring_calls_total", "kind", kind))
                            .as(kind)
                            .isEqualTo(count.doubleValue()));
            assertThat(ended.sum("kyanos_io_uring_calls_total"))
                    .isEqualTo(use.calls().values().stream()
                            .mapToDouble(count -> count)
                            .sum());
            LossBooksIT.assertBooksBalance(ended);
        }
    }

    @Test
    void atSystemCallsItsBytesAreGaps() throws Exception {
        try (RunningProgram program = ring("basic", "tcp");
                ExporterInside kyanos =
                        ExporterInside.start("--set", VANTAGE + "=syscalls", "--pids", program.parentPid())) {
            String sent = exchange(program);

            Scrape ended = kyanos.await(seen ->
                    assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(2.0 * sent.length()));
            // the connection opens and ends by system calls; what they do not move is a gap in its streams
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "gap_untraced")
                            + ended.sum("kyanos_stream_bytes_total", "fate", "gap_lost"))
                    .isEqualTo(2.0 * sent.length() - BY_SYSTEM_CALLS);
            assertThat(ended.sum("kyanos_io_uring_calls_total")).isZero();
            LossBooksIT.assertBooksBalance(ended);
        }
    }

    /** What the program has sent. */
    private static String exchange(RunningProgram program) {
        program.tell("go\n");
        program.awaitOutput("done ");
        program.endInput();
        program.awaitExit();
        return program.output().split("done ")[1].strip();
    }

    /** {@code rings.c}, which waits to be told; the test is skipped where the kernel lacks this use of io_uring. */
    private static RunningProgram ring(String use, String transport) throws IOException {
        Path folder = RunningProgram.newFolder();
        Path source = folder.resolve("rings.c");
        try (InputStream in = Objects.requireNonNull(IoUringIT.class.getResourceAsStream("rings.c"))) {
            Files.copy(in, source);
        }
        Path compiled = folder.resolve("rings");
        Commands.run("gcc", "-O1", "-Wall", "-Werror", "-o", compiled.toString(), source.toString(), "-luring")
                .expectSuccess();
        RunningProgram program = RunningProgram.startIn(folder, compiled.toString(), use, transport);
        Awaitility.await().until(() -> program.output().contains("ready") || !program.isAlive());
        String output = program.output();
        if (output.startsWith(Requires.SKIPPED)) {
            program.close();
            Requires.abort(output.strip());
        }
        return program.awaitOutput("ready");
    }
}
