package io.kyanos.protocol.http2;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all connections of one capture together may keep: numbered fields and open streams, in bytes of the heap, about. Thread-safe.
 */
/*
 * Why: each connection has bounds of its own, which suffice for one. Whoever opens thousands of connections, and fills the tables of
 * each, would fill the heap of the capture, not that of the server.
 */
final class KeptBytes {

    /** For some ten thousand connections that number what clients and servers usually do. */
    static final long DEFAULT_MOST = 64L << 20;

    /** Connections take so much at a time, so that they seldom meet here. */
    private static final int PORTION = 1 << 10;

    private final long most;
    private final AtomicLong granted = new AtomicLong();
    private final LongAdder refused = new LongAdder();

    KeptBytes(long most) {
        this.most = most;
    }

    /** For one connection. */
    Share newShare() {
        return new Share();
    }

    /** How often a connection was to keep no more. */
    long refused() {
        return refused.sum();
    }

    /** Bytes that the connections have taken, each in whole portions. */
    long granted() {
        return granted.get();
    }

    private boolean grant(long bytes) {
        if (granted.addAndGet(bytes) > most) {
            granted.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** What one connection keeps. Not thread-safe. */
    final class Share {

        private long owned;
        private long used;
        private boolean isClosed;

        private Share() {}

        /** Whether so many bytes more may be kept. */
        boolean take(long bytes) {
            long missing = used + bytes - owned;
            if (isClosed || (missing > 0 && !own(missing))) {
                refused.increment();
                return false;
            }
            used += bytes;
            return true;
        }

        private boolean own(long missing) {
            long portions = (missing + PORTION - 1) / PORTION * PORTION;
            if (!grant(portions)) {
                return false;
            }
            owned += portions;
            return true;
        }

        /** So many bytes that were taken are kept no more. */
        void giveBack(long bytes) {
            used -= bytes;
            long spare = (owned - used) / PORTION * PORTION;
            // One portion stays, as what has gone is often followed by the like.
            if (!isClosed && spare > PORTION) {
                owned -= spare - PORTION;
                granted.addAndGet(PORTION - spare);
            }
        }

        /** The connection keeps nothing any more, and will not. */
        void close() {
            if (!isClosed) {
                isClosed = true;
                granted.addAndGet(-owned);
            }
        }
    }
}
