package io.kyanos.actor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** The router's statistics. Written by the router alone, read by any thread. */
public final class RouterGauges {

    private static final List<String> RECONCILED = List.of("opening", "end", "vanished", "process");

    private volatile int openConnections;
    private final AtomicLong openedConnections = new AtomicLong();
    private final Map<String, LongAdder> reconciled = new ConcurrentHashMap<>();
    private volatile long watermark;
    private final GreatestLag lag = new GreatestLag();

    public RouterGauges() {
        for (String what : RECONCILED) {
            reconciled.put(what, new LongAdder());
        }
    }

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

    /** Events have been delivered to their connections, this long after the first of them was emitted. */
    void lagged(long lagNanos, long now) {
        lag.saw(lagNanos, now);
    }

    /** Counts what a comparison with the kernel's own tables has put right. */
    void reconciled(String what, long count) {
        reconciled.computeIfAbsent(what, key -> new LongAdder()).add(count);
    }

    Map<String, Long> reconciled() {
        Map<String, Long> sums = new HashMap<>();
        reconciled.forEach((what, adder) -> sums.put(what, adder.sum()));
        return sums;
    }

    int openConnections() {
        return openConnections;
    }

    long openedConnections() {
        return openedConnections.get();
    }

    /** The longest that events have waited lately, nanoseconds. */
    long greatestLag(long now) {
        return lag.nanos(now);
    }

    /** Of the last batch, monotonic nanoseconds; 0 before the first one. */
    long watermark() {
        return watermark;
    }
}
