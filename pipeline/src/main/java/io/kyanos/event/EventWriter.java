package io.kyanos.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes the events of a batch into its slab, as the kernel side would have: for origins that make events of something else.
 * They belong to no process. Not thread-safe.
 */
public final class EventWriter {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int ALIGNMENT = 8;
    private static final byte IPV4 = 4;
    private static final byte IPV6 = 6;
    private static final long V4_MAPPED_PREFIX = 0xffff;

    private EventBatch batch = new EventBatch(new byte[0], none -> {});
    private byte[] slab = batch.slab();
    private int at;

    /** Writes into this batch from here on, from the beginning of its slab. */
    public void begin(EventBatch newBatch) {
        batch = newBatch;
        slab = newBatch.slab();
        at = 0;
    }

    /** Whether an event of this many bytes beyond its own fields has room. */
    public boolean hasRoomFor(int bytes) {
        return slab.length - at >= EventDecoder.OPENED_SIZE + bytes;
    }

    /** Bytes that a slab needs for one event with this many bytes. */
    public static int slabFor(int bytes) {
        return EventDecoder.OPENED_SIZE + bytes;
    }

    /**
     * The event that opens a connection, of the kind of {@link EventDecoder#FLAG_BETWEEN}. Its addresses follow by {@link
     * #local} and {@link #remote}.
     *
     * @param openedAt nanoseconds of the events' clock
     * @param transport as {@link EventDecoder#transport}; so {@code origin} and {@code side}
     */
    public void opened(long emittedAt, long generation, long openedAt, int transport, int origin, int side) {
        begin(EventDecoder.OPENED_SIZE, emittedAt, generation, EventDecoder.KIND_OPENED, 0, EventDecoder.FLAG_BETWEEN);
        LONG.set(slab, at + EventDecoder.OPENED_AT_OFFSET, openedAt);
        slab[at + EventDecoder.OPENED_TRANSPORT_OFFSET] = (byte) transport;
        slab[at + EventDecoder.OPENED_ORIGIN_OFFSET] = (byte) origin;
        slab[at + EventDecoder.OPENED_SIDE_OFFSET] = (byte) side;
        slab[at + EventDecoder.OPENED_TRACE_STATE_OFFSET] = (byte) TraceState.FULL.code();
    }

    /** The local address of the event that is being written: the bytes of an IPv6 address as two numbers, big endian. */
    public void local(long high, long low, int port) {
        address(EventDecoder.OPENED_LOCAL_OFFSET, high, low, port);
    }

    /** As {@link #local}. */
    public void remote(long high, long low, int port) {
        address(EventDecoder.OPENED_REMOTE_OFFSET, high, low, port);
    }

    /**
     * Bytes of a connection.
     *
     * @param movedAt nanoseconds of the events' clock
     * @param length of the stretch, of which {@code captured} bytes are at {@code offset} of {@code source}
     * @param continued it goes on where the one before it ended, and that was no end of anything
     */
    public void data(
            long emittedAt,
            long generation,
            Direction direction,
            long movedAt,
            long position,
            int length,
            byte[] source,
            int offset,
            int captured,
            boolean continued) {
        begin(
                EventDecoder.DATA_SIZE + captured,
                emittedAt,
                generation,
                EventDecoder.KIND_DATA,
                direction.code(),
                continued ? EventDecoder.FLAG_CONTINUED : 0);
        LONG.set(slab, at + EventDecoder.DATA_ENTERED_AT_OFFSET, movedAt);
        LONG.set(slab, at + EventDecoder.DATA_EXITED_AT_OFFSET, movedAt);
        LONG.set(slab, at + EventDecoder.DATA_POSITION_OFFSET, position);
        INT.set(slab, at + EventDecoder.DATA_LENGTH_OFFSET, length);
        INT.set(slab, at + EventDecoder.DATA_CAPTURED_OFFSET, captured);
        SHORT.set(slab, at + EventDecoder.DATA_DATA_OFFSET_OFFSET, (short) EventDecoder.DATA_SIZE);
        slab[at + EventDecoder.DATA_TRACE_STATE_OFFSET] = (byte) TraceState.FULL.code();
        System.arraycopy(source, offset, slab, at + EventDecoder.DATA_SIZE, captured);
        end(EventDecoder.DATA_SIZE + captured);
    }

    /**
     * The end of a connection.
     *
     * @param egressEnd final stream position; so {@code ingressEnd}
     * @param reason as {@link EventDecoder#closeReason}; so {@code firstEnd}
     */
    public void closed(
            long emittedAt, long generation, long closedAt, long egressEnd, long ingressEnd, int reason, int firstEnd) {
        begin(EventDecoder.CLOSED_SIZE, emittedAt, generation, EventDecoder.KIND_CLOSED, 0, 0);
        LONG.set(slab, at + EventDecoder.CLOSED_AT_OFFSET, closedAt);
        LONG.set(slab, at + EventDecoder.CLOSED_EGRESS_END_OFFSET, egressEnd);
        LONG.set(slab, at + EventDecoder.CLOSED_INGRESS_END_OFFSET, ingressEnd);
        INT.set(slab, at + EventDecoder.CLOSED_REASON_OFFSET, reason);
        INT.set(slab, at + EventDecoder.CLOSED_FIRST_END_OFFSET, firstEnd);
        end(EventDecoder.CLOSED_SIZE);
    }

    /** The opening that was begun is whole. */
    public void opened() {
        end(EventDecoder.OPENED_SIZE);
    }

    private void begin(int size, long emittedAt, long generation, int kind, int direction, int flags) {
        Arrays.fill(slab, at, at + Math.min(size, EventDecoder.OPENED_SIZE), (byte) 0);
        LONG.set(slab, at + EventDecoder.EMITTED_AT_OFFSET, emittedAt);
        LONG.set(slab, at + EventDecoder.GENERATION_OFFSET, generation);
        LONG.set(slab, at + EventDecoder.SOCKET_OFFSET, generation);
        slab[at + EventDecoder.KIND_OFFSET] = (byte) kind;
        slab[at + EventDecoder.DIRECTION_OFFSET] = (byte) direction;
        SHORT.set(slab, at + EventDecoder.FLAGS_OFFSET, (short) flags);
    }

    private void address(int offset, long high, long low, int port) {
        BIG_ENDIAN.set(slab, at + offset + EventDecoder.ADDRESS_IP_OFFSET, high);
        BIG_ENDIAN.set(slab, at + offset + EventDecoder.ADDRESS_IP_OFFSET + Long.BYTES, low);
        SHORT.set(slab, at + offset + EventDecoder.ADDRESS_PORT_OFFSET, (short) port);
        boolean isMapped = high == 0 && low >>> 32 == V4_MAPPED_PREFIX;
        slab[at + offset + EventDecoder.ADDRESS_FAMILY_OFFSET] = isMapped ? IPV4 : IPV6;
    }

    private void end(int size) {
        batch.add(at, size);
        at = Math.min(slab.length, at + ((size + ALIGNMENT - 1) & -ALIGNMENT));
    }
}
