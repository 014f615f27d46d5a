package io.kyanos;

import io.kyanos.actor.EventOrigin;
import io.kyanos.actor.LiveStatistics;
import io.kyanos.actor.RecordHub;
import io.kyanos.capture.AbsentProcesses;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Detail;
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
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;

/** A running capture, from its start to its orderly end. */
final class RunningCapture implements Capture {

    private final EventOrigin origin;
    private final RecordHub hub;
    private final LiveStatistics statistics;
    private final CompletableFuture<Done> ended;
    private final Runnable beforeStop;
    private final Runnable discard;
    private final Detail detail;
    private final Duration stopTimeout;
    private final CompletableFuture<Done> gone = new CompletableFuture<>();
    private volatile RecordFilter filter;
    private @Nullable CompletionStage<Done> stopped;

    /**
     * Already running. {@code ended} completes when the last connection has handed over its records; {@code beforeStop} runs
     * before stopping begins. After {@code discard} nothing more becomes a record.
     */
    RunningCapture(
            EventOrigin origin,
            RecordHub hub,
            LiveStatistics statistics,
            CompletableFuture<Done> ended,
            Runnable beforeStop,
            Runnable discard,
            Detail detail,
            RecordFilter filter,
            Duration stopTimeout) {
        this.origin = origin;
        this.hub = hub;
        this.statistics = statistics;
        this.ended = ended;
        this.beforeStop = beforeStop;
        this.discard = discard;
        this.detail = detail;
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
    public void replaceRecordFilter(RecordFilter newFilter) {
        if (newFilter.needsAttributes() && !detail.attributes()) {
            throw new IllegalArgumentException(
                    "record filter: looks at attributes (expected: a capture that keeps them)."
                            + " Hint: start it with a Detail that has attributes");
        }
        if (!detail.headers().containsAll(newFilter.headers())) {
            throw new IllegalArgumentException(
                    "record filter: looks at headers " + newFilter.headers() + " (expected: some of " + detail.headers()
                            + "). Hint: start the capture with a Detail that has them");
        }
        filter = newFilter;
    }

    @Override
    public void replaceCaptureFilters(CaptureFilters filters) {
        origin.replaceCaptureFilters(filters);
    }

    @Override
    public AbsentProcesses absentProcesses() {
        return origin.absentProcesses();
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
            hub.drainWithoutSinks();
            stopped = ended.completeOnTimeout(Done.getInstance(), stopTimeout.toNanos(), TimeUnit.NANOSECONDS)
                    .whenComplete((done, failure) -> {
                        hub.complete();
                        release();
                    });
        }
        return stopped;
    }

    @Override
    public CompletionStage<Done> stopAtOnce() {
        discard.run();
        return stop();
    }

    /** Closes the origin at once; the actors are gone already. */
    void abandon() {
        beforeStop.run();
        release();
    }

    /** Completes once the origin has been closed. */
    CompletionStage<Done> gone() {
        return gone;
    }

    private void release() {
        origin.close();
        gone.complete(Done.getInstance());
    }
}
