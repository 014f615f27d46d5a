package io.kyanos.reassembly;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.packet.TransportPacket;
import io.kyanos.packet.TransportSink;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections of packets: follows a bounded number of flows, and tells a {@link StreamSink} their bytes in order. Time
 * is that of the packets and never goes back. Not thread-safe; its statistics are.
 */
/*
 * A flow becomes a connection with its first bytes: what is only knocked at is none. After its end it is remembered for a
 * while, so that a straggler does not open it again.
 *
 * Bound: beyond the number of flows that may be followed, one that has ended makes room, else the one of datagrams, else of
 * TCP, that has been idle for longest; that is counted if bytes of it were told.
 *
 * Datagrams know no end: a flow that has been idle ends, sooner where both ends have spoken.
 */
public final class Reassembly implements TransportSink {

    private static final long SWEEP_NANOS = 25_000_000;
    private static final long LINGER_NANOS = 30_000_000_000L;
    private static final long ASKING_IDLE_NANOS = 60_000_000_000L;
    private static final long ANSWERED_IDLE_NANOS = 15_000_000_000L;
    /** So large a part of all flows may be such that have ended. */
    private static final int PART_ENDED = 4;

    private final StreamSink sink;
    private final ReassemblySettings settings;
    private final ReassemblyStatistics statistics = new ReassemblyStatistics();
    private final FlowTable flows;
    private final TcpReassembly tcp;
    private final FlowList connections = new FlowList();
    private final FlowList asking = new FlowList();
    private final FlowList answered = new FlowList();
    private final FlowList ended = new FlowList();
    private long now;
    private long sweptAt;
    private long generations;

    /**
     * A reassembly that has seen nothing.
     *
     * @param seed of the hashes; unknown to whoever may choose the packets
     */
    public Reassembly(StreamSink sink, ReassemblySettings settings, long seed) {
        this.sink = sink;
        this.settings = settings;
        flows = new FlowTable(seed);
        tcp = new TcpReassembly(sink, settings, statistics, ended);
    }

    /** The latest time of any packet so far, nanoseconds since the epoch. */
    public long now() {
        return now;
    }

    public ReassemblyStatistics statistics() {
        return statistics;
    }

    /** Flows that are followed, those included that have ended and are remembered. */
    public int flows() {
        return flows.size();
    }

    /** Bytes of segments that wait, about. */
    public long heldBytes() {
        return tcp.heldBytes();
    }

    @Override
    public void on(TransportPacket packet) {
        now = Math.max(now, packet.timeNanos());
        if (now - sweptAt >= SWEEP_NANOS) {
            sweep();
        }
        int hash = flows.hashOf(packet);
        Flow flow = flows.find(packet, hash);
        if (packet.transport() == EventDecoder.TRANSPORT_TCP) {
            segment(packet, flow, hash);
        } else {
            datagram(packet, flow == null ? create(packet, hash) : flow);
        }
    }

    /**
     * There are no more packets: hands on what waits, one connection at a call, and forgets it. None is closed, as its end
     * was not seen.
     *
     * @return false if there was none
     */
    public boolean endNext() {
        Flow flow = connections.first();
        if (flow == null) {
            flow = firstOf(asking, answered, ended);
        } else {
            tcp.flush(flow);
        }
        if (flow == null) {
            return false;
        }
        forget(flow);
        return true;
    }

    private void segment(TransportPacket packet, @Nullable Flow known, int hash) {
        boolean isSynchronising = packet.has(TransportPacket.SYN);
        Flow flow = isSynchronising ? synchronised(packet, known, hash) : ofSegment(packet, known, hash);
        if (flow == null) {
            return;
        }
        flow.latestAt = now;
        connections.addLast(flow);
        tcp.take(flow, packet, now);
    }

    /** Where a packet without SYN belongs; null if it is of no interest. */
    private @Nullable Flow ofSegment(TransportPacket packet, @Nullable Flow flow, int hash) {
        if (packet.length() == 0) {
            return flow == null || flow.stage == Flow.Stage.CLOSED ? null : flow;
        }
        if (flow == null) {
            return packet.has(TransportPacket.RST) ? null : create(packet, hash);
        }
        TcpHalf half = flow.half(flow.directionOf(packet));
        if (half.hasBegun()) {
            long distance = half.positionOf(packet.sequence()) - half.end();
            if (distance > TcpHalf.MAX_AHEAD || distance < -TcpHalf.MAX_AHEAD) {
                return replaced(packet, flow, hash);
            }
        }
        return flow.stage == Flow.Stage.CLOSED ? null : flow;
    }

