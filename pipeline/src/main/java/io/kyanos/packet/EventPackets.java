package io.kyanos.packet;

import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the events of a capture as packets. Bounded in the number of connections that it remembers. Not thread-safe.
 */
/*
 * Both ends of a connection may be on this machine, and each has events of its own. A reader of packets expects each
 * byte once: of connections between the same two ends only the first one is written. Datagrams are told apart as those
 * of a capture are.
 *
 * Ends come in a channel of their own, and often before the last bytes: they wait until the watermark has passed them.
 *
 * Times: bytes that are sent have the beginning of their call, bytes that are received its end.
 */
public final class EventPackets {

    /** Beyond this number of ends that wait, the first ones do not any more. */
    private static final int MAX_ENDS = 1 << 16;

    /** Beyond this number, those that have been silent longest are forgotten. */
    static final int MAX_CONNECTIONS = 1 << 16;

    /** The two ends, the smaller first. */
    private record Ends(String smaller, String greater) {
        static Ends of(WrittenFlow flow) {
            String local = Arrays.toString(flow.local) + flow.localPort;
            String remote = Arrays.toString(flow.remote) + flow.remotePort;
            return local.compareTo(remote) <= 0 ? new Ends(local, remote) : new Ends(remote, local);
        }
    }

    private record End(
            long emittedAt,
            long generation,
            long closedAt,
            int reason,
            boolean isLocalFirst,
            long localEnd,
            long remoteEnd) {}

    private final CaptureWriter writer;
    private final long realtimeMinusMonotonicNanos;
    private final Long2ObjectLinkedOpenHashMap<Optional<WrittenFlow>> flows = new Long2ObjectLinkedOpenHashMap<>();
    /* Whose connection it is, by its generation. */
    private final Map<Ends, Long> owners = new HashMap<>();
    private final Deque<End> ends = new ArrayDeque<>();
    private final Duplicates duplicates = new Duplicates();
    private final TransportPacket datagram = new TransportPacket();
    private long unixConnections;
    private long otherEnds;
    private long datagramsWithoutPeer;

    public EventPackets(CaptureWriter writer, long realtimeMinusMonotonicNanos) {
        this.writer = writer;
        this.realtimeMinusMonotonicNanos = realtimeMinusMonotonicNanos;
    }

    /** Whether it has heard of the connection. */
    public boolean knows(long generation) {
        return flows.containsKey(generation);
    }

    /** Takes the kernel side's entry of a connection that was open before, whose data follows. */
    public void connection(byte[] bytes) {
        ConnectionEntry entry = new ConnectionEntry(bytes);
        open(
                entry.generation(),
                entry.transport(),
                entry.localIp(),
                entry.localPort(),
                entry.remoteIp(),
                entry.remotePort());
    }

    /** Takes the next event. */
    public void on(EventDecoder event) throws IOException {
        switch (event.kind()) {
            case EventDecoder.KIND_OPENED -> opened(event);
            case EventDecoder.KIND_DATA -> data(event);
            case EventDecoder.KIND_CLOSED -> closed(event);
            default -> {
                // Of no bytes.
            }
        }
    }

    /** No event from before {@code watermark} comes any more; {@link Long#MAX_VALUE} if none comes at all. */
    public void passed(long watermark) throws IOException {
        while (!ends.isEmpty() && ends.element().emittedAt <= watermark) {
            end(ends.remove());
        }
    }

    /** Connections over unix sockets, for which there are no packets. */
    public long unixConnections() {
        return unixConnections;
    }

    /** Connections that are written already, as their other end sees them. */
    public long otherEnds() {
        return otherEnds;
    }

    /** Datagrams of which it is not known where they came from or went to. */
    public long datagramsWithoutPeer() {
        return datagramsWithoutPeer;
    }

    private void opened(EventDecoder event) throws IOException {
        Optional<WrittenFlow> flow = open(
                event.generation(),
                event.transport(),
                event.localIp(),
                event.localPort(),
                event.remoteIp(),
                event.remotePort());
        boolean isFromItsBeginning =
                event.origin() == EventDecoder.ORIGIN_CONNECT || event.origin() == EventDecoder.ORIGIN_ACCEPT;
        if (flow.isPresent() && flow.get().isTcp && isFromItsBeginning) {
            writer.handshake(flow.get(), event.origin() == EventDecoder.ORIGIN_CONNECT, wallNanos(event.openedAt()));
        }
    }

