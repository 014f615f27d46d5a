package io.kyanos.record;

/**
 * When a record happened and how long it took, by the definitions of docs/latency.md. Computed once, by the connection.
 * Moments are nanoseconds since the epoch, durations nanoseconds; {@link #UNKNOWN} where not known.
 *
 * @param startedAt client: the first request byte enters its write; server: the read of the first request byte ends
 * @param endedAt client: the read of the last response byte ends; server: its write ends. Without a response the moment
 *     at which it became clear that none would come
 * @param totalNanos {@code endedAt - startedAt} of an answered request
 * @param firstByteNanos from {@code startedAt} to where the call ends that carries the first response byte
 */
public record RecordTimes(long startedAt, long endedAt, long totalNanos, long firstByteNanos) {

    public static final long UNKNOWN = -1;
}
