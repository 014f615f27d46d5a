package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Settings at their bounds cost speed and may cost events, but the books balance, nothing hangs, and the end is orderly.
 * The oracle of the bytes is Redis.
 */
class ExtremeSettingsIT {

    private static final int REQUESTS = 10_000;
    private static final int COMMANDS = 2;
    private static final String POOL = ".fork-join-executor.parallelism-";

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "redis-benchmark");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "one thread, one message   | 64MiB | true  | ONE_THREAD",
                "the smallest credit       | 64MiB | true  | kyanos.actors.max-events-in-flight=1",
                "the smallest queues       | 64MiB | true  | kyanos.actors.record-queue=1 kyanos.actors.record-hub=1",
                "threads for connections   | 64MiB | true  | kyanos.actors.connection-dispatcher.executor=fork-join-executor",
                "three routers             | 64MiB | true  | kyanos.actors.routers=3",
                "as many as there can be   | 64MiB | true  | kyanos.actors.routers=64 kyanos.capture.batches=2 "
                        + "kyanos.connection.max-held=64KiB kyanos.actors.max-events-in-flight=64",
                "routers without threads   | 64MiB | true  | kyanos.actors.routers=3 "
                        + "kyanos.actors.connection-dispatcher.executor=fork-join-executor",
                "two of the smallest batch | 64MiB | true  | kyanos.capture.batches=2 kyanos.capture.batch-size=128KiB",
                "eight shards, queues of 1 | 64MiB | true  | kyanos.metrics.shards=8 kyanos.metrics.shard-queue=1",
                "the smallest memory       | 64MiB | false | kyanos.connection.max-held=64KiB "
                        + "kyanos.connection.max-held-total=64KiB kyanos.connection.max-buffered=64KiB "
                        + "kyanos.connection.max-buffered-total=64KiB kyanos.connection.max-calls=1",
                "little payload            | 64MiB | false | kyanos.capture.max-payload-bytes=64 "
                        + "kyanos.capture.head-bytes=64 kyanos.capture.undecided-bytes=0",
                "rings of 64 KiB           | 64KiB | false | kyanos.capture.wake-bytes=0",
                "data ring of one page     | 4KiB  | false | kyanos.capture.wake-bytes=0",
                "all rings of one page     | 4KiB  | false | kyanos.capture.rings.conn=4KiB "
                        + "kyanos.capture.rings.process=4KiB",
                "everything at its least   | 64KiB | false | ONE_THREAD kyanos.actors.max-events-in-flight=1 "
                        + "kyanos.actors.record-queue=1 kyanos.actors.record-hub=1 kyanos.capture.batches=2 "
                        + "kyanos.capture.batch-size=128KiB kyanos.connection.max-held=64KiB "
                        + "kyanos.connection.max-held-total=64KiB kyanos.connection.max-buffered-total=64KiB "
                        + "kyanos.metrics.shards=8 kyanos.metrics.shard-queue=1 kyanos.exporter.threads=1",
            })
    void booksBalance(String what, String ring, boolean isComplete, String settings) throws Exception {
        try (Servers.Server redis = Servers.redis()) {
            LossBooksIT.Traffic before = LossBooksIT.trafficBefore(redis);
            try (ExporterInside kyanos = serverSide(redis, ring, settings)) {
                Commands.run(benchmark(redis, 1, 3)).expectSuccess();
                Commands.run(benchmark(redis, 16, 100)).expectSuccess();

                LossBooksIT.Traffic traffic = LossBooksIT.trafficSince(before, redis);
                boolean tellsAllConnections = !settings.contains("rings.conn");
                Scrape scrape = kyanos.await(seen -> SoftAssertions.assertSoftly(softly -> {
                    LossBooksIT.assertNothingIsHeld(seen);
                    if (tellsAllConnections) {
                        softly.assertThat(seen.sum("kyanos_open_connections"))
                                .as("open")
                                .isZero();
                        softly.assertThat(seen.sum("kyanos_stream_final_bytes_total"))
                                .as("final positions")
                                .isEqualTo(traffic.read() + traffic.written());
                    }
                }));
                double seen = scrape.sum("kyanos_requests_total", "operation", "SET")
                        + scrape.sum("kyanos_requests_total", "operation", "GET");
                double lost = scrape.sum("kyanos_capture_lost_events_total");
                System.out.printf(
                        "%s: %.0f of %d requests, %.0f events lost%n",
                        what.strip(), seen, 2 * COMMANDS * REQUESTS, lost);
                if (isComplete) {
                    assertThat(lost).as("lost").isZero();
                    scrape.assertNothingDropped();
                    assertThat(seen).isEqualTo(2 * COMMANDS * REQUESTS);
                } else {
                    assertThat(seen).isPositive().isLessThanOrEqualTo(2 * COMMANDS * REQUESTS);
                }
                // Without the events of connections the final positions are not all known, unless none was lost.
                if (tellsAllConnections || lost == 0) {
                    LossBooksIT.assertBooksBalance(scrape);
                }

                assertThat(kyanos.stop()).isZero();
                assertThat(kyanos.error()).doesNotContain("not done", "exception", "Exception", "ERROR");
            }
        }
    }

    private static ExporterInside serverSide(Servers.Server redis, String ring, String settings) {
        List<String> line = new ArrayList<>();
        set(line, "kyanos.capture.rings.syscall=" + ring);
        for (String setting : settings.split(" ")) {
            if (setting.equals("ONE_THREAD")) {
                set(line, "kyanos.actors.connection-dispatcher.executor=fork-join-executor");
                for (String dispatcher : List.of("connection-dispatcher", "stream-dispatcher")) {
                    set(line, "kyanos.actors." + dispatcher + POOL + "min=1");
                    set(line, "kyanos.actors." + dispatcher + POOL + "max=1");
                    set(line, "kyanos.actors." + dispatcher + ".throughput=1");
                }
            } else {
                set(line, setting);
            }
        }
        line.addAll(List.of("--pids", Long.toString(redis.pid()), "--side", "server"));
        line.addAll(List.of("--local-ports", Integer.toString(redis.port())));
        return ExporterInside.start(line.toArray());
    }

    private static void set(List<String> line, String setting) {
        line.add("--set");
        line.add(setting);
    }

    private static String[] benchmark(Servers.Server redis, int pipeline, int valueBytes) {
        return ("redis-benchmark -q -t set,get -c 20 -p " + redis.port() + " -n " + REQUESTS + " -P " + pipeline
                        + " -d " + valueBytes)
                .split(" ");
    }
}
