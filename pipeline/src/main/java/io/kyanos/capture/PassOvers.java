package io.kyanos.capture;

import io.kyanos.bridge.BpfMap;
import io.kyanos.event.Direction;

/**
 * The kernel side's table of what nobody wants of streams, written in place without a system call: for each direction one
 * word, so that the kernel side never sees half of it. Thread-safe. A slot serves the connections whose generations fall
 * on it in turn; of an older one that is overwritten everything is captured.
 */
final class PassOvers {

    static final int POSITION_BITS = 44;

    private final BpfMap table;
    private final int slotBits;

    PassOvers(BpfMap table) {
        this.table = table;
        this.slotBits = Integer.numberOfTrailingZeros(table.maxEntries());
    }

    /** Up to {@code until}; 0 for nothing. Positions beyond 16 TiB are not told. */
    void passOver(long generation, Direction direction, long until) {
        if (until >>> POSITION_BITS != 0) {
            return;
        }
        int slot = (int) (generation & (table.maxEntries() - 1L));
        try {
            table.writeU64(slot, direction.code() * Long.BYTES, word(generation, slotBits, until));
        } catch (IllegalStateException ignored) {
            // The capture has been closed: it is not needed.
        }
    }

    /** The bits of the generation beyond those that choose the slot, as many as fit, then the position. */
    static long word(long generation, int slotBits, long until) {
        return until == 0 ? 0 : (generation >>> slotBits << POSITION_BITS) | until;
    }
}
