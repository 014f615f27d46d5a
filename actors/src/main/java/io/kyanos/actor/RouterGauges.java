package io.kyanos.actor;

/** What the router lets others see of itself. Written by the router alone, read by any thread. */
final class RouterGauges {

    private volatile int openConnections;
    private volatile long openedConnections;
    private volatile long watermark;

    void opened(int open) {
        openConnections = open;
        openedConnections = openedConnections + 1;
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
        return openedConnections;
    }

    /** Of the last batch, monotonic nanoseconds; 0 before the first one. */
    long watermark() {
        return watermark;
    }
}
