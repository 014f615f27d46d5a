package io.kyanos.capture;

import io.kyanos.bridge.BpfMap;
import io.kyanos.event.TraceState;

/**
 * The kernel side's table of trace states, written in place without a system call. Thread-safe. A slot serves the
 * connections whose generations fall on it in turn; an older one that is overwritten falls back to the kernel's own
 * rule.
 */
final class TraceStates {

    private static final int STATE_BITS = 2;

    private final BpfMap table;
    private final long mask;

    TraceStates(BpfMap table) {
        this.table = table;
        this.mask = table.maxEntries() - 1L;
    }

    void trace(long generation, TraceState state) {
        try {
            table.writeU64((int) (generation & mask), 0, generation << STATE_BITS | state.code());
        } catch (IllegalStateException ignored) {
            // The capture has been closed: it is not needed.
        }
    }
}
