package io.kyanos.sink;

import java.util.Arrays;
import java.util.List;

/**
 * The numbers of one label set of one metric. Thread-safe: every method holds the object's own lock, so a scrape sees
 * buckets, count and sum of the same moment, and nothing is added to a series after it was dropped.
 */
final class Series {

    private final RequestMetric metric;
    private final List<String> labelValues;
    private final long[] boundsNanos;
    private final long[] buckets;
    private long sum;
    private long touchedAt;
    private boolean dropped;

    /** @param boundsNanos of a histogram; empty for a counter */
    Series(RequestMetric metric, List<String> labelValues, long[] boundsNanos, long now) {
        this.metric = metric;
        this.labelValues = labelValues;
        this.boundsNanos = boundsNanos;
        buckets = new long[boundsNanos.length + 1];
        touchedAt = now;
    }

    RequestMetric metric() {
        return metric;
    }

    List<String> labelValues() {
        return labelValues;
    }

    /**
     * Adds to a counter, or one observation of {@code amount} nanoseconds to a histogram.
     *
     * @return false, and nothing is added, if the series was dropped
     */
    synchronized boolean add(long amount, long now) {
        if (dropped) {
            return false;
        }
        buckets[bucketOf(amount)]++;
        sum += amount;
        touchedAt = now;
        return true;
    }

    synchronized boolean isIdleSince(long then) {
        return touchedAt - then < 0;
    }

    /** Drops it unless it has been touched since {@code then} or was dropped before; tells whether it did. */
    synchronized boolean dropIfIdleSince(long then) {
        if (dropped || !isIdleSince(then)) {
            return false;
        }
        dropped = true;
        return true;
    }

    synchronized Snapshot snapshot() {
        return new Snapshot(labelValues, Arrays.stream(buckets).boxed().toList(), sum);
    }

    private int bucketOf(long nanos) {
        int bucket = 0;
        while (bucket < boundsNanos.length && nanos > boundsNanos[bucket]) {
            bucket++;
        }
        return bucket;
    }

    /**
     * A series at one moment.
     *
     * @param buckets how many observations fell into each bucket alone; the last bucket has no bound
     */
    record Snapshot(List<String> labelValues, List<Long> buckets, long sum) {}
}