    private Optional<WrittenFlow> open(
            long generation, int transport, byte[] local, int localPort, byte[] remote, int remotePort) {
        if (flows.containsKey(generation)) {
            return Optional.empty();
        }
        if (flows.size() >= MAX_CONNECTIONS) {
            long silent = flows.firstLongKey();
            forget(silent, flows.removeFirst());
        }
        Optional<WrittenFlow> flow = Optional.empty();
        if (transport == EventDecoder.TRANSPORT_UNIX) {
            unixConnections++;
        } else {
            boolean isTcp = transport == EventDecoder.TRANSPORT_TCP;
            WrittenFlow begun = new WrittenFlow(isTcp, local, localPort, remote, remotePort, generation);
            if (!isTcp || owners.putIfAbsent(Ends.of(begun), generation) == null) {
                flow = Optional.of(begun);
            } else {
                otherEnds++;
            }
        }
        flows.putAndMoveToLast(generation, flow);
        return flow;
    }

    private void data(EventDecoder event) throws IOException {
        Optional<WrittenFlow> flow = flows.getAndMoveToLast(event.generation());
        if (flow == null || flow.isEmpty()) {
            return;
        }
        boolean isEgress = event.direction() == Direction.EGRESS;
        long time = wallNanos(isEgress ? event.enteredAt() : event.exitedAt());
        if (flow.get().isTcp) {
            writer.data(
                    flow.get(),
                    isEgress,
                    time,
                    event.position(),
                    event.dataLength(),
                    event.array(),
                    event.payloadIndex(),
                    event.captured());
        } else {
            datagram(event, flow.get(), isEgress, time);
        }
    }

    private void datagram(EventDecoder event, WrittenFlow flow, boolean isEgress, long time) throws IOException {
        WrittenFlow toPeer = flow;
        if (event.hasFlag(EventDecoder.FLAG_PEER)) {
            toPeer = new WrittenFlow(false, flow.local, flow.localPort, event.peerIp(), event.peerPort(), 0);
        }
        if (toPeer.remotePort == 0) {
            datagramsWithoutPeer++;
            return;
        }
        // Without addresses: the end that is bound to all of them does not know its own.
        datagram.timeNanos = time;
        datagram.interfaceNumber = isEgress ? 0 : 1;
        datagram.ports(
                isEgress ? toPeer.localPort : toPeer.remotePort, isEgress ? toPeer.remotePort : toPeer.localPort);
        datagram.payload(event.array(), event.payloadIndex(), event.captured(), event.dataLength());
        if (!duplicates.isCopy(datagram)) {
            writer.datagram(
                    toPeer, isEgress, time, event.dataLength(), event.array(), event.payloadIndex(), event.captured());
        }
    }

    private void closed(EventDecoder event) throws IOException {
        if (ends.size() >= MAX_ENDS) {
            end(ends.remove());
        }
        ends.add(new End(
                event.emittedAt(),
                event.generation(),
                event.closedAt(),
                event.closeReason(),
                event.closedFirstEnd() != EventDecoder.END_PEER,
                event.closedEnd(Direction.EGRESS),
                event.closedEnd(Direction.INGRESS)));
    }

    private void end(End end) throws IOException {
        Optional<WrittenFlow> flow = flows.remove(end.generation);
        if (flow == null) {
            return;
        }
        if (flow.isPresent() && flow.get().isTcp && end.reason != EventDecoder.CLOSE_FILTERED) {
            writer.end(
                    flow.get(),
                    end.isLocalFirst,
                    end.reason == EventDecoder.CLOSE_RESET,
                    wallNanos(end.closedAt),
                    end.localEnd,
                    end.remoteEnd);
        }
        forget(end.generation, flow);
    }

    private void forget(long generation, Optional<WrittenFlow> flow) {
        flow.filter(known -> known.isTcp).ifPresent(known -> owners.remove(Ends.of(known), generation));
    }

    private long wallNanos(long monotonicNanos) {
        return monotonicNanos + realtimeMinusMonotonicNanos;
    }
}
