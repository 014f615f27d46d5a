package io.kyanos;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** A capture that could not start: every method throws the reason. */
record UnstartedCapture(RuntimeException reason) implements Capture {

    @Override
    public Source<List<TrafficRecord>, NotUsed> records() {
        return Source.failed(reason);
    }

    @Override
    public SelfStatistics statistics() {
        throw reason;
    }

    @Override
    public String unhealthyReason() {
        throw reason;
    }

    @Override
    public void replaceRecordFilter(RecordFilter filter) {
        throw reason;
    }

    @Override
    public void replaceCaptureFilters(CaptureFilters filters) {
        throw reason;
    }

    @Override
    public CompletionStage<Done> stop() {
        return CompletableFuture.failedFuture(reason);
    }
}
