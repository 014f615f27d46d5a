package io.kyanos.capture;

import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Merges the channels of one round in order of {@code emitted_at}. Within a channel the order stays as it came:
 * programs on several processors read their clocks and reserve their places nanoseconds apart, and the events of one
 * connection follow each other in the ring as they did in time. Those of perf buffers come in order of {@code
 * emitted_at}, but for what an interrupt sent while its processor was about to send.
 */
final class EmissionOrder {

    private static final int HEADER_BYTES = 8;

    private final List<LongAdder> events;

    /** Counts the events of the channel at index {@code i} in {@code events.get(i)}. */
    EmissionOrder(List<LongAdder> events) {
        this.events = List.copyOf(events);
    }

    /** The round's batch, with its events in order. */
    EventBatch merge(List<ChannelBatch> channels) {
        EventBatch round = channels.get(0).round();
        ByteBuffer slab = ByteBuffer.wrap(round.slab()).order(ByteOrder.LITTLE_ENDIAN);
        int[] at = new int[channels.size()];
        int[] counts = new int[at.length];
        long[] heads = new long[at.length];
        for (int i = 0; i < at.length; i++) {
            if (channels.get(i).round() != round) {
                throw new IllegalStateException("channels out of step: their batches are of different rounds");
            }
            at[i] = channels.get(i).start();
            heads[i] = head(slab, at[i], channels.get(i).end());
        }
        for (int next = earliest(heads, at, channels); next >= 0; next = earliest(heads, at, channels)) {
            int length = slab.getInt(at[next]);
            round.add(at[next] + HEADER_BYTES, length);
            counts[next]++;
            at[next] += HEADER_BYTES + ((length + 7) & ~7);
            heads[next] = head(slab, at[next], channels.get(next).end());
        }
        for (int i = 0; i < counts.length; i++) {
            events.get(i).add(counts[i]);
        }
        return round;
    }

    private static long head(ByteBuffer slab, int at, int end) {
        if (at >= end) {
            return 0;
        }
        boolean hasClock = slab.getInt(at) >= Long.BYTES;
        return hasClock ? slab.getLong(at + HEADER_BYTES + EventDecoder.EMITTED_AT_OFFSET) : 0;
    }

    private static int earliest(long[] heads, int[] at, List<ChannelBatch> channels) {
        int earliest = -1;
        for (int i = 0; i < heads.length; i++) {
            boolean hasMore = at[i] < channels.get(i).end();
            if (hasMore && (earliest < 0 || heads[i] < heads[earliest])) {
                earliest = i;
            }
        }
        return earliest;
    }
}
