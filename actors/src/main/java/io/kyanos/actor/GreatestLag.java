package io.kyanos.actor;

import java.time.Duration;

/**
 * The greatest lag seen lately: within the last half minute at least and the last minute at most. All moments are of one
 * monotonic clock, nanoseconds. Thread-safe.
 */
/*
 * Two windows, of which the older one is forgotten whole: constant work and memory, and readers, however many and however
 * often they look, change nothing for each other.
 */
final class GreatestLag {

    static final Duration WINDOW = Duration.ofSeconds(30);

    private static final long WINDOW_NANOS = WINDOW.toNanos();

    private boolean isRunning;
    private long startedAt;
    private long greatest;
    private long greatestBefore;

    synchronized void saw(long lagNanos, long now) {
        roll(now);
        greatest = Math.max(greatest, lagNanos);
    }

    /** Nanoseconds; 0 if nothing was seen in that time. */
    synchronized long nanos(long now) {
        long since = now - startedAt;
        if (!isRunning || since >= 2 * WINDOW_NANOS) {
            return 0;
        }
        return since < WINDOW_NANOS ? Math.max(greatest, greatestBefore) : greatest;
    }

    private void roll(long now) {
        long since = now - startedAt;
        if (isRunning && since < WINDOW_NANOS) {
            return;
        }
        greatestBefore = isRunning && since < 2 * WINDOW_NANOS ? greatest : 0;
        greatest = 0;
        startedAt = now;
        isRunning = true;
    }
}
