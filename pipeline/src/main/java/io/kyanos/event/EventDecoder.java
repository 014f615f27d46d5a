package io.kyanos.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads one event in place. A reused flyweight: not thread-safe, and valid while the batch it is wrapped around is not
 * released. The accessors of one struct may be used only for events of its kind; a field outside the event's bytes
 * throws {@link IndexOutOfBoundsException}.
 *
 * <pre>
 *  0        8          16       24       32   33        34      36    40
 *  +--------+----------+--------+--------+----+---------+-------+-----+
 *  |emitted |generation| socket |tgid_fd |kind|direction| flags | tid |  then the kind's own fields
 *  +--------+----------+--------+--------+----+---------+-------+-----+
 * </pre>
 *
 * Every offset is compared with {@code bpf/layout/events.layout} by a test.
 */
public final class EventDecoder {

    public static final int KIND_OPENED = 1;
    public static final int KIND_INFERRED = 2;
    public static final int KIND_CLOSED = 3;
    public static final int KIND_DATA = 4;
    public static final int KIND_RUNNING = 16;
    public static final int KIND_EXEC = 17;
    public static final int KIND_FORK = 18;
    public static final int KIND_EXIT = 19;

    public static final int FLAG_PEER = 0x0001;
    public static final int FLAG_CONCURRENT = 0x0002;
    public static final int FLAG_UNREADABLE = 0x0004;
    public static final int FLAG_CONTINUED = 0x0008;
    public static final int FLAG_PASSED_OVER = 0x0010;
    public static final int FLAG_BETWEEN = 0x0020;

    /** Of {@link #guessedProtocol}: what is greater is a guess. */
    public static final int PROTOCOL_UNKNOWN = 1;

    public static final int SIDE_CLIENT = 1;
    public static final int SIDE_SERVER = 2;

    public static final int ORIGIN_CONNECT = 1;
    public static final int ORIGIN_ACCEPT = 2;
    public static final int ORIGIN_FIRST_USE = 3;
    public static final int ORIGIN_PAIR = 4;

    public static final int TRANSPORT_UNIX = 1;
    public static final int TRANSPORT_TCP = 6;
    public static final int TRANSPORT_UDP = 17;

    public static final int CLOSE_NORMAL = 0;
    public static final int CLOSE_RESET = 1;
    public static final int CLOSE_TIMEOUT = 2;
    public static final int CLOSE_REPLACED = 3;
    public static final int CLOSE_FILTERED = 4;
    public static final int CLOSE_UNSEEN = 5;

    public static final int END_UNKNOWN = 0;
    public static final int END_LOCAL = 1;
    public static final int END_PEER = 2;

    static final int EVENT_SIZE = 40;
    /** Where every event keeps the only key of order. */
    public static final int EMITTED_AT_OFFSET = 0;

    static final int GENERATION_OFFSET = 8;
    static final int SOCKET_OFFSET = 16;
    static final int TGID_FD_OFFSET = 24;
    static final int KIND_OFFSET = 32;
    static final int DIRECTION_OFFSET = 33;
    static final int FLAGS_OFFSET = 34;
    static final int TID_OFFSET = 36;

    static final int ADDRESS_SIZE = 24;
    static final int ADDRESS_IP_OFFSET = 0;
    static final int ADDRESS_PORT_OFFSET = 16;
    static final int ADDRESS_FAMILY_OFFSET = 18;
    static final int ADDRESS_NAME_LENGTH_OFFSET = 19;

    static final int OPENED_SIZE = 120;
    static final int OPENED_AT_OFFSET = 40;
    static final int OPENED_CGROUP_OFFSET = 48;
    static final int OPENED_LOCAL_OFFSET = 56;
    static final int OPENED_REMOTE_OFFSET = 80;
    static final int OPENED_NETNS_OFFSET = 112;
    static final int OPENED_ORIGIN_OFFSET = 116;
    static final int OPENED_SIDE_OFFSET = 117;
    static final int OPENED_TRANSPORT_OFFSET = 118;
    static final int OPENED_TRACE_STATE_OFFSET = 119;

    static final int INFERRED_SIZE = 48;
    static final int INFERRED_PROTOCOL_OFFSET = 40;
    static final int INFERRED_MESSAGE_OFFSET = 41;

    static final int CLOSED_SIZE = 72;
    static final int CLOSED_AT_OFFSET = 40;
    static final int CLOSED_EGRESS_END_OFFSET = 48;
    static final int CLOSED_INGRESS_END_OFFSET = 56;
    static final int CLOSED_REASON_OFFSET = 64;
    static final int CLOSED_FIRST_END_OFFSET = 68;

    static final int DATA_SIZE = 80;
    static final int DATA_ENTERED_AT_OFFSET = 40;
    static final int DATA_EXITED_AT_OFFSET = 48;
    static final int DATA_POSITION_OFFSET = 56;
    static final int DATA_LENGTH_OFFSET = 64;
    static final int DATA_CAPTURED_OFFSET = 68;
    static final int DATA_CALL_OFFSET = 72;
    static final int DATA_DATA_OFFSET_OFFSET = 74;
    static final int DATA_PROTOCOL_OFFSET = 76;
    static final int DATA_TRACE_STATE_OFFSET = 77;

