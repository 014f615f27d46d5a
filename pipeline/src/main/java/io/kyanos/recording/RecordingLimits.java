package io.kyanos.recording;

import java.time.Duration;

/**
 * How a recording is cut into blocks, and where it ends.
 *
 * @param blockBytes before compression, after which a block is written
 * @param flushInterval after which a block is written in any case: what a recorder that is killed loses
 * @param maxFileBytes that the file may have; {@link Long#MAX_VALUE} for no bound
 */
public record RecordingLimits(int blockBytes, Duration flushInterval, long maxFileBytes) {

    public static final RecordingLimits DEFAULT =
            new RecordingLimits(256 * 1024, Duration.ofSeconds(1), Long.MAX_VALUE);

    /** The least that a file can be bounded to: room for a header, some events and the closing block. */
    public static final long LEAST_FILE_BYTES = 64 * 1024;

    public RecordingLimits {
        if (blockBytes < 1 || blockBytes > RecordingFormat.MAX_BLOCK_BYTES / 2) {
            throw new IllegalArgumentException(
                    "block bytes: " + blockBytes + " (expected: 1 to " + RecordingFormat.MAX_BLOCK_BYTES / 2 + ")");
        }
        if (maxFileBytes < LEAST_FILE_BYTES) {
            throw new IllegalArgumentException(
                    "file bytes: " + maxFileBytes + " (expected: >= " + LEAST_FILE_BYTES + ")");
        }
    }

    public RecordingLimits withMaxFileBytes(long bytes) {
        return new RecordingLimits(blockBytes, flushInterval, bytes);
    }
}
