package io.kyanos.sink;

import io.kyanos.record.Trace;
import io.prometheus.client.exemplars.Exemplar;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request for each bucket of one histogram, by which more of its like are found: the newest, taken at most once a second.
 * Not thread-safe: the series that has them sees to that.
 */
final class Exemplars {

    private static final long TAKEN_AT_MOST_EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final double NANOS_PER_SECOND = 1e9;

    private final @Nullable Taken[] taken;
    private final ExemplarBudget budget;

    Exemplars(int buckets, ExemplarBudget budget) {
        taken = new Taken[buckets];
        this.budget = budget;
    }

    /**
     * Takes a request of a bucket, unless one was taken a moment ago or there is no room for more.
     *
     * @param endedAt since the epoch; what ended before the last one is passed over
     */
    void offer(int bucket, long nanos, Trace trace, long endedAt) {
        Taken last = taken[bucket];
        if (last == null ? budget.take() : endedAt - last.endedAt >= TAKEN_AT_MOST_EVERY_NANOS) {
            taken[bucket] = new Taken(trace, nanos, endedAt);
        }
    }

    /** Gives back their room. */
    void drop() {
        for (int i = 0; i < taken.length; i++) {
            if (taken[i] != null) {
                taken[i] = null;
                budget.give();
            }
        }
    }

    /** One for each bucket, null where there is none. */
    List<@Nullable Exemplar> snapshot() {
        List<@Nullable Exemplar> all = new ArrayList<>(taken.length);
        for (Taken one : taken) {
            all.add(one == null ? null : one.exemplar());
        }
        return all;
    }

    private record Taken(Trace trace, long nanos, long endedAt) {

        /* Names and values are less than the 128 characters that OpenMetrics allows. */
        Exemplar exemplar() {
            List<String> labels = new ArrayList<>();
            if (!trace.traceId().isEmpty()) {
                labels.addAll(List.of("trace_id", trace.traceId()));
                if (!trace.spanId().isEmpty()) {
                    labels.addAll(List.of("span_id", trace.spanId()));
                }
            } else {
                labels.addAll(List.of("request_id", trace.requestId()));
            }
            return new Exemplar(
                    nanos / NANOS_PER_SECOND, TimeUnit.NANOSECONDS.toMillis(endedAt), labels.toArray(new String[0]));
        }
    }
}
