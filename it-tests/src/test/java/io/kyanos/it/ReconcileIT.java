package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * While the reader stands still connections come and go, and the rings are far too small for it: afterwards what is
 * followed, what the kernel side has and what is really open are the same again, and the books balance.
 */
class ReconcileIT {

    private static final int HELD = 60;
    private static final int RELEASED = 20;
    private static final int SHORT_ONES = 6_000;

    @BeforeAll
    static void canCapture() {
        Requires.captureAnd("python3", "ss", "bpftool");
    }

    /** With room for all lost close events their final positions are exact; without, what has vanished is noticed as such. */
    @ParameterizedTest
    @CsvSource({"32768, end", "16, vanished"})
    void agreesWithTheKernelAgainAfterTheReaderStoodStill(int lostCloseEvents, String what) {
        try (Servers.Server churn = Scripts.churn();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--set",
                        "kyanos.capture.rings.conn=16 KiB",
                        "--set",
                        "kyanos.capture.rings.syscall=64 KiB",
                        "--set",
                        "kyanos.capture.wake-bytes=4 KiB",
                        "--set",
                        "kyanos.capture.lost-close-events=" + lostCloseEvents,
                        "--local-ports",
                        Integer.toString(churn.port()))) {
            KernelMap table = KernelMap.of(kyanos.program().pid(), "connections");
            Scripts.tell(churn, "hold " + HELD);
            kyanos.await(seen -> assertThat(seen.sum("kyanos_open_connections")).isEqualTo(HELD));

            kyanos.program().signal("STOP");
            Scripts.tell(churn, "churn " + SHORT_ONES / 2 + " 2000");
            Scripts.tell(churn, "hold " + (HELD + 1));
            Scripts.tell(churn, "release " + RELEASED);
            Scripts.tell(churn, "churn " + SHORT_ONES / 2 + " 2001");
            kyanos.program().signal("CONT");

            int open = 2 * HELD + 1 - RELEASED;
            assertThat(reallyOpen(churn.port())).isEqualTo(open);
            Scrape agreed = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).as("followed").isEqualTo(open);
                assertThat(seen.sum("kyanos_reconciled_total", "what", what)).isPositive();
            });
            assertThat(table.connectionsOf(churn.port()))
                    .as("the kernel side's")
                    .hasSize(open);
            assertThat(agreed.sum("kyanos_capture_lost_events_total", "channel", "conn"))
                    .isPositive();
            assertThat(agreed.sum("kyanos_reconciled_total", "what", "opening")).isPositive();
            tell(kyanos, "after the standstill", agreed);

            double before = records(agreed);
            Scripts.tell(churn, "talk 2");
            kyanos.await(seen -> assertThat(records(seen)).isEqualTo(before + 2 * open));

            Scripts.tell(churn, "quit");
            Scrape ended = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                LossBooksIT.assertBooksBalance(seen);
            });
            tell(kyanos, "at the end", ended);
            assertThat(table.connectionsOf(churn.port())).isEmpty();
            if (what.equals("end")) {
                assertThat(ended.sum("kyanos_reconciled_total", "what", "vanished"))
                        .isZero();
                assertThat(ended.sum("kyanos_stream_final_bytes_total")).isEqualTo(Scripts.moved(churn));
            } else {
                assertThat(ended.sum("kyanos_dropped_total", "where", "kernel", "reason", "ends_full"))
                        .isPositive();
                assertThat(ended.sum("kyanos_stream_final_bytes_total"))
                        .isPositive()
                        .isLessThan(Scripts.moved(churn));
            }
        }
    }

    @Test
    void forgetsTheThreadsAndProcessesThatHaveEnded() {
        try (Servers.Server churn = Scripts.churn();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        // where calls are noted at their entry
                        "--set",
                        "kyanos.capture.vantage=syscalls",
                        "--set",
                        "kyanos.capture.rings.process=4 KiB",
                        "--set",
                        "kyanos.capture.wake-bytes=1 KiB",
                        "--pids",
                        Long.toString(churn.pid()))) {
            long pid = kyanos.program().pid();
            KernelMap calls = KernelMap.of(pid, "calls");
            KernelMap traced = KernelMap.of(pid, "traced_tgids");
            Scripts.tell(churn, "hold 1");
            assertThat(calls.entries()).isNotEmpty();
            assertThat(traced.entries()).hasSize(1);

            kyanos.program().signal("STOP");
            Commands.run("sh", "-c", "for i in $(seq 200); do /bin/true; done").expectSuccess();
            Scripts.tell(churn, "quit");
            churn.program().endInput();
            assertThat(churn.program().awaitExit()).isZero();
            kyanos.program().signal("CONT");

            Scrape after = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_capture_lost_events_total", "channel", "process"))
                        .isPositive();
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(seen.sum("kyanos_reconciled_total", "what", "process"))
                        .isPositive();
            });
            tell(kyanos, "after the standstill", after);
            assertThat(traced.entries()).isEmpty();
            assertThat(calls.entries()).isEmpty();
        }
    }

    /** What was counted, for those who run the test. */
    private static void tell(KyanosProcess kyanos, String when, Scrape scrape) {
        System.out.println(when + ":");
        scrape.text()
                .lines()
                .filter(line -> line.matches("kyanos_(capture_(lost_)?events|dropped|reconciled|stream|open|connections"
                        + "|held|buffered|credit_in)\\S*(\\{.*\\})? (?!0\\.0).*"))
                .forEach(System.out::println);
    }

    private static double records(Scrape scrape) {
        return scrape.sum("kyanos_requests_total", "outcome", "ok");
    }

    private static long reallyOpen(int port) {
        long[] open = new long[1];
        Awaitility.await().untilAsserted(() -> {
            long before = open[0];
            open[0] = Commands.run("ss", "-tnH", "state", "connected", "sport", "=", ":" + port)
                    .expectSuccess()
                    .lines()
                    .count();
            assertThat(open[0]).as("at rest").isEqualTo(before);
        });
        return open[0];
    }
}
