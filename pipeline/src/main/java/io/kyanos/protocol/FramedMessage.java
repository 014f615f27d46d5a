package io.kyanos.protocol;

import io.kyanos.record.Message;
import io.kyanos.record.StepTime;
import java.util.List;

/**
 * A message with its place in the stream and the times of the system calls that carried its ends. Immutable.
 *
 * @param start stream position of its first byte
 * @param end stream position after its last byte
 * @param truncated some of its bytes were lost, or its end is not known
 * @param firstEnteredAt when the call that carried its first byte was entered, monotonic nanoseconds
 * @param firstExitedAt when that call returned
 * @param lastExitedAt when the call that carried its last byte returned
 * @param calls the calls that carried it, if details are asked for, else empty
 */
public record FramedMessage(
        Message message,
        long start,
        long end,
        boolean truncated,
        long firstEnteredAt,
        long firstExitedAt,
        long lastExitedAt,
        List<StepTime> calls) {

    /** The same in its place and at its times, but for what it says. */
    public FramedMessage saying(Message other) {
        return new FramedMessage(other, start, end, truncated, firstEnteredAt, firstExitedAt, lastExitedAt, calls);
    }

    /** The same, whose first byte was carried by a call that returned at {@code at}. */
    public FramedMessage begunAt(long at) {
        return new FramedMessage(message, start, end, truncated, at, at, lastExitedAt, calls);
    }

    /** The same, of which something may have been lost. */
    public FramedMessage asTruncated() {
        return new FramedMessage(message, start, end, true, firstEnteredAt, firstExitedAt, lastExitedAt, calls);
    }
}
