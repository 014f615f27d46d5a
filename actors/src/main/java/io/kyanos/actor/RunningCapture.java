package io.kyanos.actor;

import io.kyanos.capture.KernelCapture;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.SelfStatistics;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;

/** A capture of this machine's kernel. */
final class RunningCapture implements Capture {

    private final KernelCapture kernel;
    private final RecordHub hub;
    private final LiveStatistics statistics;
    private final Cancellable sweeps;
    private final CompletableFuture<Done> ended;
    private final Runnable beforeStop;
    private final Runnable afterStop;
    private final boolean keepsAttributes;
    private final Duration stopTimeout;
    private final CompletableFuture<Done> gone = new CompletableFuture<>();
    private volatile RecordFilter filter;
    private @Nullable CompletionStage<Done> stopped;

    /**
     * Runs already; {@code ended} completes when the last connection has given out its records, {@code beforeStop} runs
     * before that begins and {@code afterStop} when it is over.
     */
    RunningCapture(
            KernelCapture kernel,
            RecordHub hub,
            LiveStatistics statistics,
            Cancellable sweeps,
            CompletableFuture<Done> ended,
            Runnable beforeStop,
            Runnable afterStop,
            boolean keepsAttributes,
            RecordFilter filter,
            Duration stopTimeout) {
        this.kernel = kernel;
        this.hub = hub;
        this.statistics = statistics;
        this.sweeps = sweeps;
        this.ended = ended;
        this.beforeStop = beforeStop;
        this.afterStop = afterStop;
        this.keepsAttributes = keepsAttributes;
        this.filter = filter;
        this.stopTimeout = stopTimeout;
    }

    @Override
    public Source<List<TrafficRecord>, NotUsed> records() {
        return hub.records().map(this::passing).filterNot(List::isEmpty);
    }

    private List<TrafficRecord> passing(List<TrafficRecord> batch) {
        RecordFilter condition = filter;
        return condition == RecordFilter.ALL
                ? batch
                : batch.stream().filter(condition).toList();
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
    public void replaceFilter(RecordFilter newFilter) {
        if (newFilter.needsAttributes() && !keepsAttributes) {
            throw new IllegalArgumentException(
                    "record filter: looks at attributes (expected: a capture that keeps them)."
                            + " Hint: start it with a Detail that has attributes");
        }
        filter = newFilter;
    }

    @Override
    public synchronized CompletionStage<Done> stop() {
        if (stopped == null) {
            sweeps.cancel();
            beforeStop.run();
            kernel.drainAndComplete();
            hub.flowUnheeded();
            stopped = ended.completeOnTimeout(Done.getInstance(), stopTimeout.toNanos(), TimeUnit.NANOSECONDS)
                    .whenComplete((done, failure) -> {
                        hub.complete();
                        release();
                        afterStop.run();
                    });
        }
        return stopped;
    }

    /** Leaves the kernel at once; the actors are gone already. */
    void abandon() {
        sweeps.cancel();
        release();
    }

    /** Completes once nothing is in the kernel any more. */
    CompletionStage<Done> gone() {
        return gone;
    }

    private void release() {
        kernel.close();
        gone.complete(Done.getInstance());
    }
}
