package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What programs move over sockets by io_uring. */
class IoUringIT {

    /** Moves bytes over a connection to itself, in one direction; prints them. */
    private static final String PROGRAM = """
            #include <arpa/inet.h>
            #include <liburing.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <unistd.h>

            static struct io_uring ring;
            static char sent[1 << 20], area[4096];
            static int length, number;

            static void check(int ok, const char *what)
            {
            	if (!ok) {
            		perror(what);
            		exit(1);
            	}
            }

            /* The next bytes to send: no two of the same. */
            static char *next(int bytes)
            {
            	char *begin = sent + length;
            	int head = sprintf(begin, "<%d>", number++);

            	memset(begin + head, 'a' + number % 26, bytes - head);
            	length += bytes;
            	return begin;
            }

            static struct io_uring_sqe *request(void)
            {
            	return io_uring_get_sqe(&ring);
            }

            static int finish(int wanted, const char *what)
            {
            	struct io_uring_cqe *cqe;
            	int result, flags;

            	check(!io_uring_wait_cqe(&ring, &cqe), "wait");
            	result = cqe->res;
            	flags = cqe->flags;
            	io_uring_cqe_seen(&ring, cqe);
            	if (result != wanted) {
            		fprintf(stderr, "%s: %d (expected: %d)\\n", what, result, wanted);
            		exit(1);
            	}
            	return flags;
            }

            static void plain_read(int fd, int bytes)
            {
            	while (bytes) {
            		int got = read(fd, area, bytes < 4096 ? bytes : 4096);

            		check(got > 0, "read");
            		bytes -= got;
            	}
            }

            static void exchange(int a, int b)
            {
            	struct iovec out[2], in[2];
            	struct msghdr to = { .msg_iov = out }, from = { .msg_iov = in };
            	struct io_uring_sqe *sqe;
            	struct io_uring_cqe *cqe;
            	int i, flags;

            	for (i = 0; i < 10; i++) {
            		/* one that finds its bytes, one that waits for them */
            		io_uring_prep_send(request(), a, next(100), 100, 0);
            		io_uring_submit(&ring);
            		finish(100, "send");
            		io_uring_prep_recv(request(), b, area, sizeof(area), 0);
            		io_uring_submit(&ring);
            		finish(100, "recv");
            		io_uring_prep_recv(request(), b, area, sizeof(area), 0);
            		io_uring_submit(&ring);
            		check(write(a, next(50), 50) == 50, "write");
            		finish(50, "recv that waits");
            		io_uring_prep_write(request(), a, next(200), 200, 0);
            		io_uring_submit(&ring);
            		finish(200, "write");
            		io_uring_prep_read(request(), b, area, sizeof(area), 0);
            		io_uring_submit(&ring);
            		finish(200, "read");
            		out[0] = (struct iovec){ next(300), 300 };
            		in[0] = (struct iovec){ area, sizeof(area) };
            		to.msg_iovlen = from.msg_iovlen = 1;
            		io_uring_prep_sendmsg(request(), a, &to, 0);
            		io_uring_submit(&ring);
            		finish(300, "sendmsg");
            		io_uring_prep_recvmsg(request(), b, &from, 0);
            		io_uring_submit(&ring);
            		finish(300, "recvmsg");
            		/* in two pieces of memory: counted, not looked at */
            		out[0] = (struct iovec){ next(30), 30 };
            		out[1] = (struct iovec){ next(50), 50 };
            		to.msg_iovlen = 2;
            		io_uring_prep_sendmsg(request(), a, &to, 0);
            		io_uring_submit(&ring);
            		finish(80, "sendmsg in two");
            		plain_read(b, 80);
            		out[0] = (struct iovec){ next(30), 30 };
            		out[1] = (struct iovec){ next(50), 50 };
            		io_uring_prep_writev(request(), a, out, 2, 0);
            		io_uring_submit(&ring);
            		finish(80, "writev");
            		plain_read(b, 80);
            		/* by a worker of the ring */
            		sqe = request();
            		io_uring_prep_send(sqe, a, next(60), 60, 0);
            		sqe->flags |= IOSQE_ASYNC;
            		io_uring_submit(&ring);
            		finish(60, "send by a worker");
            		plain_read(b, 60);
            	}
            	/* a chain: which of them it is that sends is not certain */
            	sqe = request();
            	io_uring_prep_send(sqe, a, next(40), 40, 0);
            	sqe->flags |= IOSQE_IO_LINK;
            	io_uring_prep_send(request(), a, next(40), 40, 0);
            	io_uring_submit(&ring);
            	finish(40, "first of a chain");
            	finish(40, "second of a chain");
            	plain_read(b, 80);
            	/* two that wait: which of them gets the bytes is not certain */
            	for (i = 0; i < 2; i++) {
            		io_uring_prep_recv(request(), b, area + i * 100, 100, 0);
            		io_uring_submit(&ring);
            	}
            	for (i = 0; i < 2; i++) {
            		check(write(a, next(30), 30) == 30, "write");
            		finish(30, "recv of two that wait");
            	}
            	if (TCP) {
            		for (i = 0; i < 3; i++) {
            			io_uring_prep_send_zc(request(), a, next(700), 700, 0, 0);
            			io_uring_submit(&ring);
            			flags = finish(700, "send_zc");
            			plain_read(b, 700);
            			if (flags & IORING_CQE_F_MORE)
            				finish(0, "notification");
            		}
            	}
            	/* many receives of one request */
            	io_uring_prep_provide_buffers(request(), area, 512, 8, 1, 0);
            	io_uring_submit(&ring);
            	finish(0, "provide buffers");
            	sqe = request();
            	io_uring_prep_recv_multishot(sqe, b, NULL, 0, 0);
            	sqe->flags |= IOSQE_BUFFER_SELECT;
            	sqe->buf_group = 1;
            	io_uring_submit(&ring);
            	for (i = 0; i < 5; i++) {
            		check(write(a, next(90), 90) == 90, "write");
            		check(finish(90, "receive of many") & IORING_CQE_F_MORE, "more");
            	}
            	io_uring_prep_cancel(request(), NULL, IORING_ASYNC_CANCEL_ANY);
            	io_uring_submit(&ring);
            	for (i = 0; i < 2; i++) {
            		check(!io_uring_wait_cqe(&ring, &cqe), "wait");
            		io_uring_cqe_seen(&ring, cqe);
            	}
            }

            int main(void)
            {
            	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
            	socklen_t size = sizeof(address);
            	int ends[2], listener;

            	check(!io_uring_queue_init(32, &ring, 0), "ring");
            	printf("ready\\n");
            	fflush(stdout);
            	getchar();
            	if (TCP) {
            		listener = socket(AF_INET, SOCK_STREAM, 0);
            		check(!bind(listener, (struct sockaddr *)&address, size) && !listen(listener, 1) &&
            			      !getsockname(listener, (struct sockaddr *)&address, &size),
            		      "listen");
            		ends[0] = socket(AF_INET, SOCK_STREAM, 0);
            		check(!connect(ends[0], (struct sockaddr *)&address, size), "connect");
            		ends[1] = accept(listener, NULL, NULL);
            	} else {
            		check(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
            	}
            	exchange(ends[0], ends[1]);
            	close(ends[0]);
            	check(read(ends[1], area, 1) == 0, "end");
            	close(ends[1]);
            	printf("done %.*s\\n", length, sent);
            	fflush(stdout);
            	getchar();
            	return 0;
            }
            """;

