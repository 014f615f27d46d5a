package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import java.util.List;

/** Where the records of connections move on to. Thread-safe. */
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

    /** Runs {@code callback} once, on any thread, when there is room again. For use after an offer was refused. */
    void whenRoom(Runnable callback);
}
