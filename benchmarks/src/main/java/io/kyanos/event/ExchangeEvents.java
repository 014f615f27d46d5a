package io.kyanos.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The events of many server's connections, each of which is asked and answers in turn, without end: first all are asked,
 * then all answer. Connections are numbered from 1. Not thread-safe.
 */
public final class ExchangeEvents {

    private static final int TGID = 100;
    private static final long NANOS_BETWEEN_EVENTS = 100;

    private final int connections;
    private final byte[] request;
    private final byte[] response;
    private long made;

    /** Requests and responses are {@code latin1}. */
    public ExchangeEvents(int connections, String request, String response) {
        this.connections = connections;
        this.request = event(Direction.INGRESS, request);
        this.response = event(Direction.EGRESS, response);
    }

    /** The event that opens a connection. */
    public byte[] opened(int connection) {
        return EventEncoder.opened(
                0, connection, TGID, connection, EventDecoder.SIDE_SERVER, EventDecoder.ORIGIN_ACCEPT);
    }

    /** Bytes that {@code events} events need at most. */
    public int slabBytes(int events) {
        return events * aligned(Math.max(request.length, response.length));
    }

    /** Fills a batch with the next events. */
    public void fill(EventBatch batch, int events) {
        batch.restart();
        ByteBuffer slab = ByteBuffer.wrap(batch.slab()).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        for (int i = 0; i < events; i++) {
            long turn = made / connections;
            long connection = made % connections + 1;
            long exitedAt = made * NANOS_BETWEEN_EVENTS;
            byte[] event = turn % 2 == 0 ? request : response;
            slab.put(at, event);
            slab.putLong(at + EventDecoder.EMITTED_AT_OFFSET, exitedAt);
            slab.putLong(at + EventDecoder.GENERATION_OFFSET, connection);
            slab.putLong(at + EventDecoder.TGID_FD_OFFSET, (long) TGID << 32 | connection);
            slab.putLong(at + EventDecoder.DATA_ENTERED_AT_OFFSET, exitedAt - NANOS_BETWEEN_EVENTS / 2);
            slab.putLong(at + EventDecoder.DATA_EXITED_AT_OFFSET, exitedAt);
            slab.putLong(at + EventDecoder.DATA_POSITION_OFFSET, turn / 2 * (event.length - EventDecoder.DATA_SIZE));
            batch.add(at, event.length);
            at += aligned(event.length);
            made++;
        }
        batch.watermark(made * NANOS_BETWEEN_EVENTS);
    }

    private static int aligned(int length) {
        return (length + 7) & ~7;
    }

    private static byte[] event(Direction direction, String latin1) {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        return EventEncoder.data(0, 0, 0, TGID, 0, direction, 0, bytes, bytes.length);
    }
}
