package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.SelfStatistics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;

/** A capture that runs, from its start to its orderly end. */
final class RunningCapture implements Capture {

    private final EventOrigin origin;
    private final RecordHub hub;
    private final LiveStatistics statistics;
    private final CompletableFuture<Done> ended;
    private final Runnable beforeStop;
    private final Duration stopTimeout;
    private @Nullable CompletionStage<Done> stopped;

    /**
     * Runs already; {@code ended} completes when the last connection has given out its records, {@code beforeStop} runs
     * before that begins.
     */
    RunningCapture(
            EventOrigin origin,
            RecordHub hub,
            LiveStatistics statistics,
            CompletableFuture<Done> ended,
            Runnable beforeStop,
            Duration stopTimeout) {
        this.origin = origin;
        this.hub = hub;
        this.statistics = statistics;
        this.ended = ended;
        this.beforeStop = beforeStop;
        this.stopTimeout = stopTimeout;
    }

    @Override
    public Source<List<TrafficRecord>, NotUsed> records() {
        return hub.records();
    }

    @Override
    public SelfStatistics statistics() {
        return statistics;
    }

    @Override
    public String unhealthyReason() {
        return statistics.unhealthyReason();
    }

    @Override
    public List<String> remarks() {
        return origin.remarks();
    }

    @Override
    public synchronized CompletionStage<Done> stop() {
        if (stopped == null) {
            beforeStop.run();
            origin.drainAndComplete();
            hub.flowUnheeded();
            stopped = ended.completeOnTimeout(Done.getInstance(), stopTimeout.toNanos(), TimeUnit.NANOSECONDS)
                    .whenComplete((done, failure) -> {
                        hub.complete();
                        origin.close();
                    });
        }
        return stopped;
    }
}
