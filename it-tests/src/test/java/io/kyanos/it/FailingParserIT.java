package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.cli.ThrowingProtocol;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A parser with a bug costs its own connection, and no other. */
class FailingParserIT {

    @BeforeAll
    static void canCapture() {
        Requires.captureAnd("python3", "bpftool");
    }

    @Test
    void aConnectionWhoseParserThrowsTwiceIsNoLongerCapturedAndTheOthersGoOn() {
        try (Servers.Server churn = Scripts.churn();
                KyanosProcess kyanos = KyanosProcess.exporterOf(
                        ThrowingProtocol.class,
                        "--local-ports",
                        Integer.toString(churn.port()),
                        // where the kernel side's table counts what was captured
                        "--set",
                        "kyanos.capture.vantage=syscalls")) {
            KernelMap table = KernelMap.of(kyanos.program().pid(), "connections");
            Scripts.tell(churn, "throw 1 first");
            kyanos.await(seen -> assertThat(failures(seen)).isOne());
            Scripts.tell(churn, "throw 1 second");
            kyanos.await(seen -> assertThat(failures(seen)).isEqualTo(2));

            long captured = sumOfOnlyConnection(table, churn.port(), "captured");
            long moved = sumOfOnlyConnection(table, churn.port(), "position");
            Scripts.tell(churn, "throw 100");
            assertThat(sumOfOnlyConnection(table, churn.port(), "position")).isEqualTo(moved + 2 * 100 * 100);
            assertThat(sumOfOnlyConnection(table, churn.port(), "captured")).isEqualTo(captured);

            Scripts.tell(churn, "hold 3");
            kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total")).isEqualTo(3));
            Scripts.tell(churn, "quit");
            Scrape ended = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_stream_final_bytes_total")).isEqualTo(Scripts.moved(churn));
                LossBooksIT.assertBooksBalance(seen);
            });
            assertThat(failures(ended)).isEqualTo(2);
            assertThat(kyanos.error().lines().filter(line -> line.contains("actor has died")))
                    .as("told once")
                    .hasSize(1);
            assertThat(kyanos.error()).contains("IllegalStateException").doesNotContain("THROW");
        }
    }

    private static double failures(Scrape scrape) {
        return scrape.sum("kyanos_dropped_total", "where", "connection", "reason", "failure");
    }

    private static long sumOfOnlyConnection(KernelMap table, int port, String field) {
        List<Map<String, Object>> connections = table.connectionsOf(port);
        assertThat(connections).hasSize(1);
        return ((List<?>) connections.get(0).get(field))
                .stream().mapToLong(KernelMap::number).sum();
    }
}
