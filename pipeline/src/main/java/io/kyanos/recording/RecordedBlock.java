package io.kyanos.recording;

import io.kyanos.event.EventBatch;
import java.util.List;

/** One piece of a recording, in the order in which it was recorded. */
public sealed interface RecordedBlock {

    /**
     * Events as they came, one batch or several in a row.
     *
     * @param batch held once, for the taker to release; its watermark is that of the last batch that is whole by its end
     */
    record Events(EventBatch batch) implements RecordedBlock {}

    /**
     * Processes that ran when the kernel was asked.
     *
     * @param batch of events of kind {@code RUNNING}; held once, for the taker to release
     */
    record Processes(EventBatch batch) implements RecordedBlock {}

    /** Connections of which data comes in later blocks, but no opening. */
    record Connections(List<OpenConnection> connections) implements RecordedBlock {}

    /** The recorder's counts so far. {@code isFinal}: in the block that closes a recording. */
    record Statistics(RecordedStatistics statistics, boolean isFinal) implements RecordedBlock {}

    /** The kernel side's entry of a connection that was open already. Immutable as long as its bytes are left alone. */
    final class OpenConnection {

        private final long socket;
        private final byte[] entry;

        /** The bytes are not copied. */
        public OpenConnection(long socket, byte[] entry) {
            this.socket = socket;
            this.entry = entry;
        }

        /** The key by which it was looked up. */
        public long socket() {
            return socket;
        }

        /** Its {@code struct ky_connection}, for {@link io.kyanos.event.ConnectionEntry}. */
        public byte[] entry() {
            return entry;
        }
    }
}
