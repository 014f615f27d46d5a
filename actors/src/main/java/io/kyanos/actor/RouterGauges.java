package io.kyanos.actor;

import java.util.concurrent.atomic.AtomicLong;

/** What the router lets others see of itself. Written by the router alone, read by any thread. */
final class RouterGauges {

    private volatile int openConnections;
    private final AtomicLong openedConnections = new AtomicLong();
    private volatile long watermark;

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

    int openConnections() {
        return openConnections;
    }

    long openedConnections() {
        return openedConnections.get();
    }

    /** Of the last batch, monotonic nanoseconds; 0 before the first one. */
    long watermark() {
        return watermark;
    }
}
