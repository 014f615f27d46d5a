package io.kyanos.sink;

import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.Side;
import io.kyanos.record.StreamedEvents;
import io.kyanos.record.Trace;
import io.kyanos.record.TrafficRecord;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.UniformFanInShape;
import org.apache.pekko.stream.UniformFanOutShape;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.GraphDSL;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Merge;
import org.apache.pekko.stream.javadsl.Partition;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;

/**
 * The request metrics: adds records up by their labels and gives the sums to a Prometheus registry, in which the owner
 * registers it. Any number of streams may feed one sink, each through its own shard; a scrape may come at any time. The
 * number of series is bounded by {@link MetricsSettings}. It takes each batch at once, so it back-pressures by working.
 */
public final class PrometheusSink extends Collector implements Collector.Describable {

    private static final int MAX_RESOLVED_PER_SHARD = 1 << 14;
    private static final double NANOS_PER_SECOND = 1e9;
    private static final long FIBONACCI_HASHING = 0x9E3779B97F4A7C15L;
    private static final String BUCKET_LABEL = "le";

    private final MetricsSettings settings;
    private final LongSupplier nanoClock;
    private final SeriesTable table;

    /** @param nanoClock as {@link System#nanoTime}: tells idle series */
    public PrometheusSink(MetricsSettings settings, LongSupplier nanoClock) {
        this.settings = settings;
        this.nanoClock = nanoClock;
        table = new SeriesTable(settings, nanoClock.getAsLong());
    }

    /**
     * Adds up in as many shards as the settings say; completes when its stream does. A batch goes to the shard of its first
     * record's connection, and waits in that shard's own bounded queue; while that is full, all wait.
     */
    public Sink<List<TrafficRecord>, CompletionStage<Done>> sink() {
        Flow<List<TrafficRecord>, NotUsed, NotUsed> shards = settings.shards() == 1 ? shard() : shards();
        return shards.toMat(Sink.ignore(), Keep.right());
    }

    /* With one shard there is nothing to hand over: it runs where its stream does. */
    private Flow<List<TrafficRecord>, NotUsed, NotUsed> shard() {
        return Flow.<List<TrafficRecord>>create()
                .statefulMap(
                        this::newShard,
                        (shard, batch) -> {
                            shard.accept(batch);
                            return Pair.create(shard, NotUsed.getInstance());
                        },
                        shard -> Optional.empty());
    }

    private Flow<List<TrafficRecord>, NotUsed, NotUsed> shards() {
        int count = settings.shards();
        Attributes queue = Attributes.inputBuffer(settings.shardQueue(), settings.shardQueue());
        return Flow.fromGraph(GraphDSL.create(builder -> {
            UniformFanOutShape<List<TrafficRecord>, List<TrafficRecord>> partition =
                    builder.add(Partition.create(count, batch -> shardOf(batch, count)));
            UniformFanInShape<NotUsed, NotUsed> ends = builder.add(Merge.create(count));
            for (int i = 0; i < count; i++) {
                // Only the end of a shard is of interest after it, so nothing but that is handed back.
                Flow<List<TrafficRecord>, NotUsed, NotUsed> shard =
                        shard().filterNot(added -> true).async().addAttributes(queue);
                builder.from(partition.out(i)).via(builder.add(shard)).toInlet(ends.in(i));
            }
            return FlowShape.of(partition.in(), ends.out());
        }));
    }

    /* The kernel side numbers connections in strides of its processors: mixed, neighbours go to different shards. */
    private static int shardOf(List<TrafficRecord> batch, int count) {
        long generation = batch.isEmpty() ? 0 : batch.get(0).connection().generation();
        return (int) (((generation * FIBONACCI_HASHING) >>> 33) % count);
    }

    /** A way in for one thread at a time. */
    public Shard newShard() {
        return new Shard();
    }

