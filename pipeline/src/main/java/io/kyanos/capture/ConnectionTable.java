package io.kyanos.capture;

import io.kyanos.bridge.BpfMap;
import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.TraceState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The open connections, as the kernel side's table had them between two moments: all that were open throughout, and
 * none that was never open. Immutable once read.
 */
public final class ConnectionTable {

    private static final int INITIAL_ENTRIES = 256;

    private final long readFromNanos;
    private long readToNanos;
    private long[] generations = new long[INITIAL_ENTRIES];
    private long[] sockets = new long[INITIAL_ENTRIES];
    private long[] tgidFds = new long[INITIAL_ENTRIES];
    private boolean[] announced = new boolean[INITIAL_ENTRIES];
    private int size;

    /** An empty table, whose reading begins at {@code readFromNanos} (monotonic). */
    public ConnectionTable(long readFromNanos) {
        this.readFromNanos = readFromNanos;
        this.readToNanos = readFromNanos;
    }

    static void readInto(ConnectionTable table, BpfMap connections) {
        byte[] bytes = new byte[connections.valueBytes()];
        ConnectionEntry entry = new ConnectionEntry(bytes);
        connections.forEach((keys, keyIndex, values, valueIndex) -> {
            System.arraycopy(values, valueIndex, bytes, 0, bytes.length);
            long socket = ByteBuffer.wrap(keys).order(ByteOrder.LITTLE_ENDIAN).getLong(keyIndex);
            boolean isAnnounced = !entry.isPending() && entry.traceState() != TraceState.OFF;
            table.add(entry.generation(), socket, entry.tgidFd(), isAnnounced);
        });
    }

    /**
     * Adds an entry.
     *
     * @param isAnnounced whether the kernel side has announced it: its handshake is over and no filter excludes it
     */
    public void add(long generation, long socket, long tgidFd, boolean isAnnounced) {
        if (size == generations.length) {
            generations = Arrays.copyOf(generations, size * 2);
            sockets = Arrays.copyOf(sockets, size * 2);
            tgidFds = Arrays.copyOf(tgidFds, size * 2);
            announced = Arrays.copyOf(announced, size * 2);
        }
        generations[size] = generation;
        sockets[size] = socket;
        tgidFds[size] = tgidFd;
        announced[size] = isAnnounced;
        size++;
    }

    /** Ends the reading, at {@code moment}. */
    public ConnectionTable readTo(long moment) {
        readToNanos = moment;
        return this;
    }

    public int size() {
        return size;
    }

    public long generation(int index) {
        return generations[index];
    }

    /** The address of the {@code struct sock}, the kernel side's key. */
    public long socket(int index) {
        return sockets[index];
    }

    public int tgid(int index) {
        return (int) (tgidFds[index] >>> 32);
    }

    public int fd(int index) {
        return (int) tgidFds[index];
    }

    /** Whether the kernel side has announced it. */
    public boolean isAnnounced(int index) {
        return announced[index];
    }

    /** Monotonic; before the first entry was read. */
    public long readFromNanos() {
        return readFromNanos;
    }

    /** Monotonic; after the last entry was read. */
    public long readToNanos() {
        return readToNanos;
    }
}
