package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * How much the kernel side captures of a connection follows what is known of it. The oracle is the kernel's own count, which
 * is up to date where calls are seen at their border; where they are seen at the sockets, what has become of each byte.
 */
class TraceStatesIT {

    private static final String WITH_COUNT = "kyanos.capture.vantage=syscalls";

    // as reference.conf has them
    private static final int HEAD_BYTES = 256;
    private static final int UNDECIDED_BYTES = 65536;

    private int told;

    @BeforeAll
    static void canCapture() {
        Requires.captureAnd("python3", "redis-server", "bpftool");
    }

    @Test
    void anUnknownConnectionIsSoonCapturedNoFurther() {
        try (Servers.Server churn = Scripts.churn();
                KyanosProcess kyanos =
                        KyanosProcess.exporter("--set", WITH_COUNT, "--local-ports", Integer.toString(churn.port()))) {
            KernelMap table = KernelMap.of(kyanos.program().pid(), "connections");
            talk(churn, "babble", 1);
            long first = captured(table, churn.port());
            assertThat(first).as("while it may still be known").isEqualTo(2000);
            awaitStandstill(table, churn, "babble");

            long captured = captured(table, churn.port());
            long moved = moved(table, churn.port());
            talk(churn, "babble", 500);
            assertThat(captured(table, churn.port())).isEqualTo(captured);
            assertThat(moved(table, churn.port())).isEqualTo(moved + 2 * 500 * 1000);
            System.out.println(
                    "captured " + captured + " of the first " + moved + " bytes, 0 of the next " + 2 * 500 * 1000);

            Scripts.tell(churn, "quit");
            Scrape ended = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(Scripts.moved(churn));
                LossBooksIT.assertBooksBalance(seen);
            });
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "gap_untraced"))
                    .isGreaterThanOrEqualTo(2 * 500 * 1000);
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "gap_lost"))
                    .isZero();
            assertThat(ended.sum("kyanos_requests_total")).isZero();
        }
    }

    @Test
    void theSameHoldsAtTheSockets() {
        try (Servers.Server churn = Scripts.churn();
                KyanosProcess kyanos = KyanosProcess.exporter("--local-ports", Integer.toString(churn.port()))) {
            talk(churn, "babble", 700);

            Scripts.tell(churn, "quit");
            Scrape ended = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(Scripts.moved(churn));
                LossBooksIT.assertBooksBalance(seen);
            });
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "gap_untraced"))
                    .isGreaterThanOrEqualTo(2 * 700 * (1000 - HEAD_BYTES) - UNDECIDED_BYTES);
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "gap_lost"))
                    .isZero();
            assertThat(ended.sum("kyanos_stream_bytes_total", "fate", "gap_concurrent"))
                    .isZero();
        }
    }

    @Test
    void aRedisConnectionThatWasOpenBeforeIsCapturedInFullOnceItIsKnown() throws Exception {
        try (Servers.Server redis = Servers.redis();
                RedisClient client = new RedisClient(redis)) {
            assertThat(client.ask("set before " + "v".repeat(1000))).isNotEmpty();
            try (KyanosProcess kyanos = KyanosProcess.exporter(
                    "--set", WITH_COUNT, "--side", "server", "--local-ports", Integer.toString(redis.port()))) {
                KernelMap table = KernelMap.of(kyanos.program().pid(), "connections");
                // the second one proves that nothing was missed before the first
                assertThat(client.ask("get before")).isNotNull();
                assertThat(client.ask("get before")).isNotNull();
                kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "operation", "GET"))
                        .isEqualTo(2));
                long captured = captured(table, redis.port());
                long moved = moved(table, redis.port());

                String value = "v".repeat(20_000);
                assertThat(client.ask("set after " + value)).isNotEmpty();
                kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "operation", "SET"))
                        .isOne());

                assertThat(captured(table, redis.port()) - captured)
                        .isEqualTo(moved(table, redis.port()) - moved)
                        .isGreaterThan(value.length());
            }
        }
    }

    @Test
    void anHttpConnectionThatWasOpenBeforeGivesRecordsOnceItIsKnown() {
        try (Servers.Server churn = Scripts.churn()) {
            Scripts.tell(churn, "hold 1");
            try (KyanosProcess kyanos =
                    KyanosProcess.exporter("--set", WITH_COUNT, "--local-ports", Integer.toString(churn.port()))) {
                Scripts.tell(churn, "talk 5");

                kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "outcome", "ok"))
                        .isEqualTo(5));
                KernelMap table = KernelMap.of(kyanos.program().pid(), "connections");
                assertThat(captured(table, churn.port()))
                        .isEqualTo(moved(table, churn.port()))
                        .isPositive();
            }
        }
    }

    @Test
    void aConnectionOfAnUnwantedProtocolIsNoLongerCapturedOnceItIsKnown() {
        try (Servers.Server churn = Scripts.churn();
                KyanosProcess kyanos = KyanosProcess.watch(
                        "redis", "--set", WITH_COUNT, "--local-ports", Integer.toString(churn.port()))) {
            KernelMap table = KernelMap.of(kyanos.program().pid(), "connections");
            Scripts.tell(churn, "hold 1");
            awaitStandstill(table, churn, "talk");

            long captured = captured(table, churn.port());
            long moved = moved(table, churn.port());
            talk(churn, "talk", 100);
            assertThat(captured(table, churn.port())).isEqualTo(captured);
            assertThat(moved(table, churn.port())).isGreaterThan(moved);
            assertThat(kyanos.recordsOf(churn.port())).isEmpty();
        }
    }

    /** Lets it talk until that changes nothing of what is captured. */
    private void awaitStandstill(KernelMap table, Servers.Server churn, String word) {
        Awaitility.await().untilAsserted(() -> {
            talk(churn, word, 40);
            long captured = captured(table, churn.port());
            talk(churn, word, 40);
            assertThat(captured(table, churn.port())).isEqualTo(captured);
        });
    }

    private void talk(Servers.Server churn, String word, int times) {
        told++;
        Scripts.tell(churn, word + " " + times + " " + told);
    }

    private static long captured(KernelMap table, int port) {
        return sum(table, port, "captured");
    }

    private static long moved(KernelMap table, int port) {
        return sum(table, port, "position");
    }

    private static long sum(KernelMap table, int port, String field) {
        List<Map<String, Object>> connections = table.connectionsOf(port);
        assertThat(connections).hasSize(1);
        return ((List<?>) connections.get(0).get(field))
                .stream().mapToLong(KernelMap::number).sum();
    }
}