    @Override
    public List<MetricFamilySamples> collect() {
        table.expire(nanoClock.getAsLong());
        Map<RequestMetric, List<Series.Snapshot>> snapshots = new EnumMap<>(RequestMetric.class);
        for (Series series : table.all()) {
            snapshots
                    .computeIfAbsent(series.metric(), metric -> new ArrayList<>())
                    .add(series.snapshot());
        }
        List<MetricFamilySamples> families = new ArrayList<>();
        for (RequestMetric metric : RequestMetric.values()) {
            families.add(family(metric, snapshots.getOrDefault(metric, List.of())));
        }
        families.add(SelfMetrics.gauge("kyanos_metric_series", "Label sets of the request metrics.", table.size()));
        families.add(SelfMetrics.counters(
                "kyanos_metric_overflows_total",
                "Times that a label value or a label set found no room and went under the value other, or an exemplar found none.",
                "label",
                table.refused()));
        return families;
    }

    @Override
    public List<MetricFamilySamples> describe() {
        List<MetricFamilySamples> families = new ArrayList<>();
        for (RequestMetric metric : RequestMetric.values()) {
            families.add(family(metric, List.of()));
        }
        return families;
    }

    private MetricFamilySamples family(RequestMetric metric, List<Series.Snapshot> snapshots) {
        List<String> names = settings.labels().getOrDefault(metric, List.of()).stream()
                .map(MetricLabel::label)
                .toList();
        List<MetricFamilySamples.Sample> samples = new ArrayList<>();
        List<Series.Snapshot> sorted = new ArrayList<>(snapshots);
        sorted.sort(Comparator.comparing(snapshot -> String.join("\0", snapshot.labelValues())));
        for (Series.Snapshot snapshot : sorted) {
            if (metric.type() == Type.HISTOGRAM) {
                addHistogram(samples, metric.metricName(), names, snapshot);
            } else {
                samples.add(new MetricFamilySamples.Sample(
                        metric.metricName(), names, snapshot.labelValues(), snapshot.sum()));
            }
        }
        return new MetricFamilySamples(metric.metricName(), metric.type(), metric.help(), samples);
    }

    private void addHistogram(
            List<MetricFamilySamples.Sample> samples, String name, List<String> names, Series.Snapshot snapshot) {
        List<String> bucketNames = with(names, BUCKET_LABEL);
        long[] bounds = table.boundsNanos();
        long count = 0;
        for (int i = 0; i < snapshot.buckets().size(); i++) {
            count += snapshot.buckets().get(i);
            double bound = i < bounds.length ? bounds[i] / NANOS_PER_SECOND : Double.POSITIVE_INFINITY;
            samples.add(new MetricFamilySamples.Sample(
                    name + "_bucket",
                    bucketNames,
                    with(snapshot.labelValues(), doubleToGoString(bound)),
                    count,
                    snapshot.exemplar(i)));
        }
        samples.add(new MetricFamilySamples.Sample(name + "_count", names, snapshot.labelValues(), count));
        samples.add(new MetricFamilySamples.Sample(
                name + "_sum", names, snapshot.labelValues(), snapshot.sum() / NANOS_PER_SECOND));
    }