    /** Bytes of one process event; the process iterator writes them one after the other. */
    public static final int PROCESS_SIZE = 224;

    /** Of the layouts before 3, which have nothing after {@code comm}. */
    private static final int LENGTH_WITHOUT_START = 160;

    static final int PROCESS_STARTED_AT_OFFSET = 40;
    static final int PROCESS_CGROUP_OFFSET = 48;
    static final int PROCESS_TGID_OFFSET = 56;
    static final int PROCESS_PARENT_TGID_OFFSET = 60;
    static final int PROCESS_NAME_OFFSET = 80;
    static final int PROCESS_NAME_SIZE = 64;
    static final int PROCESS_COMM_OFFSET = 144;
    static final int PROCESS_COMM_SIZE = 16;
    static final int PROCESS_STARTED_AS_OFFSET = 160;
    static final int PROCESS_STARTED_AS_SIZE = 64;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final byte[] NOTHING = {};

    private byte[] bytes = NOTHING;
    private int base;
    private int length;

    /**
     * Stands on the event of {@code newLength} bytes at {@code newBase}.
     *
     * @return whether the event is whole: as long as its kind demands, its captured bytes within it. Of one that is not
     *     nothing but this may be asked
     */
    public boolean wrap(byte[] newBytes, int newBase, int newLength) {
        bytes = newBytes;
        base = newBase;
        length = newLength;
        return isWhole();
    }

    public long emittedAt() {
        return longAt(EMITTED_AT_OFFSET);
    }

    /** Names the connection for the whole capture; 0 where there is none. */
    public long generation() {
        return longAt(GENERATION_OFFSET);
    }

    public long socket() {
        return longAt(SOCKET_OFFSET);
    }

    public int tgid() {
        return (int) (longAt(TGID_FD_OFFSET) >>> 32);
    }

    public int fd() {
        return (int) longAt(TGID_FD_OFFSET);
    }

    public int kind() {
        return bytes[base + KIND_OFFSET];
    }

    public Direction direction() {
        return Direction.of(bytes[base + DIRECTION_OFFSET]);
    }

    public boolean hasFlag(int flag) {
        return ((short) SHORT.get(bytes, base + FLAGS_OFFSET) & flag) != 0;
    }

    public int tid() {
        return intAt(TID_OFFSET);
    }

    public long openedAt() {
        return longAt(OPENED_AT_OFFSET);
    }

    public byte[] localIp() {
        return copy(OPENED_LOCAL_OFFSET + ADDRESS_IP_OFFSET, 16);
    }

    public int localPort() {
        return unsignedShortAt(OPENED_LOCAL_OFFSET + ADDRESS_PORT_OFFSET);
    }

    public byte[] remoteIp() {
        return copy(OPENED_REMOTE_OFFSET + ADDRESS_IP_OFFSET, 16);
    }

    public int remotePort() {
        return unsignedShortAt(OPENED_REMOTE_OFFSET + ADDRESS_PORT_OFFSET);
    }

    public int transport() {
        return bytes[base + OPENED_TRANSPORT_OFFSET];
    }

    /** The name of the local end of a unix socket as the kernel has it; empty if it has none. */
    public byte[] localName() {
        return copy(OPENED_SIZE, nameLength(OPENED_LOCAL_OFFSET));
    }

    /** As {@link #localName()}, of the remote end. */
    public byte[] remoteName() {
        return copy(OPENED_SIZE + nameLength(OPENED_LOCAL_OFFSET), nameLength(OPENED_REMOTE_OFFSET));
    }

    public int netns() {
        return intAt(OPENED_NETNS_OFFSET);
    }

    public int origin() {
        return bytes[base + OPENED_ORIGIN_OFFSET];
    }

    public int side() {
        return bytes[base + OPENED_SIDE_OFFSET];
    }

    public TraceState openedTraceState() {
        return TraceState.of(bytes[base + OPENED_TRACE_STATE_OFFSET]);
    }

    public int inferredProtocol() {
        return bytes[base + INFERRED_PROTOCOL_OFFSET];
    }

    public long closedAt() {
        return longAt(CLOSED_AT_OFFSET);
    }

    /** The final stream position of a direction, FIN not counted. */
    public long closedEnd(Direction direction) {
        return longAt(direction == Direction.EGRESS ? CLOSED_EGRESS_END_OFFSET : CLOSED_INGRESS_END_OFFSET);
    }

    public int closeReason() {
        return intAt(CLOSED_REASON_OFFSET);
    }

    /** Whose FIN or RST was the first; {@link #END_UNKNOWN} also in old recordings. */
    public int closedFirstEnd() {
        return intAt(CLOSED_FIRST_END_OFFSET);
    }

    public long enteredAt() {
        return longAt(DATA_ENTERED_AT_OFFSET);
    }

    public long exitedAt() {
        return longAt(DATA_EXITED_AT_OFFSET);
    }

    public long position() {
        return longAt(DATA_POSITION_OFFSET);
    }

