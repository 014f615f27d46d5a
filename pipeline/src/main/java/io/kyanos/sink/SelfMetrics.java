package io.kyanos.sink;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** The capture's metrics of itself, read anew for every scrape. Registered by its owner. */
public final class SelfMetrics extends Collector implements Collector.Describable {

    private static final double NANOS_PER_SECOND = 1e9;

    private final String version;
    private final String revision;
    private final SelfStatistics statistics;

    public SelfMetrics(String version, String revision, SelfStatistics statistics) {
        this.version = version;
        this.revision = revision;
        this.statistics = statistics;
    }

    @Override
    public List<MetricFamilySamples> collect() {
        List<MetricFamilySamples> families = new ArrayList<>();
        families.add(new MetricFamilySamples(
                "kyanos_build_info",
                Type.GAUGE,
                "What runs; always 1.",
                List.of(new MetricFamilySamples.Sample(
                        "kyanos_build_info", List.of("version", "revision"), List.of(version, revision), 1))));
        families.add(new MetricFamilySamples(
                "kyanos_capture_info",
                Type.GAUGE,
                "How events leave the kernel; always 1.",
                List.of(new MetricFamilySamples.Sample(
                        "kyanos_capture_info", List.of("transport"), List.of(statistics.transport()), 1))));
        families.add(
                gauge("kyanos_capture_payload_cap_bytes", "Payload bytes captured of one system call at most.", (double)
                        statistics.payloadCapBytes()));
        families.add(hooks());
        families.add(runs(
                "kyanos_bpf_seconds_total",
                "Time in BPF programs, as the kernel counts it.",
                runs -> runs.nanos() / NANOS_PER_SECOND));
        families.add(runs(
                "kyanos_bpf_runs_total", "Runs of BPF programs, as the kernel counts them.", runs -> runs.count()));
        families.add(labelled(
                "kyanos_io_uring_calls_total",
                Type.COUNTER,
                "Calls of io_uring that have moved bytes over sockets.",
                "kind",
                statistics.ringCalls()));
        Map<String, Long> detail = new TreeMap<>();
        statistics.detail().forEach((step, holds) -> detail.put(step, holds ? 1L : 0L));
        families.add(labelled(
                "kyanos_capture_detail",
                Type.GAUGE,
                "Whether this is how much is captured now: less than full where a budget is exceeded.",
                "step",
                detail));
        families.add(gauge(
                "kyanos_capture_sampled_ratio",
                "The part of the connections that is captured: less than 1 where a budget is exceeded.",
                1.0 / statistics.oneConnectionOf()));
        families.add(counters(
                "kyanos_capture_events_total", "Events read from the kernel.", "channel", statistics.eventsRead()));
        families.add(counters(
                "kyanos_capture_lost_events_total",
                "Events that the kernel could not write, because its buffer was full.",
                "channel",
                statistics.eventsLost()));
        families.add(counter(
                "kyanos_capture_passed_over_bytes_total",
                "Bytes of bodies that were not captured, as nobody wants them.",
                (double) statistics.passedOverBytes()));
        families.add(dropped());
        families.add(counters(
                "kyanos_reconciled_total",
                "What was put right, after losses, by comparing with the kernel's own lists.",
                "what",
                statistics.reconciled()));
        families.add(unparsed());
        families.add(upgraded());
        families.add(counters(
                "kyanos_undecoded_connections_total",
                "Connections of which nothing was read, by whose protocol they speak.",
                "reason",
                statistics.undecodedConnections()));
        families.add(counters(
                "kyanos_route_overflows_total",
                "Requests of whose route a bound kept something out.",
                "bound",
                statistics.routeOverflows()));
        families.add(counter(
                "kyanos_process_name_overflows_total",
                "Processes that go by their program, as there was no room for their name.",
                (double) statistics.processNameOverflows()));
        families.add(counters(
                "kyanos_stream_bytes_total",
                "Bytes of the connections' streams by what became of them.",
                "fate",
                statistics.streamBytes()));
        families.add(counter(
                "kyanos_stream_final_bytes_total",
                "Final stream positions of the connections that have ended, by the sockets' own sequence numbers.",
                (double) statistics.finalPositionBytes()));
        families.add(stage(
                "kyanos_stage_received_items_total",
                Type.COUNTER,
                "Items that entered an inner stage of the connections.",
                SelfStatistics.StageStatistics::received));
        families.add(stage(
                "kyanos_stage_emitted_items_total",
                Type.COUNTER,
                "Items that left an inner stage of the connections.",
                SelfStatistics.StageStatistics::emitted));
        families.add(stage(
                "kyanos_stage_held_items",
                Type.GAUGE,
                "Items that wait in an inner stage of the connections.",
                SelfStatistics.StageStatistics::held));
        families.add(labelled(
                "kyanos_open_connections",
                Type.GAUGE,
                "Open connections that are followed.",
                "state",
                statistics.connections()));
        families.add(openStreams());
        families.add(counter("kyanos_connections_total", "Connections seen.", (double) statistics.connectionsSeen()));
        families.add(gauge(
                "kyanos_held_bytes", "Bytes that wait until a protocol is known.", (double) statistics.heldBytes()));
        families.add(gauge("kyanos_buffered_bytes", "Bytes in stream buffers.", (double) statistics.bufferedBytes()));
        families.add(gauge(
                "kyanos_capture_lag_seconds",
                "How far the pipeline is behind the kernel; 0 while nothing waits.",
                statistics.captureLagNanos() / NANOS_PER_SECOND));
        families.add(gauge(
                "kyanos_capture_greatest_lag_seconds",
                "Longest time that events waited between the kernel and their connection, within the last 30 to 60 s.",
                statistics.greatestLagNanos() / NANOS_PER_SECOND));
        families.add(gauge("kyanos_credit_in_flight", "Credit that batches in flight hold.", (double)
                statistics.creditInFlight()));
        families.add(gauge("kyanos_credit_max", "Credit there is.", (double) statistics.creditMax()));
        return families;
    }

