package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the programs cost is told; a budget is kept by steps that are told, and the books stay exact meanwhile. */
class BudgetIT {

    private static final double LEAST_SAMPLE = 1.0 / 64;
    private static final int CONNECTIONS = 3000;
    /** So that looking on does not keep the exporter above its budget. */
    private static final Duration SELDOM = Duration.ofSeconds(1);

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "redis-cli", "redis-benchmark", "setpriv");
    }

    @Test
    void theRunTimeOfTheProgramsRisesWithWhatTheySee() throws Exception {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = ofServer(redis, "--set", "kyanos.capture.run-times=true");
                RedisClient client = new RedisClient(redis)) {
            Scrape first = kyanos.await(
                    seen -> assertThat(seen.sum("kyanos_bpf_seconds_total")).isPositive());
            double runs = first.sum("kyanos_bpf_runs_total");
            for (int i = 0; i < 1000; i++) {
                client.ask("get key");
            }

            kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_bpf_runs_total")).isGreaterThan(runs + 2000);
                assertThat(seen.sum("kyanos_bpf_seconds_total")).isGreaterThan(first.sum("kyanos_bpf_seconds_total"));
                seen.samples("kyanos_bpf_seconds_total")
                        .forEach(sample -> assertThat(sample.labels()).containsOnlyKeys("program"));
            });
        }
    }

    @Test
    void saysWhichRightsCountingNeedsAndCapturesWithoutThem() throws Exception {
        List<String> without = List.of("setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin");
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = KyanosProcess.exporterUnder(
                        without,
                        "--set",
                        "kyanos.capture.run-times=true",
                        "--side",
                        "server",
                        "--local-ports",
                        Integer.toString(redis.port()));
                RedisClient client = new RedisClient(redis)) {
            client.ask("get key");

            kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "operation", "GET"))
                    .isOne());
            assertThat(kyanos.error()).contains("enable run statistics: EPERM", "CAP_SYS_ADMIN");
        }
    }

    @Test
    void detailFallsByToldStepsBeyondTheBudgetAndComesBackWithoutLoad() throws Exception {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = ofServer(
                        redis,
                        "--set",
                        "kyanos.capture.budget=0.1",
                        "--set",
                        "kyanos.capture.budget-interval=200ms",
                        "--set",
                        "kyanos.capture.budget-calm-looks=2")) {
            awaitSeldom(kyanos, seen -> assertThat(holds(seen, "full")).isTrue());
            try (RunningProgram pipelines = load(redis, "-P 64");
                    RunningProgram shortOnes = load(redis, "-k 0")) {
                awaitSeldom(kyanos, seen -> {
                    assertThat(holds(seen, "sampling")).isTrue();
                    assertThat(seen.sum("kyanos_capture_sampled_ratio")).isLessThan(1);
                    assertThat(leftOut(seen)).isPositive();
                    assertThat(seen.sum("kyanos_stream_bytes_total", "fate", "gap_capped"))
                            .isPositive();
                    assertThat(seen.sum("kyanos_stream_bytes_total", "fate", "gap_untraced"))
                            .isPositive();
                });
                assertThat(List.of(pipelines.isAlive(), shortOnes.isAlive())).containsOnly(true);
            }
            assertThat(kyanos.error())
                    .containsSubsequence(
                            "budget: ",
                            "of a processor used (expected: <= 0.1); detail falls to payload",
                            "detail falls to heads",
                            "detail falls to sampling: heads of one connection in 2");

            awaitSeldom(kyanos, seen -> {
                assertThat(holds(seen, "full")).isTrue();
                assertThat(seen.sum("kyanos_capture_sampled_ratio")).isOne();
            });
            assertThat(kyanos.error()).contains("detail comes back to full");

            Scrape rest = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                LossBooksIT.assertBooksBalance(seen);
            });
            String value = "v".repeat(50_000);
            try (RedisClient client = new RedisClient(redis)) {
                client.ask("set whole " + value);
            }
            kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(parsed(seen) - parsed(rest)).isGreaterThan(value.length());
                LossBooksIT.assertBooksBalance(seen);
            });
        }
    }

    @Test
    void samplingLeavesOutBothEndsOfAConnectionAndCountsThem() {
        try (Family family = Family.start();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--set",
                        "kyanos.capture.budget=0.001",
                        "--set",
                        "kyanos.capture.budget-interval=10ms",
                        "--pids",
                        Long.toString(family.pid()));
                Servers.Server redis = family.redis()) {
            // a JVM that does nothing costs more than that: there it stays
            kyanos.await(
                    seen -> assertThat(seen.sum("kyanos_capture_sampled_ratio")).isEqualTo(LEAST_SAMPLE));
            long madeBefore = connections(redis);
            // the asking one was of the server's side alone, as it is no child of the family
            Scrape before = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_open_connections")).isZero();
                assertThat(counted(seen)).isPositive();
            });

            family.run("redis-benchmark -q -t get -k 0 -c 1 -p " + redis.port() + " -n " + CONNECTIONS);
            long made = connections(redis) - madeBefore;

            assertThat(made).isGreaterThan(CONNECTIONS);
            kyanos.await(seen -> SoftAssertions.assertSoftly(softly -> {
                softly.assertThat(counted(seen) - counted(before))
                        .as("ends of connections, seen or left out")
                        .isEqualTo(2 * made - 1);
                softly.assertThat(leftOut(seen) - leftOut(before))
                        .as("left out")
                        .isGreaterThan(made);
                softly.assertThat(gets(seen, "client"))
                        .as("of the client")
                        .isPositive()
                        .isLessThan(CONNECTIONS / 4.0)
                        .isEqualTo(gets(seen, "server"));
                softly.assertThat(seen.sum("kyanos_requests_total", "outcome", "unanswered"))
                        .as("unanswered")
                        .isZero();
                softly.assertThat(seen.sum("kyanos_open_connections"))
                        .as("open")
                        .isZero();
            }));
            LossBooksIT.assertBooksBalance(kyanos.scrape());
        }
    }

    private static KyanosProcess ofServer(Servers.Server redis, String... more) {
        return KyanosProcess.exporter(
                Servers.concat(more, new String[] {"--pids", Long.toString(redis.pid()), "--side", "server"}));
    }

    /** Until it is closed. */
    private static RunningProgram load(Servers.Server redis, String kind) {
        return RunningProgram.start(
                ("redis-benchmark -q -l -t set,get -c 20 -d 100 -p " + redis.port() + " " + kind).split(" "));
    }

    private static void awaitSeldom(KyanosProcess kyanos, Consumer<Scrape> assertion) {
        Awaitility.await().pollInterval(SELDOM).untilAsserted(() -> assertion.accept(kyanos.scrape()));
    }

    private static boolean holds(Scrape seen, String step) {
        return seen.sum("kyanos_capture_detail", "step", step) == 1 && seen.sum("kyanos_capture_detail") == 1;
    }

    private static double leftOut(Scrape seen) {
        return seen.sum("kyanos_dropped_total", "where", "kernel", "reason", "budget");
    }

    private static double counted(Scrape seen) {
        return leftOut(seen) + seen.sum("kyanos_connections_total");
    }

    private static double parsed(Scrape seen) {
        return seen.sum("kyanos_stream_bytes_total", "fate", "parsed")
                + seen.sum("kyanos_stream_bytes_total", "fate", "passed_over");
    }

    private static double gets(Scrape seen, String side) {
        return seen.sum("kyanos_requests_total", "operation", "GET", "side", side);
    }

    /** That were made to it so far, the one that asks among them. */
    private static long connections(Servers.Server redis) {
        String info = RedisLoadIT.cli(redis, "info", "stats");
        return RedisClient.number(info, "total_connections_received");
    }
}