    /**
     * Bytes that the call moved, or this piece's share of them: a piece with {@link #FLAG_CONTINUED} goes on where the one
     * before it ends. Of a call with {@link #FLAG_CONCURRENT} all that moved meanwhile.
     */
    public int dataLength() {
        return intAt(DATA_LENGTH_OFFSET);
    }

    /** Bytes that were captured: the first ones of {@link #dataLength}. */
    public int captured() {
        return intAt(DATA_CAPTURED_OFFSET);
    }

    /** Where the captured bytes begin in {@link #array()}. */
    public int payloadIndex() {
        return base + unsignedShortAt(DATA_DATA_OFFSET_OFFSET);
    }

    /** The address of a datagram's peer; only of events with {@link #FLAG_PEER}. */
    public byte[] peerIp() {
        return copy(DATA_SIZE + ADDRESS_IP_OFFSET, 16);
    }

    /** As {@link #peerIp()}. */
    public int peerPort() {
        return unsignedShortAt(DATA_SIZE + ADDRESS_PORT_OFFSET);
    }

    public int guessedProtocol() {
        return bytes[base + DATA_PROTOCOL_OFFSET];
    }

    public TraceState dataTraceState() {
        return TraceState.of(bytes[base + DATA_TRACE_STATE_OFFSET]);
    }

    /** Whether the kernel side meant to capture all: user space has asked for it, or its own guess was reason enough. */
    public boolean isTracedInFull() {
        TraceState state = dataTraceState();
        return state == TraceState.FULL || (state == TraceState.UNSET && guessedProtocol() > PROTOCOL_UNKNOWN);
    }

    public int processTgid() {
        return intAt(PROCESS_TGID_OFFSET);
    }

    public int parentTgid() {
        return intAt(PROCESS_PARENT_TGID_OFFSET);
    }

    /** The file name of the executable; empty where the process has none. */
    public String executableName() {
        return text(PROCESS_NAME_OFFSET, PROCESS_NAME_SIZE);
    }

    /** What the process's first thread calls itself. */
    public String comm() {
        return text(PROCESS_COMM_OFFSET, PROCESS_COMM_SIZE);
    }

    /** The last part of the path that the program was started by; empty where it is not known. */
    public String startedAs() {
        return length < PROCESS_SIZE ? "" : text(PROCESS_STARTED_AS_OFFSET, PROCESS_STARTED_AS_SIZE);
    }

    /** By the kernel's monotonic clock; forks and executions of other programs do not change it. */
    public long processStartedAt() {
        return longAt(PROCESS_STARTED_AT_OFFSET);
    }

    /** What user space has put after the event of a process. */
    public FoundNames foundNames() {
        return FoundNames.read(bytes, base, length, PROCESS_SIZE);
    }

    public byte[] array() {
        return bytes;
    }

    /** Copies the whole event. */
    public void copyTo(byte[] target, int offset) {
        System.arraycopy(bytes, base, target, offset, length);
    }

    /** Bytes of the whole event, captured ones included. */
    public int length() {
        return length;
    }

    private boolean isWhole() {
        if (base < 0 || length < EVENT_SIZE || length > bytes.length - base) {
            return false;
        }
        return switch (kind()) {
            case KIND_OPENED -> length >= OPENED_SIZE && isWholeOpening();
            case KIND_INFERRED -> length >= INFERRED_SIZE;
            case KIND_CLOSED -> length >= CLOSED_SIZE;
            case KIND_DATA -> length >= DATA_SIZE && isWholeData();
            case KIND_RUNNING, KIND_EXEC, KIND_FORK, KIND_EXIT -> length >= LENGTH_WITHOUT_START;
            default -> false;
        };
    }

    private boolean isWholeOpening() {
        return length >= OPENED_SIZE + nameLength(OPENED_LOCAL_OFFSET) + nameLength(OPENED_REMOTE_OFFSET);
    }

    private int nameLength(int address) {
        return bytes[base + address + ADDRESS_NAME_LENGTH_OFFSET] & 0xff;
    }

    private boolean isWholeData() {
        int dataOffset = unsignedShortAt(DATA_DATA_OFFSET_OFFSET);
        int captured = captured();
        return dataOffset >= DATA_SIZE + (hasFlag(FLAG_PEER) ? ADDRESS_SIZE : 0)
                && dataOffset <= length
                && captured >= 0
                && captured <= length - dataOffset
                && captured <= dataLength()
                && position() >= 0;
    }

    private long longAt(int offset) {
        return (long) LONG.get(bytes, base + offset);
    }

    private int intAt(int offset) {
        return (int) INT.get(bytes, base + offset);
    }

    private int unsignedShortAt(int offset) {
        return (short) SHORT.get(bytes, base + offset) & 0xffff;
    }

    private byte[] copy(int offset, int count) {
        byte[] copy = new byte[count];
        System.arraycopy(bytes, base + offset, copy, 0, count);
        return copy;
    }

    private String text(int offset, int size) {
        int end = 0;
        while (end < size && bytes[base + offset + end] != 0) {
            end++;
        }
        return new String(bytes, base + offset, end, StandardCharsets.UTF_8);
    }
}
