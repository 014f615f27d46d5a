package io.kyanos.sink;

import io.kyanos.record.StreamedEvents;
import io.kyanos.record.Trace;
import io.prometheus.client.exemplars.Exemplar;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of one label set of one metric. Thread-safe: every method holds the object's own lock, so a scrape sees
 * buckets, count and sum of the same moment, and nothing is added to a series after it was dropped.
 */
final class Series {

    private final RequestMetric metric;
    private final List<String> labelValues;
    private final long[] boundsNanos;
    private final long[] buckets;
    private final ExemplarBudget budget;
    private @Nullable Exemplars exemplars;
    private long sum;
    private long touchedAt;
    private boolean dropped;

    /** @param boundsNanos of a histogram; empty for a counter */
    Series(RequestMetric metric, List<String> labelValues, long[] boundsNanos, ExemplarBudget budget, long now) {
        this.metric = metric;
        this.labelValues = labelValues;
        this.boundsNanos = boundsNanos;
        this.budget = budget;
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

    /**
     * Adds one observation, whose request may become the exemplar of its bucket.
     *
     * @return as {@link #add}
     */
    synchronized boolean add(long nanos, long now, Trace trace, long endedAt) {
        if (!add(nanos, now)) {
            return false;
        }
        if (exemplars == null) {
            exemplars = new Exemplars(buckets.length, budget);
        }
        exemplars.offer(bucketOf(nanos), nanos, trace, endedAt);
        return true;
    }

    /**
     * Adds the gaps of a streamed response to a histogram.
     *
     * @return as {@link #add}
     */
    synchronized boolean add(StreamedEvents events, long now) {
        if (dropped) {
            return false;
        }
        events.eachGap((nanos, count) -> buckets[bucketOf(nanos)] += count);
        sum += events.gapSumNanos();
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
        if (exemplars != null) {
            exemplars.drop();
        }
        return true;
    }

    synchronized Snapshot snapshot() {
        return new Snapshot(
                labelValues,
                Arrays.stream(buckets).boxed().toList(),
                sum,
                exemplars == null ? List.of() : exemplars.snapshot());
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
     * @param exemplars of the buckets, null where there is none; empty where there is none at all
     */
    record Snapshot(List<String> labelValues, List<Long> buckets, long sum, List<@Nullable Exemplar> exemplars) {

        /** That of a bucket. */
        @Nullable
        Exemplar exemplar(int bucket) {
            return exemplars.isEmpty() ? null : exemplars.get(bucket);
        }
    }
}
