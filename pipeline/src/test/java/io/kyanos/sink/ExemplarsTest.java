package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.record.TestRecords;
import io.kyanos.record.Trace;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExemplarsTest {

    private static final Trace ONE = trace(1);
    private static final Trace OTHER = trace(2);
    private static final long SECOND = 1_000_000_000;

    private final FakeClock clock = new FakeClock();

    @Test
    void aBucketHasTheIdsAndTheDurationOfARequest() throws IOException {
        CollectorRegistry registry =
                fed("", TestRecords.http().tookNanos(1_500_000).trace(ONE));

        assertThat(bucketsWithExemplars(registry))
                .containsExactly("le=\"0.0025\"} 1.0 # {span_id=\"" + ONE.spanId() + "\",trace_id=\"" + ONE.traceId()
                        + "\"} 0.0015 1767225600.001");
    }

    @Test
    void theTextFormatHasNone() throws IOException {
        CollectorRegistry registry = fed("", TestRecords.http().trace(ONE));

        assertThat(exposition(registry, TextFormat.CONTENT_TYPE_004)).doesNotContain("trace_id", ONE.traceId());
    }

    @Test
    void theNewestIsTakenAtMostOnceASecond() throws IOException {
        TestRecords first = TestRecords.http().trace(ONE);
        assertThat(exemplars(fed("", first, TestRecords.http().trace(OTHER).laterByNanos(SECOND - 1))))
                .containsExactly(ONE.traceId());
        assertThat(exemplars(fed("", first, TestRecords.http().trace(OTHER).laterByNanos(SECOND))))
                .containsExactly(OTHER.traceId());
        assertThat(exemplars(fed("", first, TestRecords.http().trace(OTHER).laterByNanos(-9 * SECOND))))
                .containsExactly(ONE.traceId());
    }

    @Test
    void everyBucketAndEverySeriesHasItsOwn() throws IOException {
        CollectorRegistry registry = fed(
                "",
                TestRecords.http().trace(trace(1)).tookNanos(10),
                TestRecords.http().trace(trace(2)).tookNanos(900 * SECOND),
                TestRecords.http().trace(trace(3)).tookNanos(10).operation("GET /other"));

        assertThat(exemplars(registry))
                .containsExactlyInAnyOrder(trace(1).traceId(), trace(2).traceId(), trace(3).traceId());
        assertThat(bucketsWithExemplars(registry)).anyMatch(line -> line.startsWith("le=\"+Inf\"}"));
    }

    @Test
    void aRequestIdStandsInForAMissingTrace() throws IOException {
        Trace byRequest = new Trace("", "", "3d8e1f9a-0000-4abc-8def-001122334455");

        assertThat(bucketsWithExemplars(fed("", TestRecords.http().trace(byRequest))))
                .singleElement()
                .asString()
                .contains("# {request_id=\"3d8e1f9a-0000-4abc-8def-001122334455\"} 0.0015 ");
        assertThat(exemplars(fed("", TestRecords.http().trace(new Trace(ONE.traceId(), "", byRequest.requestId())))))
                .containsExactly(ONE.traceId());
    }

    @Test
    void requestsWithoutIdsAndThoseThatAreNotTimedLeaveThemAlone() throws IOException {
        assertThat(exemplars(fed(
                        "", TestRecords.http(), TestRecords.http().trace(ONE).untimedRequest())))
                .isEmpty();
    }

    @Test
    void thereAreNoMoreThanAllowedAndTheRestIsCounted() throws IOException {
        CollectorRegistry registry = fed(
                "kyanos.metrics.max-exemplars = 2",
                TestRecords.http().trace(trace(1)).operation("a"),
                TestRecords.http().trace(trace(2)).operation("b"),
                TestRecords.http().trace(trace(3)).operation("c"),
                TestRecords.http().trace(trace(4)).operation("a").laterByNanos(SECOND));

        assertThat(exemplars(registry)).containsExactlyInAnyOrder(trace(4).traceId(), trace(2).traceId());
        assertThat(refused(registry)).isEqualTo(1);
    }

    @Test
    void aSeriesThatGoesGivesBackItsRoom() throws IOException {
        CollectorRegistry registry = new CollectorRegistry();
        PrometheusSink sink = sink("kyanos.metrics { max-exemplars = 1, idle-series-ttl = 1 minute }");
        sink.register(registry);
        PrometheusSink.Shard shard = sink.newShard();
        shard.accept(List.of(TestRecords.http().trace(ONE).operation("a").build()));

        clock.advance(Duration.ofMinutes(2));
        assertThat(exemplars(registry)).isEmpty();
        shard.accept(List.of(TestRecords.http().trace(OTHER).operation("b").build()));

        assertThat(exemplars(registry)).containsExactly(OTHER.traceId());
        assertThat(refused(registry)).isZero();
    }

    @Test
    void noneAreTakenWhereNoneAreWanted() throws IOException {
        CollectorRegistry registry =
                fed("kyanos.metrics.max-exemplars = 0", TestRecords.http().trace(ONE));

        assertThat(exemplars(registry)).isEmpty();
        assertThat(refused(registry)).isZero();
    }

    private CollectorRegistry fed(String settings, TestRecords... records) {
        CollectorRegistry registry = new CollectorRegistry();
        PrometheusSink sink = sink(settings);
        sink.register(registry);
        PrometheusSink.Shard shard = sink.newShard();
        for (TestRecords record : records) {
            shard.accept(List.of(record.build()));
        }
        return registry;
    }

    private PrometheusSink sink(String settings) {
        return new PrometheusSink(
                MetricsSettings.of(ConfigFactory.parseString(settings).withFallback(ConfigFactory.defaultReference())),
                clock);
    }

    private static double refused(CollectorRegistry registry) {
        return registry.getSampleValue(
                "kyanos_metric_overflows_total", new String[] {"label"}, new String[] {"exemplars"});
    }

    private static List<String> exemplars(CollectorRegistry registry) throws IOException {
        return bucketsWithExemplars(registry).stream()
                .map(line -> line.replaceFirst(".*trace_id=\"([^\"]*)\".*", "$1"))
                .toList();
    }

    /* From the label of the bound on. */
    private static List<String> bucketsWithExemplars(CollectorRegistry registry) throws IOException {
        return exposition(registry, TextFormat.CONTENT_TYPE_OPENMETRICS_100)
                .lines()
                .filter(line -> line.contains(" # "))
                .map(line -> line.substring(line.indexOf("le=")))
                .toList();
    }

    private static String exposition(CollectorRegistry registry, String contentType) throws IOException {
        StringWriter writer = new StringWriter();
        Exposition.write(registry, contentType, writer);
        return writer.toString();
    }

    private static Trace trace(int number) {
        return new Trace("%032x".formatted(number), "%016x".formatted(number), "");
    }
}
