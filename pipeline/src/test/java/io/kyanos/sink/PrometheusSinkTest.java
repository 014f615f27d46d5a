package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.Counter;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PrometheusSinkTest {

    private static final String REQUESTS = "kyanos_requests_total";
    private static final String GAP = "kyanos_stream_gap_seconds";
    private static final String DURATION = "kyanos_request_duration_seconds";

    private static final List<Outcome> ANSWERED =
            List.of(Outcome.OK, Outcome.CLIENT_ERROR, Outcome.SERVER_ERROR, Outcome.ERROR);

    private final FakeClock clock = new FakeClock();
    private final CollectorRegistry registry = new CollectorRegistry();
    private @Nullable PrometheusSink sink;

    @Test
    void addsARecordUpUnderItsLabels() {
        feed(
                TestRecords.http().sizes(100, 1000).build(),
                TestRecords.http().sizes(20, 500).build());

        String[] names = {"protocol", "side", "process", "operation", "peer"};
        String[] values = {"http", "client", "curl", "GET /users/{id}", "10.0.0.7:80"};
        assertThat(requests("http", "client", "curl", "GET /users/{id}", "ok", "10.0.0.7:80"))
                .isEqualTo(2);
        assertThat(registry.getSampleValue("kyanos_request_bytes_total", names, values))
                .isEqualTo(120);
        assertThat(registry.getSampleValue("kyanos_response_bytes_total", names, values))
                .isEqualTo(1500);
        assertThat(registry.getSampleValue(DURATION + "_count", names, values)).isEqualTo(2);
        assertThat(registry.getSampleValue(DURATION + "_sum", names, values)).isEqualTo(0.003);
    }

    @Test
    void addsTheGapsOfStreamedResponsesUp() {
        feed(
                TestRecords.http()
                        .events(0, 1_000_000, 1_000_000, 3_001_000_000L)
                        .build(),
                TestRecords.http().events(0, 2_000_000).build(),
                TestRecords.http().events(7).build(),
                TestRecords.http().build());

        String[] names = {"protocol", "side", "process", "operation", "peer"};
        String[] values = {"http", "client", "curl", "GET /users/{id}", "10.0.0.7:80"};
        assertThat(registry.getSampleValue(GAP + "_count", names, values)).isEqualTo(4);
        assertThat(registry.getSampleValue(GAP + "_sum", names, values)).isEqualTo(3.003);
        assertThat(gapBucket("5.0E-6")).isEqualTo(1);
        assertThat(gapBucket("0.0025")).isEqualTo(3);
        assertThat(gapBucket("2.5")).isEqualTo(3);
        assertThat(gapBucket("5.0")).isEqualTo(4);
        assertThat(gapBucket("+Inf")).isEqualTo(4);
    }

    @Test
    void withoutStreamedResponsesThereIsNoSeriesOfGaps() {
        feed(TestRecords.http().build(), TestRecords.http().events(7).build());

        assertThat(registry.getSampleValue("kyanos_metric_series")).isEqualTo(4);
    }

    private @Nullable Double gapBucket(String bound) {
        return registry.getSampleValue(
                GAP + "_bucket",
                new String[] {"protocol", "side", "process", "operation", "peer", "le"},
                new String[] {"http", "client", "curl", "GET /users/{id}", "10.0.0.7:80", bound});
    }

    @Test
    void aPeerIsNamedOnTheClientSideOnly() {
        feed(
                TestRecords.http().peerName("shop.example").build(),
                TestRecords.http().side(Side.SERVER).peerName("somebody").build(),
                TestRecords.http()
                        .side(Side.SERVER)
                        .remote(TestRecords.ipv4(10, 0, 0, 9, 1))
                        .build());

        assertThat(requests("http", "client", "curl", "GET /users/{id}", "ok", "shop.example"))
                .isEqualTo(1);
        assertThat(requests("http", "server", "curl", "GET /users/{id}", "ok", ""))
                .isEqualTo(2);
    }

    @Test
    void aBucketIncludesItsUpperBound() {
        feed(
                TestRecords.redis().tookNanos(5_000).build(),
                TestRecords.redis().tookNanos(5_001).build(),
                TestRecords.redis().tookNanos(61_000_000_000L).build());

        assertThat(bucket("5.0E-6")).isEqualTo(1);
        assertThat(bucket("1.0E-5")).isEqualTo(2);
        assertThat(bucket("60.0")).isEqualTo(2);
        assertThat(bucket("+Inf")).isEqualTo(3);
    }

    @Test
    void unansweredAndOneWayRequestsAreCountedButNeverTimed() {
        feed(
                TestRecords.http().unanswered(Unanswered.TIMEOUT).build(),
                TestRecords.http().oneWay().build());

        assertThat(requests("http", "client", "curl", "GET /users/{id}", "unanswered", "10.0.0.7:80"))
                .isEqualTo(1);
        assertThat(requests("http", "client", "curl", "GET /users/{id}", "one_way", "10.0.0.7:80"))
                .isEqualTo(1);
        assertThat(samples(DURATION + "_count")).isEmpty();
    }

    @Test
    void waitsAndAnswersPutOffAreCountedButNeverTimed() {
        feed(
                TestRecords.redis().untimedRequest().build(),
                TestRecords.redis().untimedResponse().build(),
                TestRecords.redis().build());

        assertThat(samples(REQUESTS)).extracting(sample -> sample.value).containsExactly(3.0);
        assertThat(samples(DURATION + "_count"))
                .extracting(sample -> sample.value)
                .containsExactly(1.0);
    }

    @Test
    void whatLibrariesSendByThemselvesIsCountedSeparately() {
        feed(
                TestRecords.redis().operation("HELLO").setup().build(),
                TestRecords.redis().operation("HELLO").build(),
                TestRecords.redis().operation("HELLO").setup().build());

        String[] names = {"protocol", "side", "process", "operation", "outcome", "peer", "setup"};
        String[] values = {"redis", "server", "redis-server", "HELLO", "ok", ""};
        assertThat(registry.getSampleValue(REQUESTS, names, with(values, "true")))
                .isEqualTo(2);
        assertThat(registry.getSampleValue(REQUESTS, names, with(values, "false")))
                .isEqualTo(1);
    }

    @Test
    void aLabelLeftOutIsSummedOver() {
        configure("kyanos.metrics.labels.requests = [protocol]");

        feed(TestRecords.http().build(), TestRecords.http().process("wget").build());

        assertThat(registry.getSampleValue(REQUESTS, new String[] {"protocol"}, new String[] {"http"}))
                .isEqualTo(2);
    }

    @Test
    void valuesBeyondTheCapOfTheirLabelGoUnderOther() {
        configure("kyanos.metrics.max-label-values.operation = 2");

        feed(
                operation("A"),
                operation("B"),
                operation("C"),
                operation("D"),
                operation("A"),
                TestRecords.redis().operation("GET").build());

        assertThat(ofOperation("A")).isEqualTo(2);
        assertThat(ofOperation("B")).isEqualTo(1);
        assertThat(ofOperation("other")).isEqualTo(2);
        assertThat(requests("redis", "server", "redis-server", "GET", "ok", ""))
                .as("another protocol has room of its own")
                .isEqualTo(1);
        assertThat(registry.getSampleValue(
                        "kyanos_metric_overflows_total", new String[] {"label"}, new String[] {"operation"}))
                .isPositive();
    }

    @Test
    void nothingIsLostFromTheSumsWhenRandomNamesOverflowEveryCap() {
        configure("""
                kyanos.metrics.max-series = 400
                kyanos.metrics.max-label-values { process = 20, operation = 30, peer = 10 }
                """);
        Random random = new Random(42);
        int records = 10_000;

        List<TrafficRecord> batch = new ArrayList<>();
        for (int i = 0; i < records; i++) {
            batch.add(TestRecords.http()
                    .process("p" + random.nextInt(10_000))
                    .operation("GET /" + random.nextInt(10_000))
                    .peerName("peer" + random.nextInt(10_000))
                    .status("x", ANSWERED.get(random.nextInt(ANSWERED.size())))
                    .sizes(1, 1)
                    .build());
        }
        feed(batch.toArray(TrafficRecord[]::new));

        int closedSets = ANSWERED.size() * RequestMetric.values().length;
        assertThat(registry.getSampleValue("kyanos_metric_series")).isLessThanOrEqualTo(400.0 + closedSets);
        assertThat(distinct("process")).hasSizeLessThanOrEqualTo(21);
        assertThat(distinct("operation")).hasSizeLessThanOrEqualTo(31);
        assertThat(distinct("peer")).hasSizeLessThanOrEqualTo(11);
        assertThat(samples(REQUESTS).stream().mapToDouble(s -> s.value).sum()).isEqualTo(records);
        assertThat(samples(DURATION + "_count").stream()
                        .mapToDouble(s -> s.value)
                        .sum())
                .isEqualTo(records);
    }

    @Test
    void idleSeriesAreDroppedAndBeginAgainAtZero() {
        configure("kyanos.metrics.idle-series-ttl = 1 minute");
        PrometheusSink.Shard shard = shard();
        shard.accept(List.of(operation("A"), operation("B")));

        clock.advance(Duration.ofSeconds(40));
        shard.accept(List.of(operation("B")));
        clock.advance(Duration.ofSeconds(40));

        assertThat(ofOperation("A")).isNull();
        assertThat(ofOperation("B")).isEqualTo(2);

        shard.accept(List.of(operation("A")));

        assertThat(ofOperation("A")).isEqualTo(1);
    }

    @Test
    void aDroppedValueLeavesItsRoomToTheNext() {
        configure("""
                kyanos.metrics.idle-series-ttl = 1 minute
                kyanos.metrics.max-label-values.operation = 1
                """);
        PrometheusSink.Shard shard = shard();
        shard.accept(List.of(operation("A"), operation("B")));
        assertThat(ofOperation("other")).isEqualTo(1);

        clock.advance(Duration.ofSeconds(61));
        assertThat(samples(REQUESTS)).isEmpty();
        shard.accept(List.of(operation("B")));

        assertThat(ofOperation("B")).isEqualTo(1);
        assertThat(ofOperation("other")).isNull();
    }

    @Test
    void aFoldedValueGetsItsChanceWhenAnotherValueIsDropped() {
        configure("""
                kyanos.metrics.idle-series-ttl = 1 minute
                kyanos.metrics.max-label-values.operation = 1
                """);
        PrometheusSink.Shard shard = shard();
        shard.accept(List.of(operation("A"), operation("B")));

        clock.advance(Duration.ofSeconds(40));
        shard.accept(List.of(operation("B")));
        clock.advance(Duration.ofSeconds(40));
        assertThat(ofOperation("A")).isNull();
        shard.accept(List.of(operation("B")));

        assertThat(ofOperation("other")).isEqualTo(2);
        assertThat(ofOperation("B")).isEqualTo(1);
    }

    @Test
    void shardsAddUpInOneSeries() {
        PrometheusSink.Shard one = shard();
        PrometheusSink.Shard two = shard();

        one.accept(List.of(operation("A")));
        two.accept(List.of(operation("A"), operation("A")));

        assertThat(ofOperation("A")).isEqualTo(3);
    }

    @Test
    void concurrentShardsAndScrapesLoseNothing() throws InterruptedException {
        int batches = 2_000;
        List<TrafficRecord> batch =
                List.of(operation("A"), operation("B"), TestRecords.redis().build());
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            PrometheusSink.Shard shard = shard();
            threads.add(new Thread(() -> {
                for (int n = 0; n < batches; n++) {
                    shard.accept(batch);
                }
            }));
        }

        threads.forEach(Thread::start);
        for (int i = 0; i < 50; i++) {
            assertThat(samples(REQUESTS)).hasSizeLessThanOrEqualTo(3);
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(samples(REQUESTS).stream().mapToDouble(s -> s.value).sum()).isEqualTo(3.0 * 3 * batches);
    }

    @Test
    void controlCharactersInAnExecutablesNameAreReplaced() {
        feed(TestRecords.http().process("ev\033[31mil\n\u202e").build());

        assertThat(distinct("process")).containsExactly("ev.[31mil..");
    }

    @Test
    void noFormatHasCreationSeries() throws IOException {
        Counter.build("other_counter_total", "Of the kind that prints its creation.")
                .register(registry)
                .inc();
        feed(TestRecords.http().build());

        assertThat(exposition(TextFormat.CONTENT_TYPE_004))
                .contains("other_counter_total", REQUESTS)
                .doesNotContain("_created");
        assertThat(exposition(TextFormat.CONTENT_TYPE_OPENMETRICS_100))
                .contains("other_counter_total", REQUESTS, "# EOF")
                .doesNotContain("_created");
    }

    @Test
    void bothFormatsLookAsAgreed() throws IOException {
        configure("kyanos.metrics.duration-buckets = [5 us, 1 ms, 60 s]");
        new SelfMetrics("1.2.3", "abcdef", new FixedStatistics()).register(registry);
        feed(
                TestRecords.http().build(),
                TestRecords.http()
                        .operation("POST /a\"b\\c")
                        .status("503", Outcome.SERVER_ERROR)
                        .tookNanos(90_000_000_000L)
                        .build(),
                TestRecords.http().unanswered(Unanswered.CLOSED).build(),
                TestRecords.redis().tookNanos(4_200).build(),
                TestRecords.http().events(0, 4_000, 2_004_000).build());

        Golden.assertSame("metrics.txt", exposition(TextFormat.CONTENT_TYPE_004));
        Golden.assertSame("metrics.openmetrics", exposition(TextFormat.CONTENT_TYPE_OPENMETRICS_100));
    }

    @Test
    void openMetricsNamesEachFamilyOnce() throws IOException {
        new SelfMetrics("1.2.3", "abcdef", new FixedStatistics()).register(registry);
        feed(TestRecords.http().build());

        assertThat(exposition(TextFormat.CONTENT_TYPE_OPENMETRICS_100)
                        .lines()
                        .filter(line -> line.startsWith("# TYPE")))
                .map(line -> line.split(" ")[2])
                .doesNotHaveDuplicates();
    }

    @Test
    void promtoolIsContentWithTheAgreedText() throws IOException, InterruptedException {
        assumeThat(promtool()).as("promtool is not installed").isTrue();

        Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectInput(Golden.path("metrics.txt").toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(said).isEmpty();
        assertThat(promtool.waitFor()).isZero();
    }

    private static boolean promtool() {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    }

    private void configure(String overrides) {
        Config config = ConfigFactory.parseString(overrides)
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
        sink = new PrometheusSink(MetricsSettings.of(config), clock);
        sink.register(registry);
    }

    private PrometheusSink.Shard shard() {
        if (sink == null) {
            configure("");
        }
        return Objects.requireNonNull(sink).newShard();
    }

    private void feed(TrafficRecord... records) {
        shard().accept(List.of(records));
    }

    private static TrafficRecord operation(String operation) {
        return TestRecords.http().operation(operation).build();
    }

    private @Nullable Double ofOperation(String operation) {
        return requests("http", "client", "curl", operation, "ok", "10.0.0.7:80");
    }

    private @Nullable Double requests(String... values) {
        return registry.getSampleValue(
                REQUESTS,
                new String[] {"protocol", "side", "process", "operation", "outcome", "peer", "setup"},
                with(values, "false"));
    }

    private static String[] with(String[] values, String last) {
        return Stream.concat(Stream.of(values), Stream.of(last)).toArray(String[]::new);
    }

    private @Nullable Double bucket(String bound) {
        return registry.getSampleValue(
                DURATION + "_bucket",
                new String[] {"protocol", "side", "process", "operation", "peer", "le"},
                new String[] {"redis", "server", "redis-server", "GET", "", bound});
    }

    private List<MetricFamilySamples.Sample> samples(String name) {
        return Collections.list(registry.metricFamilySamples()).stream()
                .flatMap(family -> family.samples.stream())
                .filter(sample -> sample.name.equals(name))
                .toList();
    }

    private Set<String> distinct(String label) {
        return samples(REQUESTS).stream()
                .map(sample -> sample.labelValues.get(sample.labelNames.indexOf(label)))
                .collect(Collectors.toSet());
    }

    private String exposition(String contentType) throws IOException {
        StringWriter writer = new StringWriter();
        Exposition.write(registry, contentType, writer);
        return writer.toString();
    }
}