    private static List<String> with(List<String> list, String last) {
        List<String> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    /** Feeds the sink from one thread at a time; keeps the series of the label sets that it has met. */
    public final class Shard {

        private final Map<Facts, Map<RequestMetric, Series>> resolved = new HashMap<>();
        private final Facts probe = new Facts();
        private int epoch = table.epoch();

        private Shard() {}

        public void accept(List<TrafficRecord> batch) {
            long now = nanoClock.getAsLong();
            int latest = table.epoch();
            if (latest != epoch) {
                epoch = latest;
                resolved.clear();
            }
            for (TrafficRecord record : batch) {
                add(record, now);
            }
        }

        private void add(TrafficRecord record, long now) {
            probe.take(record);
            Map<RequestMetric, Series> series = resolved.get(probe);
            if (series == null) {
                if (resolved.size() >= MAX_RESOLVED_PER_SHARD) {
                    resolved.clear();
                }
                series = new EnumMap<>(RequestMetric.class);
                resolved.put(probe.copy(), series);
            }
            add(series, RequestMetric.REQUESTS, 1, now);
            add(series, RequestMetric.REQUEST_BYTES, record.request().wireBytes(), now);
            if (record.response() != null) {
                add(series, RequestMetric.RESPONSE_BYTES, record.response().wireBytes(), now);
                if (isTimed(record, record.response())) {
                    addDuration(series, record, now);
                }
                StreamedEvents events = record.response().streamed().orElse(null);
                if (events != null && events.gaps() > 0) {
                    addGaps(series, events, now);
                }
            }
        }

        private boolean isTimed(TrafficRecord record, Message response) {
            return record.request().isTimed()
                    && response.isTimed()
                    && record.outcome() != Outcome.UNANSWERED
                    && record.outcome() != Outcome.ONE_WAY
                    && record.times().totalNanos() != RecordTimes.UNKNOWN;
        }

        private void add(Map<RequestMetric, Series> series, RequestMetric metric, long amount, long now) {
            Series known = series.get(metric);
            while (known == null || !known.add(amount, now)) {
                known = table.resolve(metric, probe.labelValues(), now);
                series.put(metric, known);
            }
        }

        private void addGaps(Map<RequestMetric, Series> series, StreamedEvents events, long now) {
            Series known = series.get(RequestMetric.STREAM_GAP);
            while (known == null || !known.add(events, now)) {
                known = table.resolve(RequestMetric.STREAM_GAP, probe.labelValues(), now);
                series.put(RequestMetric.STREAM_GAP, known);
            }
        }

        private void addDuration(Map<RequestMetric, Series> series, TrafficRecord record, long now) {
            RecordTimes times = record.times();
            Trace trace =
                    settings.maxExemplars() == 0 ? Trace.NONE : record.request().trace();
            if (trace.isNone()) {
                add(series, RequestMetric.DURATION, times.totalNanos(), now);
                return;
            }
            Series known = series.get(RequestMetric.DURATION);
            while (known == null || !known.add(times.totalNanos(), now, trace, times.endedAt())) {
                known = table.resolve(RequestMetric.DURATION, probe.labelValues(), now);
                series.put(RequestMetric.DURATION, known);
            }
        }
    }

    /** What decides over a record's labels. Reused as a probe, so that a known label set costs no allocation. */
    private static final class Facts {

        private String protocol = "";
        private Side side = Side.UNKNOWN;
        private String process = "";
        private String operation = "";
        private Outcome outcome = Outcome.OK;
        private String peerName = "";
        private Endpoint peer = Endpoint.NONE;
        private boolean setup;

        /* A server's clients come from a new port each time: their addresses are never labels. */
        void take(TrafficRecord record) {
            ConnectionDescription connection = record.connection();
            boolean client = connection.side() == Side.CLIENT;
            protocol = record.protocol();
            side = connection.side();
            process = connection.process();
            operation = record.request().operation();
            outcome = record.outcome();
            setup = record.request().isSetup();
            peerName = client ? connection.peerName() : "";
            peer = client && peerName.isEmpty() ? connection.remote() : Endpoint.NONE;
        }

        Facts copy() {
            Facts copy = new Facts();
            copy.protocol = protocol;
            copy.side = side;
            copy.process = process;
            copy.operation = operation;
            copy.outcome = outcome;
            copy.peerName = peerName;
            copy.peer = peer;
            copy.setup = setup;
            return copy;
        }

        Map<MetricLabel, String> labelValues() {
            Map<MetricLabel, String> values = new EnumMap<>(MetricLabel.class);
            values.put(MetricLabel.PROTOCOL, protocol);
            values.put(MetricLabel.SIDE, side.label());
            values.put(MetricLabel.PROCESS, process);
            values.put(MetricLabel.OPERATION, operation);
            values.put(MetricLabel.OUTCOME, outcome.label());
            values.put(MetricLabel.SETUP, Boolean.toString(setup));
            if (side == Side.CLIENT) {
                values.put(MetricLabel.PEER, peerName.isEmpty() ? peer.toString() : peerName);
            }
            return values;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Facts that
                    && side == that.side
                    && outcome == that.outcome
                    && setup == that.setup
                    && operation.equals(that.operation)
                    && process.equals(that.process)
                    && peer.equals(that.peer)
                    && peerName.equals(that.peerName)
                    && protocol.equals(that.protocol);
        }

        @Override
        public int hashCode() {
            int hash = operation.hashCode();
            hash = 31 * hash + process.hashCode();
            hash = 31 * hash + peer.hashCode();
            hash = 31 * hash + peerName.hashCode();
            hash = 31 * hash + outcome.hashCode();
            hash = 31 * hash + side.hashCode();
            hash = 31 * hash + Boolean.hashCode(setup);
            return 31 * hash + protocol.hashCode();
        }
    }
}
