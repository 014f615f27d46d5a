package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With rings larger than the run, every request of a load is seen, on both of its ends. */
class RedisLoadIT {

    private static final int REQUESTS = 100_000;

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "redis-cli", "redis-benchmark");
    }

    @ParameterizedTest(name = "pipelines of {0}")
    @ValueSource(ints = {1, 16})
    void seesEveryRequestOnBothEnds(int pipeline) {
        try (KyanosProcess kyanos = KyanosProcess.exporter("--set", "kyanos.capture.rings.syscall=64MiB");
                Servers.Server redis = Servers.redis()) {
            String peer = "127.0.0.1:" + redis.port();
            cli(redis, "config", "resetstat");

            Commands.run(
                            Duration.ofMinutes(2),
                            "redis-benchmark",
                            "-p",
                            Integer.toString(redis.port()),
                            "-n",
                            Integer.toString(REQUESTS),
                            "-c",
                            "50",
                            "-t",
                            "get",
                            "-P",
                            Integer.toString(pipeline),
                            "-q")
                    .expectSuccess();
            long byRedis = calls("get", cli(redis, "info", "commandstats"));
            Scrape scrape = kyanos.await(seen -> {
                SoftAssertions.assertSoftly(softly -> {
                    softly.assertThat(seen.sum("kyanos_requests_total", "operation", "GET", "peer", peer))
                            .as("client side")
                            .isEqualTo(byRedis);
                    softly.assertThat(serverSide(seen)).as("server side").isEqualTo(byRedis);
                });
            });

            assertThat(byRedis).isEqualTo(REQUESTS);
            assertThat(scrape.sum("kyanos_requests_total", "operation", "GET", "outcome", "ok", "peer", peer))
                    .isEqualTo(REQUESTS);
            assertThat(scrape.sum("kyanos_request_duration_seconds_count", "operation", "GET", "peer", peer))
                    .isEqualTo(REQUESTS);
            assertThat(scrape.sum("kyanos_capture_lost_events_total")).isZero();
        }
    }

    private static double serverSide(Scrape seen) {
        return seen.sum(
                "kyanos_requests_total",
                "operation",
                "GET",
                "side",
                "server",
                "process",
                "redis-server",
                "outcome",
                "ok");
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
