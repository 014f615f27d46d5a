package io.kyanos.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The kernel side's entry of one connection, {@code struct ky_connection}, as read out of its table. Its offsets are
 * compared with {@code bpf/layout/events.layout} by a test.
 */
public final class ConnectionEntry {

    /** Bytes of an entry. */
    public static final int SIZE = 160;

    static final int GENERATION_OFFSET = 0;
    static final int TGID_FD_OFFSET = 8;
    static final int LOCAL_OFFSET = 80;
    static final int REMOTE_OFFSET = 104;
    static final int ORIGIN_OFFSET = 148;
    static final int SIDE_OFFSET = 149;
    static final int TRANSPORT_OFFSET = 150;
    static final int TRACE_STATE_OFFSET = 151;
    static final int FLAGS_OFFSET = 155;
    static final int FLAG_PENDING = 0x01;

    private final ByteBuffer entry;

    /** Views {@code bytes}, which must be one entry. */
    public ConnectionEntry(byte[] bytes) {
        if (bytes.length != SIZE) {
            throw new IllegalArgumentException("connection entry: " + bytes.length + " bytes (expected: " + SIZE + ")");
        }
        entry = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    public long generation() {
        return entry.getLong(GENERATION_OFFSET);
    }

    /** {@code (tgid << 32) | fd} of its first use. */
    public long tgidFd() {
        return entry.getLong(TGID_FD_OFFSET);
    }

    /** Whether its handshake is in progress: it has not been reported yet. */
    public boolean isPending() {
        return (entry.get(FLAGS_OFFSET) & FLAG_PENDING) != 0;
    }

    public byte[] localIp() {
        return ip(LOCAL_OFFSET);
    }

    public int localPort() {
        return port(LOCAL_OFFSET);
    }

    public byte[] remoteIp() {
        return ip(REMOTE_OFFSET);
    }

    public int remotePort() {
        return port(REMOTE_OFFSET);
    }

    public int origin() {
        return entry.get(ORIGIN_OFFSET);
    }

    public int side() {
        return entry.get(SIDE_OFFSET);
    }

    public int transport() {
        return entry.get(TRANSPORT_OFFSET);
    }

    public TraceState traceState() {
        return TraceState.of(entry.get(TRACE_STATE_OFFSET));
    }

    private byte[] ip(int address) {
        return Arrays.copyOfRange(entry.array(), address, address + 16);
    }

    private int port(int address) {
        return entry.getShort(address + EventDecoder.ADDRESS_PORT_OFFSET) & 0xffff;
    }
}
