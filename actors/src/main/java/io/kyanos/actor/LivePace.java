package io.kyanos.actor;

import io.kyanos.event.EventBatch;
import java.util.OptionalLong;

/** The next batch comes while there is credit: live events do not wait. */
public record LivePace(Credit credit, RecordOutlet records) implements Pace {

    @Override
    public OptionalLong begins(EventBatch batch, long watermark) {
        records.flush();
        return OptionalLong.empty();
    }

    @Override
    public void delivered() {}

    @Override
    public boolean goesOn() {
        return !credit.isExhausted();
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
        return true;
    }
}
