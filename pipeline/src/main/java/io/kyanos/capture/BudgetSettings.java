package io.kyanos.capture;

import java.time.Duration;

/**
 * What a capture may spend.
 *
 * @param share of one processor; 0 for no bound
 * @param interval between two looks
 * @param calmLooks that must have used less than half before detail comes back by a step
 */
public record BudgetSettings(double share, Duration interval, int calmLooks) {

    /** Whether there is a bound. */
    public boolean isSet() {
        return share > 0;
    }
}