    /** Where a packet with SYN belongs; null if it repeats what has ended. */
    private @Nullable Flow synchronised(TransportPacket packet, @Nullable Flow flow, int hash) {
        int sequence = packet.sequence() + 1;
        if (flow == null) {
            return opened(packet, create(packet, hash), sequence);
        }
        boolean isAnswer = packet.has(TransportPacket.ACK);
        TcpHalf half = flow.half(flow.directionOf(packet));
        boolean isRepeated = half.beginsAt(sequence);
        if (flow.stage == Flow.Stage.CLOSED) {
            return isRepeated ? null : opened(packet, replaced(packet, flow, hash), sequence);
        }
        if (isRepeated && (half.isCertain() || flow.stage != Flow.Stage.NEW)) {
            half.makeCertain();
            return flow;
        }
        boolean isFirst = isAnswer ? half.isUntouched() && !half.isCertain() : flow.isUntouched();
        TcpHalf other = flow.half(flow.directionOf(packet).opposite());
        boolean answersOther = other.isCertain() && !other.hasShown(packet.acknowledgement());
        if (isFirst && !half.isCertain() && !(isAnswer && answersOther)) {
            return opened(packet, flow, sequence);
        }
        return opened(packet, replaced(packet, flow, hash), sequence);
    }

    /** The flow with what its SYN shows of it. */
    private static Flow opened(TransportPacket packet, Flow flow, int sequence) {
        boolean isAnswer = packet.has(TransportPacket.ACK);
        Direction direction = flow.directionOf(packet);
        if (!flow.isClientKnown() && flow.stage == Flow.Stage.NEW) {
            flow.clientSends(isAnswer ? direction.opposite() : direction);
        }
        flow.half(flow.directionOf(packet)).begin(sequence, true);
        return flow;
    }

    private void datagram(TransportPacket packet, Flow flow) {
        flow.latestAt = now;
        Direction direction = flow.directionOf(packet);
        TcpHalf half = flow.half(direction);
        if (flow.stage == Flow.Stage.NEW) {
            flow.stage = sink.opens(flow) ? Flow.Stage.OPEN : Flow.Stage.UNWANTED;
        }
        if (flow.stage == Flow.Stage.OPEN) {
            sink.bytes(
                    flow,
                    direction,
                    half.completeAt(packet.timeNanos()),
                    half.next(),
                    packet.length(),
                    packet.array(),
                    packet.payloadOffset(),
                    packet.captured(),
                    false);
        }
        half.moveTo(half.next() + packet.length(), packet.timeNanos(), true, now);
        boolean isAnswered = flow.half(direction.opposite()).next() > 0;
        (isAnswered ? answered : asking).addLast(flow);
    }

    private Flow create(TransportPacket packet, int hash) {
        if (flows.size() >= settings.maxFlows()) {
            makeRoom();
        }
        Flow flow = new Flow(packet, hash, ++generations, now);
        flows.add(flow);
        return flow;
    }

    /** Another connection of the same addresses and ports; how the one before it ended was not seen. */
    private Flow replaced(TransportPacket packet, Flow flow, int hash) {
        end(flow);
        return create(packet, hash);
    }

    private void makeRoom() {
        Flow oldest = firstOf(ended, answered, asking, connections);
        if (oldest != null) {
            if (oldest.stage == Flow.Stage.OPEN && oldest.list != answered) {
                statistics.flowWithoutRoom();
            }
            end(oldest);
        }
    }

    private void end(Flow flow) {
        if (flow.stage != Flow.Stage.CLOSED) {
            tcp.close(flow, EventDecoder.CLOSE_UNSEEN);
        }
        forget(flow);
    }

    private void forget(Flow flow) {
        flows.remove(flow);
        if (flow.list != null) {
            flow.list.remove(flow);
        }
    }

    private void sweep() {
        sweptAt = now;
        tcp.sweep(now);
        expire(asking, ASKING_IDLE_NANOS);
        expire(answered, ANSWERED_IDLE_NANOS);
        expire(ended, LINGER_NANOS);
        while (ended.size() > settings.maxFlows() / PART_ENDED) {
            forget(firstIn(ended));
        }
    }

    /** Those in which nothing has happened for so long end. */
    private void expire(FlowList list, long idleNanos) {
        Flow flow = list.first();
        while (flow != null && now - flow.latestAt >= idleNanos) {
            if (flow.stage != Flow.Stage.CLOSED) {
                tcp.close(flow, EventDecoder.CLOSE_TIMEOUT);
            }
            forget(flow);
            flow = list.first();
        }
    }

    private static Flow firstIn(FlowList list) {
        Flow first = list.first();
        if (first == null) {
            throw new IllegalStateException("list of flows: empty");
        }
        return first;
    }

    private static @Nullable Flow firstOf(FlowList... lists) {
        for (FlowList list : lists) {
            Flow first = list.first();
            if (first != null) {
                return first;
            }
        }
        return null;
    }
}
