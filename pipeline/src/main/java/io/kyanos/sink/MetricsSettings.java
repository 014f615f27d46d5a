package io.kyanos.sink;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.record.DurationText;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@code kyanos.metrics} says. Immutable.
 *
 * @param labels the labels of each metric, in order
 * @param durationBuckets upper bounds of the histogram's buckets, inclusive, rising, without the last, infinite one
 * @param maxLabelValues per open label, how many values may be shown at a time; of operations, per protocol
 * @param maxSeries how many label sets all request metrics together may have; those of the value {@code other} come on top
 * @param idleSeriesTtl a label set that nothing was added to for so long is dropped
 * @param maxExemplars how many buckets of durations may have an exemplar, all series together; 0 for none
 * @param shards how many stages add records up at the same time
 * @param shardQueue batches that may wait for each of several shards, a power of two
 */
public record MetricsSettings(
        Map<RequestMetric, List<MetricLabel>> labels,
        List<Duration> durationBuckets,
        Map<MetricLabel, Integer> maxLabelValues,
        int maxSeries,
        Duration idleSeriesTtl,
        int maxExemplars,
        int shards,
        int shardQueue) {

    private static final String PATH = "kyanos.metrics.";
    private static final int MAX_BUCKETS = 100;
    private static final Duration MAX_BUCKET = Duration.ofDays(1);
    private static final int MAX_LABEL_VALUES = 100_000;
    private static final int MAX_SERIES = 1_000_000;
    private static final int MAX_EXEMPLARS = 1_000_000;
    private static final int MAX_SHARDS = 64;
    private static final int MAX_SHARD_QUEUE = 1 << 12;
    private static final Duration MAX_TTL = Duration.ofDays(3650);

    public MetricsSettings {
        labels = Map.copyOf(labels);
        durationBuckets = List.copyOf(durationBuckets);
        maxLabelValues = Map.copyOf(maxLabelValues);
    }

    /**
     * Reads the section from the whole configuration, which must have {@code reference.conf} as its fallback.
     *
     * @throws ConfigException naming the key, its value and what is expected
     */
    public static MetricsSettings of(Config config) {
        Map<RequestMetric, List<MetricLabel>> labels = new EnumMap<>(RequestMetric.class);
        for (RequestMetric metric : RequestMetric.values()) {
            labels.put(metric, labels(config, PATH + "labels." + metric.key()));
        }
        Map<MetricLabel, Integer> maxLabelValues = new EnumMap<>(MetricLabel.class);
        for (MetricLabel label : MetricLabel.values()) {
            if (label.isOpen()) {
                maxLabelValues.put(
                        label, between(config, PATH + "max-label-values." + label.label(), MAX_LABEL_VALUES));
            }
        }
        return new MetricsSettings(
                labels,
                buckets(config, PATH + "duration-buckets"),
                maxLabelValues,
                between(config, PATH + "max-series", MAX_SERIES),
                ttl(config, PATH + "idle-series-ttl"),
                between(config, PATH + "max-exemplars", 0, MAX_EXEMPLARS),
                between(config, PATH + "shards", MAX_SHARDS),
                powerOfTwo(config, PATH + "shard-queue", MAX_SHARD_QUEUE));
    }

    private static List<MetricLabel> labels(Config config, String key) {
        Set<MetricLabel> labels = EnumSet.noneOf(MetricLabel.class);
        List<String> names = config.getStringList(key);
        List<MetricLabel> ordered =
                names.stream().map(name -> label(config, key, name)).toList();
        for (MetricLabel label : ordered) {
            if (!labels.add(label)) {
                throw bad(config, key, names + " (expected: each label once, got " + label.label() + " twice)");
            }
        }
        return ordered;
    }

    private static MetricLabel label(Config config, String key, String name) {
        for (MetricLabel label : MetricLabel.values()) {
            if (label.label().equals(name)) {
                return label;
            }
        }
        String known = Stream.of(MetricLabel.values()).map(MetricLabel::label).collect(Collectors.joining(", "));
        throw bad(config, key, name + " (expected: some of " + known + ")");
    }

    private static List<Duration> buckets(Config config, String key) {
        List<Duration> bounds = config.getDurationList(key);
        if (bounds.isEmpty() || bounds.size() > MAX_BUCKETS) {
            throw bad(config, key, bounds.size() + " bounds (expected: 1 to " + MAX_BUCKETS + ")");
        }
        Duration last = Duration.ZERO;
        for (Duration bound : bounds) {
            if (bound.compareTo(MAX_BUCKET) > 0) {
                throw bad(
                        config,
                        key,
                        "a bound of " + DurationText.of(bound) + " (expected: to " + DurationText.of(MAX_BUCKET) + ")");
            }
            if (bound.compareTo(last) <= 0) {
                throw bad(
                        config,
                        key,
                        "a bound of " + DurationText.of(bound) + " after " + DurationText.of(last)
                                + " (expected: above 0 and rising)");
            }
            last = bound;
        }
        return bounds;
    }

    private static int between(Config config, String key, int max) {
        return between(config, key, 1, max);
    }

    private static int between(Config config, String key, int min, int max) {
        int value = config.getInt(key);
        if (value < min || value > max) {
            throw bad(config, key, value + " (expected: " + min + " to " + max + ")");
        }
        return value;
    }

    private static int powerOfTwo(Config config, String key, int max) {
        int value = between(config, key, max);
        if (Integer.bitCount(value) != 1) {
            throw bad(config, key, value + " (expected: a power of two, 1 to " + max + ")");
        }
        return value;
    }

    private static Duration ttl(Config config, String key) {
        Duration ttl = config.getDuration(key);
        if (ttl.isNegative() || ttl.isZero() || ttl.compareTo(MAX_TTL) > 0) {
            throw bad(
                    config, key, config.getString(key) + " (expected: above 0 s, to " + DurationText.of(MAX_TTL) + ")");
        }
        return ttl;
    }

    private static ConfigException bad(Config config, String key, String message) {
        return new ConfigException.BadValue(config.getValue(key).origin(), key, message);
    }
}
