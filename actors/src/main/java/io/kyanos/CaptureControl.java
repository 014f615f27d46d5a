package io.kyanos;

import io.kyanos.capture.AbsentProcesses;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.record.RecordFilter;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;

/**
 * Controls a running capture. Thread-safe. If the capture could not start, every method throws the reason, and
 * {@link #stop} completes with it.
 */
public interface CaptureControl {

    /** The capture's own statistics; they count until the capture has stopped, and then keep their last values. */
    SelfStatistics statistics();

    /** Why records do not flow as they should: a stalled reader, a failed stream. Empty while they do. */
    String unhealthyReason();

    /**
     * From now on the consumers get the records that pass this filter, in place of the one before.
     *
     * @throws IllegalArgumentException if the filter looks at attributes or headers that the capture does not keep
     * @throws UnsupportedOperationException if this capture does not filter records
     */
    default void replaceRecordFilter(RecordFilter filter) {
        throw new UnsupportedOperationException("replace record filter: this capture has none");
    }

    /**
     * From now on the kernel captures what passes these filters, in place of those before. They also apply to connections
     * that are open: those no longer wanted end, those newly wanted begin at their next call.
     *
     * @throws io.kyanos.bridge.BpfException if the kernel refuses; the old filters then stay in force
     * @throws UnsupportedOperationException if the capture is not of the kernel
     */
    default void replaceCaptureFilters(CaptureFilters filters) {
        throw new UnsupportedOperationException("replace capture filters: this capture has none");
    }

    /** What the initial filters include that was not running at the start; nothing for a recording. */
    default AbsentProcesses absentProcesses() {
        return AbsentProcesses.NONE;
    }

    /**
     * What the user should know once the records have ended, in sentences: for instance where a recording is damaged. Empty
     * if all is well.
     */
    default List<String> remarks() {
        return List.of();
    }

    /** Detaches from the kernel and drains what is in progress; completes when that is done. Further calls do nothing. */
    CompletionStage<Done> stop();

    /**
     * As {@link #stop}, but what has been captured and is not a record yet is dropped and counted ({@code stopped} in
     * {@link SelfStatistics#dropped}), so that stopping does not take as long as working through it. May follow a stop.
     */
    default CompletionStage<Done> stopAtOnce() {
        return stop();
    }
}