    private static final String VANTAGE = "kyanos.capture.vantage";

    private static final int ROUNDS = 10;

    /** In vectors, or in a chain of requests. */
    private static final int SENT_UNSEEN = ROUNDS * (80 + 80) + 2 * 40;

    /** By requests that wait for the same socket. */
    private static final int RECEIVED_UNSEEN = 2 * 30;

    private static final Map<String, Double> CALLS = Map.of(
            "send", 2.0 * ROUNDS,
            "recv", 2.0 * ROUNDS + 5,
            "write", 1.0 * ROUNDS,
            "read", 1.0 * ROUNDS,
            "sendmsg", 2.0 * ROUNDS,
            "recvmsg", 1.0 * ROUNDS,
            "writev", 1.0 * ROUNDS,
            "uncertain", 4.0);

    private static final int ZERO_COPY = 3;

    private static final double BY_SYSTEM_CALLS =
            ROUNDS * 50 + 5 * 90 + 2 * 30 + ROUNDS * (80 + 80 + 60) + 2 * 40 + ZERO_COPY * 700;

    @BeforeAll
    static void require() {
        Requires.captureAnd("gcc", "python3");
        Requires.tracepointsOfSockets();
        Requires.header("liburing.h");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void everyByteIsSeenAtItsPlaceAndMostAreLookedAt(String transport) throws Exception {
        try (RunningProgram program = ring(transport);
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
                assertThat(unseen).isEqualTo(direction == Direction.EGRESS ? SENT_UNSEEN : RECEIVED_UNSEEN);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void callsAreCountedByKind(String transport) throws Exception {
        Map<String, Double> calls = new HashMap<>(CALLS);
        if (transport.equals("tcp")) {
            calls.put("send_zc", 1.0 * ZERO_COPY);
        }
        try (RunningProgram program = ring(transport);
                ExporterInside kyanos =
                        ExporterInside.start("--set", VANTAGE + "=sockets", "--pids", program.parentPid())) {
            String sent = exchange(program);

            Scrape ended = kyanos.await(seen ->
                    assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(2.0 * sent.length()));
            calls.forEach((kind, count) -> assertThat(ended.sum("kyanos_io_uring_calls_total", "kind", kind))
                    .as(kind)
                    .isEqualTo(count));
            assertThat(ended.sum("kyanos_io_uring_calls_total"))
                    .isEqualTo(
                            calls.values().stream().mapToDouble(count -> count).sum());
            LossBooksIT.assertBooksBalance(ended);
        }
    }

    @Test
    void atSystemCallsItsBytesAreGaps() throws Exception {
        try (RunningProgram program = ring("tcp");
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

    private static RunningProgram ring(String transport) throws IOException {
        Path folder = RunningProgram.newFolder();
        Path source = Files.writeString(folder.resolve("ring.c"), PROGRAM);
        Path compiled = folder.resolve("ring");
        Commands.run(
                        "gcc",
                        "-O1",
                        "-Wall",
                        "-Werror",
                        "-DTCP=" + (transport.equals("tcp") ? 1 : 0),
                        "-o",
                        compiled.toString(),
                        source.toString(),
                        "-luring")
                .expectSuccess();
        return RunningProgram.startIn(folder, compiled.toString()).awaitOutput("ready");
    }
}
