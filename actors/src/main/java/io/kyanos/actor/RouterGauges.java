package io.kyanos.actor;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** The statistics of a capture's routers. Thread-safe. */
public final class RouterGauges {

    private static final List<String> RECONCILED = List.of("opening", "end", "vanished", "process");

    private final AtomicInteger openConnections = new AtomicInteger();
    private final LongAdder openedConnections = new LongAdder();
    private final Map<String, LongAdder> reconciled = new ConcurrentHashMap<>();
    private final AtomicLongArray watermarks;
    private final GreatestLag lag = new GreatestLag();

    /** Of so many routers, of which none has done anything. */
    public RouterGauges(int routers) {
        watermarks = new AtomicLongArray(routers);
        for (String what : RECONCILED) {
            reconciled.put(what, new LongAdder());
        }
    }

    void opened() {
        openConnections.incrementAndGet();
        openedConnections.increment();
    }

    void closed() {
        openConnections.decrementAndGet();
    }

    void handled(int router, long watermark) {
        watermarks.set(router, watermark);
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
        return openConnections.get();
    }

    long openedConnections() {
        return openedConnections.sum();
    }

    /** The longest that events have waited lately, nanoseconds. */
    long greatestLag(long now) {
        return lag.nanos(now);
    }

    /** Of the last batch that all routers have handled, monotonic nanoseconds; 0 before the first one. */
    long watermark() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < watermarks.length(); i++) {
            least = Math.min(least, watermarks.get(i));
        }
        return least;
    }
}
