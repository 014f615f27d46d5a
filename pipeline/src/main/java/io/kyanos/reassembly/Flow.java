package io.kyanos.reassembly;

import io.kyanos.event.Direction;
import io.kyanos.packet.TransportPacket;
import org.jspecify.annotations.Nullable;

/**
 * What two ends say to each other: its name in the capture, its addresses, and what it has come to. The local end is the
 * client where the packets show which that is, else the likelier one. Addresses are two numbers each, of the 16 bytes of
 * IPv6, in which IPv4 is mapped.
 */
public final class Flow {

    /** Below are hardly ever the ports that systems choose for clients. */
    private static final int CHOSEN_PORTS = 32768;

    /** Where a flow stands. */
    enum Stage {
        /** No bytes yet. */
        NEW,
        OPEN,
        /** Nobody wants its bytes. */
        UNWANTED,
        /** Its end has been told; what comes late is of no interest. */
        CLOSED
    }

    final int hash;

    /** The next flow of those with like hashes. */
    @Nullable
    Flow sibling;

    /** Neighbours in the list that it is in. */
    @Nullable
    Flow earlier;

    @Nullable
    Flow later;

    @Nullable
    FlowList list;

    /** When its latest packet came. */
    long latestAt;

    Stage stage = Stage.NEW;

    /** It is among those that wait for something. */
    boolean isWaiting;

    private final int transport;
    private final long space;
    private final long generation;
    private final long openedAt;
    private long localHigh;
    private long localLow;
    private int localPort;
    private long remoteHigh;
    private long remoteLow;
    private int remotePort;
    private boolean clientKnown;
    private boolean fromBeginning;
    private TcpHalf egress = new TcpHalf();
    private TcpHalf ingress = new TcpHalf();

    /** Packets so far. */
    private long packets;

    private boolean reset;
    private @Nullable Direction endedFirst;

    /** The flow of a packet, whose sender is the local end unless the ports say otherwise. */
    Flow(TransportPacket packet, int hash, long generation, long now) {
        this.hash = hash;
        this.generation = generation;
        this.transport = packet.transport();
        this.space = packet.space();
        this.openedAt = now;
        this.latestAt = now;
        localHigh = packet.sourceHigh();
        localLow = packet.sourceLow();
        localPort = packet.sourcePort();
        remoteHigh = packet.destinationHigh();
        remoteLow = packet.destinationLow();
        remotePort = packet.destinationPort();
        if (localPort < CHOSEN_PORTS && localPort < remotePort) {
            turnRound();
        }
    }

    /** A number of its own in the capture, from 1. */
    public long generation() {
        return generation;
    }

    /** 6 for TCP, 17 for UDP. */
    public int transport() {
        return transport;
    }

    /** When its first packet came, nanoseconds since the epoch. */
    public long openedAt() {
        return openedAt;
    }

    public long localHigh() {
        return localHigh;
    }

    public long localLow() {
        return localLow;
    }

    public int localPort() {
        return localPort;
    }

    public long remoteHigh() {
        return remoteHigh;
    }

    public long remoteLow() {
        return remoteLow;
    }

    public int remotePort() {
        return remotePort;
    }

    /** The local end is the client for certain. */
    public boolean isClientKnown() {
        return clientKnown;
    }

    /** Its packets were captured from the first one on. */
    public boolean isFromBeginning() {
        return fromBeginning;
    }

    /** Whether the packet belongs to it, in either direction. */
    boolean owns(TransportPacket packet) {
        return packet.transport() == transport
                && packet.space() == space
                && (isEgress(packet)
                        || (packet.sourcePort() == remotePort
                                && packet.destinationPort() == localPort
                                && packet.sourceHigh() == remoteHigh
                                && packet.sourceLow() == remoteLow
                                && packet.destinationHigh() == localHigh
                                && packet.destinationLow() == localLow));
    }

    /** Which way a packet goes that belongs to it. */
    Direction directionOf(TransportPacket packet) {
        return isEgress(packet) ? Direction.EGRESS : Direction.INGRESS;
    }

    private boolean isEgress(TransportPacket packet) {
        return packet.sourcePort() == localPort
                && packet.destinationPort() == remotePort
                && packet.sourceHigh() == localHigh
                && packet.sourceLow() == localLow
                && packet.destinationHigh() == remoteHigh
                && packet.destinationLow() == remoteLow;
    }

    /** The client is this end for certain: the sender of what goes that way. Before its first bytes. */
    void clientSends(Direction direction) {
        if (direction == Direction.INGRESS) {
            turnRound();
        }
        clientKnown = true;
        fromBeginning = true;
    }

    private void turnRound() {
        long high = localHigh;
        long low = localLow;
        int port = localPort;
        localHigh = remoteHigh;
        localLow = remoteLow;
        localPort = remotePort;
        remoteHigh = high;
        remoteLow = low;
        remotePort = port;
        TcpHalf half = egress;
        egress = ingress;
        ingress = half;
    }

    TcpHalf half(Direction direction) {
        return direction == Direction.EGRESS ? egress : ingress;
    }

    /** The number of the next packet. */
    long nextNumber() {
        return ++packets;
    }

    /** One end has ended it, by FIN or RST. */
    void ends(Direction by, boolean byReset) {
        if (endedFirst == null) {
            endedFirst = by;
        }
        reset |= byReset;
    }

    boolean isReset() {
        return reset;
    }

    /** Whose FIN or RST was the first; null before one. */
    @Nullable
    Direction endedFirst() {
        return endedFirst;
    }

    /** Something that its packets show has not come, and may still come. */
    boolean hasToWait() {
        return egress.isWaiting() || ingress.isWaiting();
    }

    /** Nothing of it has been handed on, and nothing waits. */
    boolean isUntouched() {
        return egress.isUntouched() && ingress.isUntouched();
    }
}
