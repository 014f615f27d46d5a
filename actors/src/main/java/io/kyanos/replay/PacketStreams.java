package io.kyanos.replay;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventWriter;
import io.kyanos.reassembly.Flow;
import io.kyanos.reassembly.StreamSink;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of packets as events, in batches. What the filters do not want is left out where that can be told: of a
 * connection whose client is not known, either end may be the local one. One thread; the batches may be released by any.
 */
final class PacketStreams implements StreamSink {

    private static final int SLAB_BYTES = 512 * 1024;
    private static final int MAX_SPARE = 8;

    private final CaptureFilters filters;
    private final LongSupplier now;
    private final EventWriter writer = new EventWriter();
    private final Queue<EventBatch> full = new ArrayDeque<>();
    private final Queue<EventBatch> spare = new ConcurrentLinkedQueue<>();
    private @Nullable EventBatch filling;

    /** @param now the time at which events are emitted, nanoseconds since the epoch; never goes back */
    PacketStreams(CaptureFilters filters, LongSupplier now) {
        this.filters = filters;
        this.now = now;
    }

    /** The first of the batches that are full; null if none is. */
    @Nullable
    EventBatch takeFull() {
        return full.poll();
    }

    /** The batch that is being filled is full, if anything is in it. */
    void seal() {
        EventBatch sealed = filling;
        if (sealed != null) {
            filling = null;
            sealed.watermark(now.getAsLong());
            full.add(sealed);
        }
    }

    @Override
    public boolean opens(Flow flow) {
        if (!wants(flow)) {
            return false;
        }
        makeRoom(0);
        writer.opened(
                now.getAsLong(),
                flow.generation(),
                flow.openedAt(),
                flow.transport(),
                flow.isFromBeginning() ? EventDecoder.ORIGIN_CONNECT : EventDecoder.ORIGIN_FIRST_USE,
                flow.isClientKnown() ? EventDecoder.SIDE_CLIENT : 0);
        writer.local(flow.localHigh(), flow.localLow(), flow.localPort());
        writer.remote(flow.remoteHigh(), flow.remoteLow(), flow.remotePort());
        writer.opened();
        return true;
    }

    @Override
    public void bytes(
            Flow flow,
            Direction direction,
            long movedAt,
            long position,
            int length,
            byte[] array,
            int offset,
            int captured,
            boolean continued) {
        makeRoom(captured);
        writer.data(
                now.getAsLong(),
                flow.generation(),
                direction,
                movedAt,
                position,
                length,
                array,
                offset,
                captured,
                continued);
    }

    @Override
    public void closes(Flow flow, long closedAt, long egressEnd, long ingressEnd, int reason, int firstEnd) {
        makeRoom(0);
        writer.closed(now.getAsLong(), flow.generation(), closedAt, egressEnd, ingressEnd, reason, firstEnd);
    }

    private boolean wants(Flow flow) {
        if (filters.equals(CaptureFilters.NONE)) {
            return true;
        }
        Endpoint local = endpoint(flow.localHigh(), flow.localLow(), flow.localPort());
        Endpoint remote = endpoint(flow.remoteHigh(), flow.remoteLow(), flow.remotePort());
        return filters.wants(local, remote, Side.CLIENT)
                || (!flow.isClientKnown() && filters.wants(remote, local, Side.CLIENT));
    }

    private static Endpoint endpoint(long high, long low, int port) {
        byte[] ip =
                ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low).array();
        return new Endpoint(ip, port);
    }

    private void makeRoom(int bytes) {
        if (filling != null && !writer.hasRoomFor(bytes)) {
            seal();
        }
        if (filling == null) {
            EventBatch next = bytes > SLAB_BYTES / 2 ? null : spare.poll();
            if (next == null) {
                next = new EventBatch(new byte[Math.max(SLAB_BYTES, EventWriter.slabFor(bytes))], this::recycle);
            } else {
                next.restart();
            }
            filling = next;
            writer.begin(next);
        }
    }

    private void recycle(EventBatch batch) {
        if (batch.slab().length == SLAB_BYTES && spare.size() < MAX_SPARE) {
            spare.add(batch);
        }
    }
}
