package io.kyanos.actor;

import io.kyanos.event.EventBatch;
import java.util.OptionalLong;

/**
 * The next batch comes while there is credit and room for the records of those before: live events wait for nobody else.
 *
 * @param whenRoom runs, on any thread, when the router is to ask again
 */
public record LivePace(Credit credit, RecordGathering records, Runnable whenRoom) implements Pace {

    @Override
    public OptionalLong begins(EventBatch batch, long watermark) {
        records.handOn();
        return OptionalLong.empty();
    }

    @Override
    public boolean goesOn() {
        return records.handOn(whenRoom) && !credit.isExhausted();
    }

    @Override
    public boolean mayFinish() {
        return true;
    }

    @Override
    public OptionalLong finishes(long watermark) {
        return OptionalLong.empty();
    }

    @Override
    public boolean mayEnd() {
        return records.handOn(whenRoom);
    }
}
