package io.kyanos.actor;

import java.util.concurrent.atomic.AtomicLong;

/** What the router lets others see of itself. Written by the router alone, read by any thread. */
final class RouterGauges {

    private volatile int openConnections;
    private final AtomicLong openedConnections = new AtomicLong();
    private volatile long watermark;
    private final GreatestLag lag = new GreatestLag();

    void opened(int open) {
        openConnections = open;
        openedConnections.incrementAndGet();
    }

    void closed(int open) {
        openConnections = open;
    }

    void handled(long newWatermark) {
        watermark = newWatermark;
    }

    /** Events have been told to their connections, so long after the first of them was emitted. */
    void lagged(long lagNanos, long now) {
        lag.saw(lagNanos, now);
    }

    int openConnections() {
        return openConnections;
    }

    long openedConnections() {
        return openedConnections.get();
    }

    /** The longest that events waited lately, nanoseconds. */
    long greatestLag(long now) {
        return lag.nanos(now);
    }

    /** Of the last batch, monotonic nanoseconds; 0 before the first one. */
    long watermark() {
        return watermark;
    }
}
