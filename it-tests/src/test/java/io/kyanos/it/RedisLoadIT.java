package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With buffers larger than the run, every request of a load is seen, on both of its ends. */
class RedisLoadIT {

    private static final int REQUESTS = 100_000;

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "redis-cli", "redis-benchmark");
    }

    @ParameterizedTest(name = "pipelines of {0}")
    @ValueSource(ints = {1, 16})
    void seesEveryRequestOnBothEnds(int pipeline) {
        try (Family family = Family.start();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--set",
                        "kyanos.capture.rings.syscall=64MiB",
                        "--set",
                        "kyanos.capture.perf-buffers.syscall=64MiB",
                        "--pids",
                        Long.toString(family.pid()));
                Servers.Server redis = family.redis()) {
            String peer = "127.0.0.1:" + redis.port();
            cli(redis, "config", "resetstat");

            family.run("redis-benchmark -q -t get -c 50 -p " + redis.port() + " -n " + REQUESTS + " -P " + pipeline);
            long byRedis = calls("get", cli(redis, "info", "commandstats"));
            Scrape scrape = kyanos.await(seen -> {
                SoftAssertions.assertSoftly(softly -> {
                    softly.assertThat(requests(seen, "client", peer))
                            .as("client side")
                            .isEqualTo(byRedis);
                    softly.assertThat(requests(seen, "server", ""))
                            .as("server side")
                            .isEqualTo(byRedis);
                    softly.assertThat(seen.sum("kyanos_open_connections"))
                            .as("open")
                            .isZero();
                });
                LossBooksIT.assertBooksBalance(seen);
            });

            assertThat(byRedis).isEqualTo(REQUESTS);
            assertThat(scrape.sum("kyanos_requests_total", "operation", "GET")).isEqualTo(2 * REQUESTS);
            assertThat(scrape.sum("kyanos_request_duration_seconds_count", "operation", "GET", "side", "server"))
                    .isEqualTo(REQUESTS);
            assertThat(scrape.sum("kyanos_capture_lost_events_total"))
                    .as("lost")
                    .isZero();
            scrape.assertNothingDropped();
            assertThat(scrape.sum("kyanos_stream_bytes_total"))
                    .isEqualTo(scrape.sum("kyanos_stream_bytes_total", "fate", "parsed")
                            + scrape.sum("kyanos_stream_bytes_total", "fate", "passed_over"));
        }
    }

    private static double requests(Scrape seen, String side, String peer) {
        return seen.sum("kyanos_requests_total", "operation", "GET", "outcome", "ok", "side", side, "peer", peer);
    }

    static String cli(Servers.Server redis, String... command) {
        String[] line = new String[command.length + 3];
        line[0] = "redis-cli";
        line[1] = "-p";
        line[2] = Integer.toString(redis.port());
        System.arraycopy(command, 0, line, 3, command.length);
        return Commands.run(line).expectSuccess();
    }

    static long calls(String command, String commandstats) {
        Matcher line = Pattern.compile("cmdstat_" + command + ":calls=(\\d+)").matcher(commandstats);
        return line.find() ? Long.parseLong(line.group(1)) : 0;
    }
}
