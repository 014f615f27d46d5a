package io.kyanos.connection;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that all connections together may hold in one kind of buffer. Thread-safe. */
public final class MemoryBudget {

    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();
    private final AtomicLong holders = new AtomicLong();
    private final SpareArrays spares = new SpareArrays();

    public MemoryBudget(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** Takes {@code bytes}; false, with nothing taken, if that would exceed the limit. */
    boolean take(int bytes) {
        if (used.addAndGet(bytes) <= limitBytes) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void giveBack(int bytes) {
        used.addAndGet(-bytes);
    }

    /** Arrays that are not used at the moment; they do not count as used. */
    SpareArrays spares() {
        return spares;
    }

    /** One more buffer holds something. */
    void enter() {
        holders.incrementAndGet();
    }

    /** One buffer has become empty. */
    void leave() {
        holders.decrementAndGet();
    }

    /** Buffers that hold something. */
    public long holders() {
        return holders.get();
    }

    public long usedBytes() {
        return used.get();
    }
}
