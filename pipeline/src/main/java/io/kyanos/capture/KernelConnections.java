package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfMap;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.BpfVariable;
import io.kyanos.bridge.Kernel;
import io.kyanos.event.Direction;
import io.kyanos.event.TraceState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of the machine, as the kernel side keeps them: looked up, listed, swept, and told how much to
 * capture.
 */
final class KernelConnections {

    private static final Logger log = LoggerFactory.getLogger(KernelConnections.class);

    private static final String TABLE = "connections";

    /** As in unix.h. */
    private static final int INODE_BATCH_SHIFT = 10;

    private final LoadedFamily family;
    private final BpfObject object;
    private final BpfMap table;
    private final BpfMap lostCloses;
    private final BpfVariable sweepable;
    private final BpfVariable splicesMet;
    private final BpfVariable presuming;
    private final BpfVariable sparedCallBytes;
    private final BpfVariable sparedToHeads;
    private final BpfVariable revision;
    private final BpfVariable newestInode;
    private final BpfMap inodeBatches;
    private final TraceStates traceStates;
    private final PassOvers passOvers;
    private int revisions;

    /** Of the loaded family of sockets. */
    KernelConnections(LoadedFamily family) {
        this.family = family;
        this.object = family.object();
        this.table = object.map(TABLE);
        this.lostCloses = object.map("lost_closes");
        this.sweepable = object.variable("sweepable");
        this.splicesMet = object.variable("splices_met");
        this.presuming = object.variable("presuming");
        this.sparedCallBytes = object.variable("spared_call_bytes");
        this.sparedToHeads = object.variable("spared_to_heads");
        this.revision = object.variable("revision");
        this.newestInode = object.variable("newest_inode");
        this.inodeBatches = object.map("inode_batches");
        this.traceStates = new TraceStates(object.map("trace_states"));
        this.passOvers = new PassOvers(object.map("pass_overs"));
    }

    /**
     * Notes which numbers the inodes of sockets have had so far: unix sockets with later ones are seen from their
     * beginning. To be called once everything is attached.
     */
    void noteInodes() {
        if (family.vantage() != Vantage.SOCKETS) {
            return;
        }
        int[] inodes;
        try {
            inodes = Kernel.socketInodes();
        } catch (BpfException e) {
            log.warn("{}; no unix socket counts as seen from its beginning", e.getMessage());
            return;
        }
        for (int inode : inodes) {
            inodeBatches.update(word((inode - 1) >>> INODE_BATCH_SHIFT), word(inode));
        }
        newestInode.writeU32(inodes[inodes.length - 1]);
    }

    private static byte[] word(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    void trace(long generation, TraceState state) {
        traceStates.trace(generation, state);
    }

    void passOver(long generation, Direction direction, long until) {
        passOvers.passOver(generation, direction, until);
    }

    /** Captures of each call, and of each connection, what this detail wants. */
    void spare(CaptureDetail detail) {
        sparedCallBytes.writeU32(detail.callBytes());
        sparedToHeads.writeU32(detail.headsOnly() ? 1 : 0);
    }

    /** A {@code struct ky_connection}; empty once the socket is gone. */
    Optional<byte[]> entry(long socketAddress) {
        byte[] key = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(socketAddress)
                .array();
        return Optional.ofNullable(table.lookup(key));
    }

    /** What is open now. */
    ConnectionTable list() {
        ConnectionTable list = new ConnectionTable(Kernel.monotonicNanos());
        ConnectionTable.readInto(list, table);
        return list.readTo(Kernel.monotonicNanos());
    }

    /** Reports the UDP and unix sockets that ended without a call that shows it, as events. */
    void sweep() {
        if (sweepable.readU64() != 0) {
            walk(SocketFamily.DATAGRAM_END);
        }
    }

    /** Whether bytes have been read of a TCP socket that no call has told of. */
    boolean hasMetSplices() {
        return splicesMet.readU32() != 0;
    }

    /** Applies changed filters to open connections. */
    void review() {
        // what sockets have noted of their connections holds no longer: not while some are ended, nor for those that
        // were
        revision.writeU32(++revisions);
        walk(SocketFamily.FILTER_REVIEW);
        revision.writeU32(++revisions);
    }

    private void walk(CaptureStep step) {
        family.taken(step).ifPresent(hook -> object.readIterator(hook.program(), TABLE));
    }

    /** Takes the close events that found no room in their buffer, in order. */
    List<byte[]> takeLostCloseEvents() {
        List<byte[]> closes = new ArrayList<>();
        while (closes.size() < lostCloses.maxEntries()) {
            byte[] close = lostCloses.take();
            if (close == null) {
                break;
            }
            closes.add(close);
        }
        return closes;
    }

    /**
     * Makes a change by which calls become visible, so that those in progress are seen, too: meanwhile the kernel side
     * takes every exit without an entry for the end of such a call, until the threads in calls have been marked.
     */
    void presumeCalls(Runnable change) {
        presuming.writeU32(1);
        try {
            change.run();
            family.taken(SocketFamily.CALLS_BEFORE).ifPresent(hook -> object.readIterator(hook.program()));
        } finally {
            presuming.writeU32(0);
        }
    }

    /** Stream bytes of the data events that found no room in their buffer. */
    long lostStreamBytes() {
        return family.count(SocketFamily.LOST_SYSCALL_BYTES);
    }

    /** Connections that found no room in the table. */
    long withoutRoom() {
        return family.count(SocketFamily.CONNECTIONS_FULL);
    }

    /** Connections that sampling has left out. */
    long sampledOut() {
        return family.count(SocketFamily.SAMPLED_OUT);
    }

    /** Stream bytes that were not captured as nobody wants them. */
    long passedOverBytes() {
        return family.count(SocketFamily.PASSED_OVER);
    }

    /** System calls of threads that found no room in the table of calls. */
    long callsWithoutRoom() {
        return family.count(SocketFamily.CALLS_FULL);
    }

    /** Sockets for whose notes the kernel had no memory. */
    long socketsWithoutNotes() {
        return family.count(SocketFamily.NOTES_FULL);
    }

    /** The calls of io_uring that have moved bytes over sockets, by kind. */
    Map<String, Long> ringCalls() {
        return family.vantage() == Vantage.SOCKETS ? RingCalls.read(object.map("uring_calls")) : Map.of();
    }

    /** Close events that found no room, neither in their buffer nor among those kept. */
    long closesWithoutRoom() {
        return family.count(SocketFamily.ENDS_FULL);
    }
}
