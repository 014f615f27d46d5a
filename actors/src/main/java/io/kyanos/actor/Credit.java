package io.kyanos.actor;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many events may be in flight between the router and the connection actors. Thread-safe. Taking is never refused:
 * the router takes for a whole batch and then stops asking for the next one while {@link #isExhausted}.
 */
public final class Credit {

    private final int max;
    private final AtomicInteger inFlight = new AtomicInteger();

    public Credit(int maxEvents) {
        max = maxEvents;
    }

    public void take(int events) {
        inFlight.addAndGet(events);
    }

    /** Gives back; true exactly once each time half of the credit becomes free again. */
    public boolean giveBack(int events) {
        int after = inFlight.addAndGet(-events);
        int lowWater = max / 2;
        return after <= lowWater && after + events > lowWater;
    }

    /** Nothing is in flight. */
    public boolean isWhole() {
        return inFlight.get() == 0;
    }

    boolean isExhausted() {
        return inFlight.get() >= max;
    }

    int inFlight() {
        return inFlight.get();
    }

    int max() {
        return max;
    }
}
