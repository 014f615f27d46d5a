package io.kyanos.actor;

import io.kyanos.capture.KernelCapture;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * One running capture. Its records come as streams of batches; they must be run for anything to flow, and when they are
 * not demanded the capture stops reading and the kernel side counts what it loses. Thread-safe.
 */
public final class Capture {

    private final KernelCapture kernel;
    private final RecordShards shards;
    private final SelfStatistics statistics;
    private final CompletableFuture<Done> ended;
    private final long stopTimeoutNanos;

    Capture(
            KernelCapture kernel,
            RecordShards shards,
            SelfStatistics statistics,
            CompletableFuture<Done> ended,
            long stopTimeoutNanos) {
        this.kernel = kernel;
        this.shards = shards;
        this.statistics = statistics;
        this.ended = ended;
        this.stopTimeoutNanos = stopTimeoutNanos;
    }

    /** All records, in batches, in the order in which they were completed on each connection. Can be run once. */
    public Source<List<TrafficRecord>, NotUsed> records() {
        List<Source<List<TrafficRecord>, NotUsed>> sources = shards.sources();
        Source<List<TrafficRecord>, NotUsed> merged = sources.get(0);
        for (Source<List<TrafficRecord>, NotUsed> source : sources.subList(1, sources.size())) {
            merged = merged.merge(source);
        }
        return merged;
    }

    /** The same records, one stream per shard; each connection's are in one of them. Instead of {@link #records}. */
    public List<Source<List<TrafficRecord>, NotUsed>> shards() {
        return shards.sources();
    }

    public SelfStatistics statistics() {
        return statistics;
    }

    /**
     * Detaches from the kernel, lets everything that was captured flow out, and completes the streams. The result
     * completes when the last record has been handed over, or, after the configured time, without waiting for it.
     */
    public CompletionStage<Done> stop() {
        kernel.drainAndComplete();
        return ended.completeOnTimeout(Done.getInstance(), stopTimeoutNanos, TimeUnit.NANOSECONDS)
                .whenComplete((done, failure) -> {
                    shards.complete();
                    kernel.close();
                });
    }
}
