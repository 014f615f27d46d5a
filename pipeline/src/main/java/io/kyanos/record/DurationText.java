package io.kyanos.record;

import java.math.BigDecimal;
import java.time.Duration;

/** A duration as people write it: {@code 500 ms}, {@code 1 hour}, {@code 2 days}. */
public final class DurationText {

    private static final String[] UNITS = {"ns", "us", "ms", "s", "minute", "hour", "day"};
    private static final long[] UNITS_PER_NEXT = {1000, 1000, 1000, 60, 60, 24};
    private static final int SECONDS = 3;
    private static final int NANOS_PER_MILLI_DIGITS = 6;

    private DurationText() {}

    /** In the largest unit that has a whole number of it; to 292 years. */
    public static String of(Duration duration) {
        long number = duration.toNanos();
        if (number == 0) {
            return "0 s";
        }
        int unit = 0;
        while (unit < UNITS_PER_NEXT.length && number % UNITS_PER_NEXT[unit] == 0) {
            number /= UNITS_PER_NEXT[unit];
            unit++;
        }
        boolean plural = unit > SECONDS && number != 1;
        return number + " " + UNITS[unit] + (plural ? "s" : "");
    }

    /** Nanoseconds in milliseconds, exactly: {@code 1.25}. */
    public static String millis(long nanos) {
        return BigDecimal.valueOf(nanos, NANOS_PER_MILLI_DIGITS)
                .stripTrailingZeros()
                .toPlainString();
    }
}
