package io.kyanos.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Makes events as the kernel side does, for tests. */
public final class EventEncoder {

    private EventEncoder() {}

    public static byte[] opened(long at, long generation, int tgid, int fd, int side, int origin) {
        ByteBuffer event = header(EventDecoder.OPENED_SIZE, at, generation, tgid, fd, EventDecoder.KIND_OPENED, 0);
        event.putLong(EventDecoder.OPENED_AT_OFFSET, at);
        putAddress(event, EventDecoder.OPENED_LOCAL_OFFSET, 40000);
        putAddress(event, EventDecoder.OPENED_REMOTE_OFFSET, 80);
        event.put(EventDecoder.OPENED_ORIGIN_OFFSET, (byte) origin);
        event.put(EventDecoder.OPENED_SIDE_OFFSET, (byte) side);
        event.put(EventDecoder.OPENED_TRANSPORT_OFFSET, (byte) 6);
        return event.array();
    }

    /** The same opening between other ports. */
    public static byte[] between(byte[] opened, int localPort, int remotePort) {
        byte[] event = opened.clone();
        ByteBuffer buffer = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        putAddress(buffer, EventDecoder.OPENED_LOCAL_OFFSET, localPort);
        putAddress(buffer, EventDecoder.OPENED_REMOTE_OFFSET, remotePort);
        return event;
    }

    /** A data event of which only the first {@code captured} bytes were captured. */
    public static byte[] data(
            long enteredAt,
            long exitedAt,
            long generation,
            int tgid,
            int fd,
            Direction direction,
            long position,
            byte[] bytes,
            int captured) {
        ByteBuffer event = header(
                EventDecoder.DATA_SIZE + captured,
                exitedAt,
                generation,
                tgid,
                fd,
                EventDecoder.KIND_DATA,
                direction == Direction.EGRESS ? 0 : 1);
        event.putLong(EventDecoder.DATA_ENTERED_AT_OFFSET, enteredAt);
        event.putLong(EventDecoder.DATA_EXITED_AT_OFFSET, exitedAt);
        event.putLong(EventDecoder.DATA_POSITION_OFFSET, position);
        event.putInt(EventDecoder.DATA_LENGTH_OFFSET, bytes.length);
        event.putInt(EventDecoder.DATA_CAPTURED_OFFSET, captured);
        event.putShort(EventDecoder.DATA_DATA_OFFSET_OFFSET, (short) EventDecoder.DATA_SIZE);
        event.put(EventDecoder.DATA_TRACE_STATE_OFFSET, (byte) TraceState.FULL.code());
        event.put(EventDecoder.DATA_SIZE, bytes, 0, captured);
        return event.array();
    }

    /** The same event with another trace state; opening events and data events have one. */
    public static byte[] traced(byte[] event, TraceState state) {
        boolean opened = event[EventDecoder.KIND_OFFSET] == EventDecoder.KIND_OPENED;
        byte[] traced = event.clone();
        traced[opened ? EventDecoder.OPENED_TRACE_STATE_OFFSET : EventDecoder.DATA_TRACE_STATE_OFFSET] =
                (byte) state.code();
        return traced;
    }

    /** The same opening of another transport; of a unix socket with the names of its ends behind it. */
    public static byte[] carriedBy(byte[] opened, int transport, String localName, String remoteName) {
        byte[] local = localName.getBytes(StandardCharsets.UTF_8);
        byte[] remote = remoteName.getBytes(StandardCharsets.UTF_8);
        byte[] event = Arrays.copyOf(opened, opened.length + local.length + remote.length);
        event[EventDecoder.OPENED_TRANSPORT_OFFSET] = (byte) transport;
        event[EventDecoder.OPENED_LOCAL_OFFSET + EventDecoder.ADDRESS_NAME_LENGTH_OFFSET] = (byte) local.length;
        event[EventDecoder.OPENED_REMOTE_OFFSET + EventDecoder.ADDRESS_NAME_LENGTH_OFFSET] = (byte) remote.length;
        System.arraycopy(local, 0, event, opened.length, local.length);
        System.arraycopy(remote, 0, event, opened.length + local.length, remote.length);
        return event;
    }

