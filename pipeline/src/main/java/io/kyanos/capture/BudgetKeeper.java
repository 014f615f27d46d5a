package io.kyanos.capture;

import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what a capture spends within its budget: measures, decides by {@link Budget}, applies, and tells each change in the
 * log. The detail may be read by any thread.
 */
final class BudgetKeeper {

    private static final Logger log = LoggerFactory.getLogger(BudgetKeeper.class);

    private final Budget budget;
    private final LongSupplier spentNanos;
    private final LongSupplier clockNanos;
    private final Consumer<CaptureDetail> apply;
    private volatile CaptureDetail detail = CaptureDetail.FULL;
    private long lastSpent;
    private long lastLook;

    /**
     * @param spentNanos processor time spent so far
     * @param apply makes the capture be of this detail
     */
    BudgetKeeper(Budget budget, LongSupplier spentNanos, LongSupplier clockNanos, Consumer<CaptureDetail> apply) {
        this.budget = budget;
        this.spentNanos = spentNanos;
        this.clockNanos = clockNanos;
        this.apply = apply;
        this.lastSpent = spentNanos.getAsLong();
        this.lastLook = clockNanos.getAsLong();
    }

    /** Looks at what was spent since the last look. To be run from time to time. */
    synchronized void look() {
        long now = clockNanos.getAsLong();
        long spent = spentNanos.getAsLong();
        if (now <= lastLook) {
            return;
        }
        double used = (double) (spent - lastSpent) / (now - lastLook);
        lastLook = now;
        lastSpent = spent;
        CaptureDetail next = budget.look(used);
        if (next != detail) {
            apply.accept(next);
            tell(next, used);
            detail = next;
        }
    }

    private void tell(CaptureDetail next, double used) {
        // whoever was told that it fell is told that it has come back
        log.warn(
                "budget: {} of a processor used (expected: <= {}); detail {} to {}",
                String.format(Locale.ROOT, "%.3f", used),
                budget.share(),
                next.compareTo(detail) > 0 ? "falls" : "comes back",
                next.description());
    }

    /** What holds now. */
    CaptureDetail detail() {
        return detail;
    }
}
