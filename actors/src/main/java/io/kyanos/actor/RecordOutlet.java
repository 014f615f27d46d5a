package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import java.util.List;

/** Where connection actors put their records. Thread-safe. */
public interface RecordOutlet {

    /** What became of an offer. */
    enum Offer {
        TAKEN,
        FULL,
        ENDED
    }

    /** Takes ownership of the list. */
    Offer offer(List<TrafficRecord> batch);

    /** What was offered moves on. */
    void flush();
}
