package io.kyanos.sink;

import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All series of the request metrics, and which label values they may have. Thread-safe: one lock, taken when a shard
 * meets a label set for the first time and when metrics are read, never per record.
 */
/*
 * Caps:   a value of an open label is shown while fewer than its cap are shown, else it is `other`. A value is shown as
 *         long as some series has it. Operations are counted per protocol, so that one noisy protocol leaves the others
 *         theirs.
 * Series: when max-series are there, a new label set goes to the one whose open labels are all `other`. Those sets come
 *         from closed tables alone, so they may be created beyond the cap.
 * Idle:   dropping a series gives back its values. The epoch rises, and shards forget what they resolved before, so a
 *         value that had been folded into `other` gets its chance.
 */
final class SeriesTable {

    static final String OTHER = "other";

    private static final int MAX_VALUE_LENGTH = 128;
    private static final long EXPIRE_AT_MOST_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final MetricsSettings settings;
    private final long[] boundsNanos;
    private final Map<Key, Series> series = new HashMap<>();
    private final Map<Scope, Map<String, Integer>> uses = new HashMap<>();
    private final Map<MetricLabel, Long> refusedValues = new EnumMap<>(MetricLabel.class);
    private final ExemplarBudget exemplars;
    private long refusedSeries;
    private long lastExpiry;
    private volatile int epoch;

    SeriesTable(MetricsSettings settings, long now) {
        this.settings = settings;
        boundsNanos = settings.durationBuckets().stream()
                .mapToLong(bound -> bound.toNanos())
                .toArray();
        exemplars = new ExemplarBudget(settings.maxExemplars());
        for (MetricLabel label : settings.maxLabelValues().keySet()) {
            refusedValues.put(label, 0L);
        }
        lastExpiry = now - EXPIRE_AT_MOST_EVERY_NANOS;
    }

    long[] boundsNanos() {
        return boundsNanos.clone();
    }

    /** Rises when series were dropped: what {@link #resolve} returned before may be better resolved anew. */
    int epoch() {
        return epoch;
    }

    /** The series that a record with these label values adds to; created if it is new and there is room. */
    synchronized Series resolve(RequestMetric metric, Map<MetricLabel, String> values, long now) {
        List<MetricLabel> labels = settings.labels().getOrDefault(metric, List.of());
        Key key = key(metric, labels, values, true);
        Series known = series.get(key);
        if (known != null) {
            return known;
        }
        if (series.size() >= settings.maxSeries()) {
            expire(now);
            key = key(metric, labels, values, false);
        }
        if (series.size() >= settings.maxSeries()) {
            refusedSeries++;
            key = overflow(metric, labels, values);
            Series overflow = series.get(key);
            return overflow != null ? overflow : create(key, now);
        }
        return create(key, now);
    }

    /** Drops what nothing was added to for the time that the settings say; looks at most once per second. */
    synchronized void expire(long now) {
        if (now - lastExpiry < EXPIRE_AT_MOST_EVERY_NANOS) {
            return;
        }
        lastExpiry = now;
        long then = now - settings.idleSeriesTtl().toNanos();
        boolean dropped = false;
        for (Iterator<Map.Entry<Key, Series>> all = series.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Key, Series> entry = all.next();
            if (entry.getValue().dropIfIdleSince(then)) {
                all.remove();
                entry.getKey().scopes().forEach(this::release);
                dropped = true;
            }
        }
        if (dropped) {
            epoch++;
        }
    }

    synchronized List<Series> all() {
        return new ArrayList<>(series.values());
    }

    synchronized int size() {
        return series.size();
    }

    /**
     * By label, how many times a value found no room; by {@code series}, how many times a label set did; by
     * {@code exemplars}, how many times an exemplar did.
     */
    synchronized Map<String, Long> refused() {
        Map<String, Long> refused = new HashMap<>();
        refusedValues.forEach((label, count) -> refused.put(label.label(), count));
        refused.put("series", refusedSeries);
        refused.put("exemplars", exemplars.refused());
        return refused;
    }

    private Series create(Key key, long now) {
        Series created = new Series(
                key.metric(),
                key.values(),
                key.metric().type() == Collector.Type.HISTOGRAM ? boundsNanos : new long[0],
                exemplars,
                now);
        series.put(key, created);
        key.scopes().forEach(this::acquire);
        return created;
    }

    private Key key(
            RequestMetric metric, List<MetricLabel> labels, Map<MetricLabel, String> values, boolean countRefusals) {
        List<String> admitted = new ArrayList<>(labels.size());
        List<Use> scopes = new ArrayList<>(labels.size());
        for (MetricLabel label : labels) {
            String value = clean(values.getOrDefault(label, ""));
            if (!label.isOpen() || value.isEmpty() || value.equals(OTHER)) {
                admitted.add(value);
                continue;
            }
            Scope scope = scope(label, values);
            Map<String, Integer> used = uses.getOrDefault(scope, Map.of());
            if (used.containsKey(value)
                    || used.size() < settings.maxLabelValues().getOrDefault(label, 0)) {
                admitted.add(value);
                scopes.add(new Use(scope, value));
            } else {
                admitted.add(OTHER);
                if (countRefusals) {
                    refusedValues.merge(label, 1L, Long::sum);
                }
            }
        }
        return new Key(metric, List.copyOf(admitted), scopes);
    }

    private static Key overflow(RequestMetric metric, List<MetricLabel> labels, Map<MetricLabel, String> values) {
        List<String> folded = labels.stream()
                .map(label -> {
                    String value = values.getOrDefault(label, "");
                    return label.isOpen() && !value.isEmpty() ? OTHER : value;
                })
                .toList();
        return new Key(metric, folded, List.of());
    }

    private static Scope scope(MetricLabel label, Map<MetricLabel, String> values) {
        return new Scope(label, label == MetricLabel.OPERATION ? values.getOrDefault(MetricLabel.PROTOCOL, "") : "");
    }

    private void acquire(Use use) {
        uses.computeIfAbsent(use.scope(), scope -> new HashMap<>()).merge(use.value(), 1, Integer::sum);
    }

    private void release(Use use) {
        Map<String, Integer> used = uses.get(use.scope());
        if (used != null) {
            used.computeIfPresent(use.value(), (value, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
        }
    }

    /* Names of executables may hold anything but a slash: what would break a terminal is replaced. */
    private static String clean(String value) {
        String cut = value.length() > MAX_VALUE_LENGTH ? value.substring(0, MAX_VALUE_LENGTH) : value;
        return PlainText.of(cut);
    }

    private record Scope(MetricLabel label, String protocol) {}

    private record Use(Scope scope, String value) {}

    /** Equal if metric and values are equal. */
    private record Key(RequestMetric metric, List<String> values, List<Use> scopes) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key that && metric == that.metric && values.equals(that.values);
        }

        @Override
        public int hashCode() {
            return 31 * values.hashCode() + metric.hashCode();
        }
    }
}
