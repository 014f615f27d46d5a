package io.kyanos.sink;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Stands still until told. */
final class FakeClock implements LongSupplier {

    private long now = Long.MAX_VALUE - 1_000;

    void advance(Duration by) {
        now += by.toNanos();
    }

    @Override
    public long getAsLong() {
        return now;
    }
}