    /** The same data event with the address of a peer, 127.0.0.1, before its payload. */
    public static byte[] fromPeer(byte[] data, int port) {
        byte[] event = new byte[data.length + EventDecoder.ADDRESS_SIZE];
        System.arraycopy(data, 0, event, 0, EventDecoder.DATA_SIZE);
        System.arraycopy(
                data,
                EventDecoder.DATA_SIZE,
                event,
                EventDecoder.DATA_SIZE + EventDecoder.ADDRESS_SIZE,
                data.length - EventDecoder.DATA_SIZE);
        ByteBuffer buffer = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
        putAddress(buffer, EventDecoder.DATA_SIZE, port);
        buffer.putShort(
                EventDecoder.DATA_DATA_OFFSET_OFFSET, (short) (EventDecoder.DATA_SIZE + EventDecoder.ADDRESS_SIZE));
        event[EventDecoder.FLAGS_OFFSET] |= EventDecoder.FLAG_PEER;
        return event;
    }

    /** The same data event with the kernel side's guess. */
    public static byte[] guessed(byte protocol, byte[] event) {
        byte[] guessed = event.clone();
        guessed[EventDecoder.DATA_PROTOCOL_OFFSET] = protocol;
        return guessed;
    }

    /** The same data event of a datagram, to or from this port of 127.0.0.1. */
    public static byte[] withPeer(byte[] data, int port) {
        ByteBuffer event =
                ByteBuffer.allocate(data.length + EventDecoder.ADDRESS_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        event.put(data, 0, EventDecoder.DATA_SIZE);
        event.put(
                EventDecoder.DATA_SIZE + EventDecoder.ADDRESS_SIZE,
                data,
                EventDecoder.DATA_SIZE,
                data.length - EventDecoder.DATA_SIZE);
        putAddress(event, EventDecoder.DATA_SIZE, port);
        event.putShort(EventDecoder.FLAGS_OFFSET, (short) EventDecoder.FLAG_PEER);
        event.putShort(
                EventDecoder.DATA_DATA_OFFSET_OFFSET, (short) (EventDecoder.DATA_SIZE + EventDecoder.ADDRESS_SIZE));
        return event.array();
    }

    /** What a call is told as that moved this stretch together with others. */
    public static byte[] concurrent(
            long at, long generation, int tgid, int fd, Direction direction, long position, int length) {
        byte[] event = data(at, at, generation, tgid, fd, direction, position, new byte[length], 0);
        event[EventDecoder.FLAGS_OFFSET] |= EventDecoder.FLAG_CONCURRENT;
        return event;
    }

    /** Bytes of which user space has told that it wants none. */
    public static byte[] passedOver(
            long enteredAt, long exitedAt, long generation, Direction direction, long position, int length) {
        byte[] event = data(enteredAt, exitedAt, generation, 1, 3, direction, position, new byte[length], 0);
        event[EventDecoder.FLAGS_OFFSET] |= EventDecoder.FLAG_PASSED_OVER;
        return event;
    }

    /** A process event of one of the four kinds. */
    public static byte[] process(int kind, long at, int tgid, int parentTgid, String name, String comm) {
        return process(kind, at, tgid, parentTgid, name, comm, "");
    }

    /** The same that tells what the program was started as. */
    public static byte[] process(
            int kind, long at, int tgid, int parentTgid, String name, String comm, String startedAs) {
        ByteBuffer event = header(EventDecoder.PROCESS_SIZE, at, 0, tgid, 0, kind, 0);
        event.putInt(EventDecoder.PROCESS_TGID_OFFSET, tgid);
        event.putInt(EventDecoder.PROCESS_PARENT_TGID_OFFSET, parentTgid);
        event.put(EventDecoder.PROCESS_NAME_OFFSET, name.getBytes(StandardCharsets.UTF_8));
        event.put(EventDecoder.PROCESS_COMM_OFFSET, comm.getBytes(StandardCharsets.UTF_8));
        event.put(EventDecoder.PROCESS_STARTED_AS_OFFSET, startedAs.getBytes(StandardCharsets.UTF_8));
        return event.array();
    }

    public static byte[] closed(
            long at, long generation, int tgid, int fd, long egressEnd, long ingressEnd, int reason) {
        ByteBuffer event = header(EventDecoder.CLOSED_SIZE, at, generation, tgid, fd, EventDecoder.KIND_CLOSED, 0);
        event.putLong(EventDecoder.CLOSED_AT_OFFSET, at);
        event.putLong(EventDecoder.CLOSED_EGRESS_END_OFFSET, egressEnd);
        event.putLong(EventDecoder.CLOSED_INGRESS_END_OFFSET, ingressEnd);
        event.putInt(EventDecoder.CLOSED_REASON_OFFSET, reason);
        return event.array();
    }

    /** The same end with the side that ended first. */
    public static byte[] endedFirst(byte[] closed, int end) {
        byte[] ended = closed.clone();
        ended[EventDecoder.CLOSED_FIRST_END_OFFSET] = (byte) end;
        return ended;
    }

    /** The same data event as a further piece of its call. */
    public static byte[] continued(byte[] event) {
        byte[] piece = event.clone();
        piece[EventDecoder.FLAGS_OFFSET] |= EventDecoder.FLAG_CONTINUED;
        return piece;
    }

    /** Data events of one connection in one reused buffer, for runs of very many; each is valid until the next. */
    public static final class Reused {

        private final ByteBuffer event =
                ByteBuffer.allocate(EventDecoder.DATA_SIZE + 65535).order(ByteOrder.LITTLE_ENDIAN);
        private final EventDecoder decoder = new EventDecoder();

        public Reused(long generation, int tgid, int fd) {
            event.put(EventEncoder.data(0, 0, generation, tgid, fd, Direction.EGRESS, 0, new byte[0], 0));
        }

        /** A call at {@code at} that moved, captured whole, {@code bytes} in {@code [from, to)}. */
        public EventDecoder data(long at, Direction direction, long position, byte[] bytes, int from, int to) {
            event.putLong(EventDecoder.EMITTED_AT_OFFSET, at);
            event.put(EventDecoder.DIRECTION_OFFSET, (byte) (direction == Direction.EGRESS ? 0 : 1));
            event.putLong(EventDecoder.DATA_ENTERED_AT_OFFSET, at);
            event.putLong(EventDecoder.DATA_EXITED_AT_OFFSET, at);
            event.putLong(EventDecoder.DATA_POSITION_OFFSET, position);
            event.putInt(EventDecoder.DATA_LENGTH_OFFSET, to - from);
            event.putInt(EventDecoder.DATA_CAPTURED_OFFSET, to - from);
            event.put(EventDecoder.DATA_SIZE, bytes, from, to - from);
            if (!decoder.wrap(event.array(), 0, EventDecoder.DATA_SIZE + to - from)) {
                throw new IllegalArgumentException("not a whole event");
            }
            return decoder;
        }
    }

    /** The event, read back. */
    public static EventDecoder read(byte[] event) {
        EventDecoder decoder = new EventDecoder();
        if (!decoder.wrap(event, 0, event.length)) {
            throw new IllegalArgumentException("not a whole event");
        }
        return decoder;
    }

    private static ByteBuffer header(int size, long at, long generation, int tgid, int fd, int kind, int direction) {
        ByteBuffer event = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        event.putLong(EventDecoder.EMITTED_AT_OFFSET, at);
        event.putLong(EventDecoder.GENERATION_OFFSET, generation);
        event.putLong(EventDecoder.SOCKET_OFFSET, 0xffff888000000000L + generation);
        event.putLong(EventDecoder.TGID_FD_OFFSET, (long) tgid << 32 | fd);
        event.put(EventDecoder.KIND_OFFSET, (byte) kind);
        event.put(EventDecoder.DIRECTION_OFFSET, (byte) direction);
        event.putInt(EventDecoder.TID_OFFSET, tgid);
        return event;
    }

    private static void putAddress(ByteBuffer event, int at, int port) {
        event.put(at + 10, (byte) 0xff);
        event.put(at + 11, (byte) 0xff);
        event.put(at + 12, (byte) 127);
        event.put(at + 15, (byte) 1);
        event.putShort(at + EventDecoder.ADDRESS_PORT_OFFSET, (short) port);
        event.put(at + EventDecoder.ADDRESS_FAMILY_OFFSET, (byte) 4);
    }
}
