package io.kyanos.reassembly;

import java.util.concurrent.atomic.LongAdder;

/** What a reassembly has given up for lack of room. Any thread may read it. */
public final class ReassemblyStatistics {

    private final LongAdder flows = new LongAdder();
    private final LongAdder holes = new LongAdder();

    /** Connections that others have taken the place of before their end was seen. */
    public long flowsWithoutRoom() {
        return flows.sum();
    }

    /** Holes that might have been filled, had there been room for what came behind them. */
    public long holesWithoutRoom() {
        return holes.sum();
    }

    void flowWithoutRoom() {
        flows.increment();
    }

    void holeWithoutRoom() {
        holes.increment();
    }
}