    @Override
    public List<MetricFamilySamples> describe() {
        return List.of();
    }

    private MetricFamilySamples hooks() {
        String name = "kyanos_hook_attached";
        Map<String, MetricFamilySamples.Sample> sorted = new TreeMap<>();
        statistics
                .hooks()
                .forEach((hook, attached) -> sorted.put(
                        hook.step() + '\0' + hook.place(),
                        new MetricFamilySamples.Sample(
                                name, List.of("step", "hook"), List.of(hook.step(), hook.place()), attached ? 1 : 0)));
        return new MetricFamilySamples(
                name, Type.GAUGE, "Whether the hook of a step was taken.", List.copyOf(sorted.values()));
    }

    private MetricFamilySamples runs(String name, String help, ToDoubleFunction<SelfStatistics.ProgramRuns> value) {
        List<MetricFamilySamples.Sample> samples = new ArrayList<>();
        new TreeMap<>(statistics.programRuns())
                .forEach((program, runs) -> samples.add(new MetricFamilySamples.Sample(
                        name, List.of("program"), List.of(program), value.applyAsDouble(runs))));
        return new MetricFamilySamples(name, Type.COUNTER, help, samples);
    }

    private MetricFamilySamples dropped() {
        String name = "kyanos_dropped_total";
        Map<String, MetricFamilySamples.Sample> sorted = new TreeMap<>();
        statistics
                .dropped()
                .forEach((drop, count) -> sorted.put(
                        drop.where() + '\0' + drop.reason(),
                        new MetricFamilySamples.Sample(
                                name, List.of("where", "reason"), List.of(drop.where(), drop.reason()), count)));
        return new MetricFamilySamples(
                name, Type.COUNTER, "What was thrown away though it was wanted.", List.copyOf(sorted.values()));
    }

    private MetricFamilySamples unparsed() {
        String name = "kyanos_unparsed_bytes_total";
        Map<String, MetricFamilySamples.Sample> sorted = new TreeMap<>();
        statistics
                .unparsedBytes()
                .forEach((unparsed, count) -> sorted.put(
                        unparsed.protocol() + '\0' + unparsed.reason(),
                        new MetricFamilySamples.Sample(
                                name,
                                List.of("protocol", "reason"),
                                List.of(unparsed.protocol(), unparsed.reason()),
                                count)));
        return new MetricFamilySamples(
                name, Type.COUNTER, "Stream bytes that belong to no message.", List.copyOf(sorted.values()));
    }

    private MetricFamilySamples upgraded() {
        String name = "kyanos_upgraded_connections_total";
        Map<String, MetricFamilySamples.Sample> sorted = new TreeMap<>();
        statistics
                .upgradedConnections()
                .forEach((upgrade, count) -> sorted.put(
                        upgrade.protocol() + '\0' + upgrade.to(),
                        new MetricFamilySamples.Sample(
                                name, List.of("protocol", "to"), List.of(upgrade.protocol(), upgrade.to()), count)));
        return new MetricFamilySamples(
                name, Type.COUNTER, "Connections that went on in another protocol.", List.copyOf(sorted.values()));
    }

    private MetricFamilySamples openStreams() {
        String name = "kyanos_open_streams";
        Map<String, MetricFamilySamples.Sample> sorted = new TreeMap<>();
        statistics
                .openStreams()
                .forEach((streams, count) -> sorted.put(
                        streams.protocol() + '\0' + streams.side(),
                        new MetricFamilySamples.Sample(
                                name,
                                List.of("protocol", "side"),
                                List.of(streams.protocol(), streams.side()),
                                count)));
        return new MetricFamilySamples(
                name,
                Type.GAUGE,
                "Streams whose request was seen and whose answer has not ended.",
                List.copyOf(sorted.values()));
    }

    private MetricFamilySamples stage(
            String name, Type type, String help, ToLongFunction<SelfStatistics.StageStatistics> value) {
        Map<String, Long> values = new TreeMap<>();
        statistics.stages().forEach((stage, numbers) -> values.put(stage, value.applyAsLong(numbers)));
        return labelled(name, type, help, "stage", values);
    }

    static MetricFamilySamples counters(String name, String help, String label, Map<String, Long> values) {
        return labelled(name, Type.COUNTER, help, label, values);
    }

    static MetricFamilySamples counter(String name, String help, double value) {
        return single(name, Type.COUNTER, help, value);
    }

    static MetricFamilySamples gauge(String name, String help, double value) {
        return single(name, Type.GAUGE, help, value);
    }

    private static MetricFamilySamples single(String name, Type type, String help, double value) {
        return new MetricFamilySamples(
                name, type, help, List.of(new MetricFamilySamples.Sample(name, List.of(), List.of(), value)));
    }

    private static MetricFamilySamples labelled(
            String name, Type type, String help, String label, Map<String, Long> values) {
        List<MetricFamilySamples.Sample> samples = new ArrayList<>();
        new TreeMap<>(values)
                .forEach((value, count) ->
                        samples.add(new MetricFamilySamples.Sample(name, List.of(label), List.of(value), count)));
        return new MetricFamilySamples(name, type, help, samples);
    }
}
