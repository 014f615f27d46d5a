package io.kyanos;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** A running capture. Thread-safe. */
public interface Capture extends CaptureControl {

    /**
     * The records from its materialization on, in batches. May be materialized several times; the slowest consumer holds
     * back everything, down to the kernel. Completes once the capture has been stopped and drained, fails with the capture.
     */
    Source<List<TrafficRecord>, NotUsed> records();
}
