package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whichever way events leave the kernel, it is told, and so is what one event can hold. */
class TransportIT {

    private static final int SMALL_BUFFER = 16 * 1024;
    private static final int VALUE_BYTES = 20_000;

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"auto, ring", "ring, ring", "perf, perf"})
    void capsPayloadToWhatItsBufferHoldsAndSaysSo(String asked, String taken) throws IOException {
        int cap = SMALL_BUFFER / 2;
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--set",
                        "kyanos.capture.transport=" + asked,
                        "--set",
                        "kyanos.capture.rings.syscall=" + SMALL_BUFFER,
                        "--set",
                        "kyanos.capture.perf-buffers.syscall=" + SMALL_BUFFER,
                        "--pids",
                        Long.toString(redis.pid()),
                        "--side",
                        "server",
                        "--local-ports",
                        Integer.toString(redis.port()))) {
            assertThat(kyanos.error())
                    .contains("capture by " + taken + " buffers, at most " + cap + " payload bytes per system call");

            try (RedisClient client = new RedisClient(redis)) {
                assertThat(client.ask("set key " + "v".repeat(VALUE_BYTES))).isEqualTo("+OK");
            }

            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total", "operation", "SET", "outcome", "ok"))
                        .isOne();
                assertThat(seen.sum("kyanos_open_connections")).isZero();
            });
            assertThat(scrape.sum("kyanos_capture_info", "transport", taken)).isOne();
            assertThat(scrape.sum("kyanos_capture_payload_cap_bytes")).isEqualTo(cap);
            assertThat(scrape.sum("kyanos_capture_lost_events_total")).isZero();
            LossBooksIT.assertBooksBalance(scrape);
        }
    }
}
