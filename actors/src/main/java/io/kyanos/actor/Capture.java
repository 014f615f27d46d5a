package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** A capture that runs. Thread-safe. */
public interface Capture {

    /**
     * What is seen from its materialization on, in batches. May be materialized several times; the slowest consumer holds
     * back all, down to the kernel. Completes once the capture has been stopped and drained, fails with the capture.
     */
    Source<List<TrafficRecord>, NotUsed> records();

    SelfStatistics statistics();

    /** Why records do not flow as they should: a reader stands still, a stream has failed. Empty while they do. */
    String unhealthyReason();

    /**
     * What the user should know when the records have ended, in sentences: where a recording is broken. Empty when all is
     * well.
     */
    default List<String> remarks() {
        return List.of();
    }

    /** Detaches from the kernel and drains what is under way; completes when that is done. Further calls do nothing. */
    CompletionStage<Done> stop();
}
