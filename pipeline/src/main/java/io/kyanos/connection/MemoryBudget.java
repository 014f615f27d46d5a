package io.kyanos.connection;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes that all connections together may hold in one kind of buffer. Thread-safe. */
public final class MemoryBudget {

    private final long limitBytes;
    private final AtomicLong used = new AtomicLong();

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

    public long usedBytes() {
        return used.get();
    }
}
