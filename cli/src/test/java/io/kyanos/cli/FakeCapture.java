package io.kyanos.cli;

import io.kyanos.Capture;
import io.kyanos.CaptureRequest;
import io.kyanos.capture.AbsentProcesses;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.FixedStatistics;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** Gives the records it was made with, then nothing until it is stopped or told to fail. */
final class FakeCapture implements Capture {

    final CompletableFuture<CaptureRequest> request = new CompletableFuture<>();
    final CompletableFuture<Done> stopped = new CompletableFuture<>();
    volatile String unhealthy = "";
    volatile AbsentProcesses absent = AbsentProcesses.NONE;
    final CompletableFuture<Done> stoppedAtOnce = new CompletableFuture<>();

    private final List<List<TrafficRecord>> batches;
    private final SelfStatistics statistics;
    private final CompletableFuture<List<TrafficRecord>> end = new CompletableFuture<>();

    FakeCapture(List<TrafficRecord> records) {
        this(List.of(records), new FixedStatistics());
    }

    FakeCapture(List<List<TrafficRecord>> batches, SelfStatistics statistics) {
        this.batches = batches;
        this.statistics = statistics;
    }

    /** Ends as a capture that was not asked to. */
    void fail(RuntimeException problem) {
        end.completeExceptionally(problem);
    }

    @Override
    public Source<List<TrafficRecord>, NotUsed> records() {
        return Source.from(batches).concat(Source.completionStage(end));
    }

    @Override
    public SelfStatistics statistics() {
        return statistics;
    }

    @Override
    public String unhealthyReason() {
        return unhealthy;
    }

    @Override
    public AbsentProcesses absentProcesses() {
        return absent;
    }

    @Override
    public CompletionStage<Done> stopAtOnce() {
        stoppedAtOnce.complete(Done.getInstance());
        return stop();
    }

    @Override
    public CompletionStage<Done> stop() {
        stopped.complete(Done.getInstance());
        end.complete(List.of());
        return stopped;
    }
}
