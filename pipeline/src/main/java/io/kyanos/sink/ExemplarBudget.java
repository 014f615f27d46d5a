package io.kyanos.sink;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** How many exemplars all series together may still take. Thread-safe. */
final class ExemplarBudget {

    private final AtomicInteger left;
    private final LongAdder refused = new LongAdder();

    ExemplarBudget(int most) {
        left = new AtomicInteger(most);
    }

    /** Room for one; false, and counted, if there is none. */
    boolean take() {
        int before = left.getAndUpdate(room -> Math.max(0, room - 1));
        if (before == 0) {
            refused.increment();
        }
        return before > 0;
    }

    void give() {
        left.incrementAndGet();
    }

    /** How often there was no room. */
    long refused() {
        return refused.sum();
    }
}
