package io.kyanos;

import io.kyanos.capture.AbsentProcesses;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.record.RecordFilter;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;

/**
 * Steers a capture that runs. Thread-safe. If the capture could not start, every method throws why, and {@link #stop}
 * completes with it.
 */
public interface CaptureControl {

    /** What the capture tells of itself; goes on counting until the capture has stopped, and keeps the last numbers. */
    SelfStatistics statistics();

    /** Why records do not flow as they should: a reader stands still, a stream has failed. Empty while they do. */
    String unhealthyReason();

    /**
     * From here on only records that pass go to the consumers, in place of those that passed before.
     *
     * @throws IllegalArgumentException where the filter looks at attributes or headers that the capture does not keep
     * @throws UnsupportedOperationException where the capture leaves its records as they are
     */
    default void replaceRecordFilter(RecordFilter filter) {
        throw new UnsupportedOperationException("replace record filter: this capture has none");
    }

    /**
     * From here on the kernel captures what passes, in place of what passed before. Connections that are open are judged
     * anew: those wanted no more end, those newly wanted begin at their next call.
     *
     * @throws io.kyanos.bridge.BpfException where the kernel refuses; the old filters hold then
     * @throws UnsupportedOperationException where nothing of the kernel is captured
     */
    default void replaceCaptureFilters(CaptureFilters filters) {
        throw new UnsupportedOperationException("replace capture filters: this capture has none");
    }

    /** What the filters of the start include and nothing was that ran then; of a recording nothing is absent. */
    default AbsentProcesses absentProcesses() {
        return AbsentProcesses.NONE;
    }

    /**
     * What the user should know once the records have ended, in sentences: where a recording is broken. Empty when all is
     * well.
     */
    default List<String> remarks() {
        return List.of();
    }

    /** Detaches from the kernel and drains what is under way; completes when that is done. Further calls do nothing. */
    CompletionStage<Done> stop();

    /**
     * As {@link #stop}, but what has been captured and is not a record yet is thrown away and counted ({@code stopped} in
     * {@link SelfStatistics#dropped}), so that the end does not take the time of all that waits. May follow a stop.
     */
    default CompletionStage<Done> stopAtOnce() {
        return stop();
    }
}
