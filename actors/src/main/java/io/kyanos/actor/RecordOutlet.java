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

    /** Takes the list, which belongs to the outlet from then on. */
    Offer offer(List<TrafficRecord> batch);

    /** What was offered goes on. */
    void flush();
}
