package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is spliced out of TCP sockets has a hook of its own, which is attached once somebody splices. */
class SplicesIT {

    private static final String NAME = "ky-splices";

    private final int port = Ports.free();

    @BeforeEach
    void require() {
        Requires.captureAnd("python3", "gcc");
        Assumptions.assumeTrue(KyanosProcess.isAtSockets(), "at system calls, splices need no hook of their own");
    }

    @Test
    void theHookIsAttachedOnceBytesAreMissingAndThenMissesNone() throws Exception {
        try (KyanosProcess kyanos =
                KyanosProcess.exporter("--comm", NAME, "--set", "kyanos.capture.sweep-interval=20ms")) {
            assertThat(isAttached(kyanos.scrape())).isZero();
            exchange();

            Scrape first = kyanos.await(seen -> {
                assertThat(isAttached(seen)).isOne();
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_stream_final_bytes_total")).isPositive();
            });
            LossBooksIT.assertBooksBalance(first);

            long bytes = exchange();

            Scrape second = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_stream_final_bytes_total"))
                        .isEqualTo(first.sum("kyanos_stream_final_bytes_total") + bytes);
            });
            assertThat(known(second) - known(first)).isEqualTo(bytes);
            second.assertNothingDropped();
        }
    }

    @Test
    void itIsNotAttachedWhereNobodySplices() throws Exception {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--pids", Long.toString(redis.pid()), "--set", "kyanos.capture.sweep-interval=20ms")) {
            for (int i = 0; i < 20; i++) {
                try (RedisClient client = new RedisClient(redis)) {
                    assertThat(client.ask("PING")).isEqualTo("+PONG");
                }
            }

            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total")).isEqualTo(20);
                assertThat(seen.sum("kyanos_open_connections")).isZero();
            });
            assertThat(isAttached(scrape)).isZero();
        }
    }

    /** One request and its answer through a relay that splices both bodies; gives what its connections moved. */
    private long exchange() throws IOException {
        try (ServerSocket upstream = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunningProgram relay = SubjectCapture.startUnder(
                                List.of(), NAME, "relay", port, Integer.toString(upstream.getLocalPort()))
                        .awaitOutput("listening");
                CountingPeer client = CountingPeer.connect(port)) {
            client.send(CountingPeer.request("/relayed", 2000));
            try (CountingPeer server = CountingPeer.accept(upstream)) {
                server.readMessage();
                server.send("HTTP/1.1 200 OK\r\nContent-Length: 3000\r\n\r\n" + "b".repeat(3000));
                client.readMessage();
                relay.awaitOutput("relayed 5000");
                return client.bytes() + server.bytes();
            }
        }
    }

    private static double isAttached(Scrape seen) {
        return seen.sum("kyanos_hook_attached", "step", "tcp_splice");
    }

    /** Bytes of which it is known what they are. */
    private static double known(Scrape seen) {
        return seen.sum("kyanos_stream_bytes_total", "fate", "parsed")
                + seen.sum("kyanos_stream_bytes_total", "fate", "passed_over");
    }
}
