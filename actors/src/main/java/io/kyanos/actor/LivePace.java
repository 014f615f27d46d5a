package io.kyanos.actor;

import io.kyanos.event.EventBatch;
import java.util.OptionalLong;

/** Batches come as routers ask for them: live events wait for nobody else. */
public enum LivePace implements Pace {
    INSTANCE;

    @Override
    public boolean isInSteps() {
        return false;
    }

    @Override
    public OptionalLong begins(EventBatch batch) {
        return OptionalLong.empty();
    }

    @Override
    public boolean goesOn() {
        return true;
    }

    @Override
    public OptionalLong finishes() {
        return OptionalLong.empty();
    }

    @Override
    public boolean mayEnd() {
        return true;
    }
}
