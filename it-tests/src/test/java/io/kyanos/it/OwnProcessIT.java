package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The exporter answers scrapes, and does not see itself do so. */
class OwnProcessIT {

    private static final int SCRAPES = 20;

    @BeforeAll
    static void require() {
        Requires.captureAnd("unshare");
    }

    @ParameterizedTest(name = "through \"{0}\"")
    @ValueSource(strings = {"", "unshare --pid --fork --mount-proc --kill-child"})
    void neverTracesItself(String through) {
        List<String> prefix = through.isEmpty() ? List.of() : List.of(through.split(" "));
        int port = Ports.free();
        try (KyanosProcess other = KyanosProcess.watch("--local-ports", Integer.toString(port));
                KyanosProcess kyanos = KyanosProcess.exporterUnder(
                        prefix, "--listen", "127.0.0.1:" + port, "--local-ports", Integer.toString(port))) {
            for (int i = 1; i < SCRAPES; i++) {
                kyanos.scrape();
            }
            other.awaitRecordsOf(
                    port,
                    records -> assertThat(records)
                            .filteredOn(record -> record.path().equals("/metrics"))
                            .hasSizeGreaterThanOrEqualTo(SCRAPES - 1)
                            .allSatisfy(record -> assertThat(record.side()).isEqualTo("server")));
            Commands.run("true");
            Scrape scrape =
                    kyanos.await(seen -> assertThat(seen.sum("kyanos_capture_events_total", "channel", "process"))
                            .as("what it does see")
                            .isPositive());

            assertThat(scrape.sum("kyanos_requests_total")).as(scrape.text()).isZero();
            assertThat(scrape.sum("kyanos_capture_events_total", "channel", "syscall"))
                    .as(scrape.text())
                    .isZero();
        }
    }
}
