package io.kyanos.reassembly;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.packet.TransportPacket;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts the segments of TCP connections in order, each byte once. A segment that is next in both directions is handed on from
 * where it stands; another is copied and waits. Not thread-safe.
 */
/*
 * Order across directions: an answer that was captured before its question would be no answer. So a segment also waits for
 * what its own acknowledgement says that its sender had got.
 *
 * Holes: what the peer has acknowledged did arrive, so the capture has missed it, or has it a little later, where packets of
 * several interfaces or processors stand out of order. It is given up after ACKNOWLEDGED_NANOS of the packets' time. What
 * nobody has acknowledged may be sent again: it is given up after UNACKNOWLEDGED_NANOS. A hole that was given up is simply
 * left out.
 *
 * Bounds: where too much waits, the oldest hole is given up at once, and counted.
 */
final class TcpReassembly {

    private static final long ACKNOWLEDGED_NANOS = 100_000_000;
    private static final long UNACKNOWLEDGED_NANOS = 10_000_000_000L;
    private static final int MAX_HELD_SEGMENTS = 8192;

    private final StreamSink sink;
    private final ReassemblySettings settings;
    private final ReassemblyStatistics statistics;
    private final FlowList ended;
    private final Set<Flow> waiting = new LinkedHashSet<>();
    private long heldBytes;
    private long now;

    /** @param ended where connections go that have ended */
    TcpReassembly(StreamSink sink, ReassemblySettings settings, ReassemblyStatistics statistics, FlowList ended) {
        this.sink = sink;
        this.settings = settings;
        this.statistics = statistics;
        this.ended = ended;
    }

    /** Bytes of segments that wait, about. */
    long heldBytes() {
        return heldBytes;
    }

    /** Takes a packet of a connection that has not ended, whose SYN has been looked at. */
    void take(Flow flow, TransportPacket packet, long newNow) {
        now = newNow;
        Direction direction = flow.directionOf(packet);
        TcpHalf half = flow.half(direction);
        TcpHalf other = flow.half(direction.opposite());
        long knows = packet.has(TransportPacket.ACK) ? acknowledge(half, other, packet.acknowledgement()) : 0;
        if (packet.has(TransportPacket.RST)) {
            reset(flow, direction, half, packet.sequence());
        } else {
            int sequence = packet.sequence() + (packet.has(TransportPacket.SYN) ? 1 : 0);
            if (packet.length() > 0) {
                if (!half.isCertain() && half.isUntouched()) {
                    half.begin(sequence, false);
                }
                payload(flow, direction, packet, sequence, knows);
            }
            if (packet.has(TransportPacket.FIN) && half.hasBegun()) {
                half.finishAt(half.positionOf(sequence) + packet.length(), now);
                flow.ends(direction, false);
            }
        }
        if (flow.stage == Flow.Stage.UNWANTED) {
            half.giveUpRest();
        }
        settle(flow);
    }

    /** Gives up what has been waited for long enough. */
    void sweep(long newNow) {
        now = newNow;
        if (!waiting.isEmpty()) {
            List<Flow> all = new ArrayList<>(waiting);
            all.forEach(this::giveUpOverdue);
        }
    }

    /** Hands on what waits, whatever is missing. */
    void flush(Flow flow) {
        while (flow.half(Direction.EGRESS).holds()
                || flow.half(Direction.INGRESS).holds()) {
            giveUpFirst(flow);
        }
        stopWaiting(flow);
    }

    /** Tells that the connection has ended, if anything was told of it. */
    void close(Flow flow, int reason) {
        flush(flow);
        if (flow.stage == Flow.Stage.OPEN) {
            Direction first = flow.endedFirst();
            int firstEnd = first == null
                    ? EventDecoder.END_UNKNOWN
                    : first == Direction.EGRESS ? EventDecoder.END_LOCAL : EventDecoder.END_PEER;
            sink.closes(
                    flow,
                    now,
                    flow.half(Direction.EGRESS).finalPosition(),
                    flow.half(Direction.INGRESS).finalPosition(),
                    reason,
                    firstEnd);
        }
        flow.stage = Flow.Stage.CLOSED;
        ended.addLast(flow);
    }

    /** Up to where, in the other direction, the sender has got everything. */
    private long acknowledge(TcpHalf half, TcpHalf other, int acknowledgement) {
        if (!other.isCertain() && other.isUntouched()) {
            boolean isFirst = half.isCertain() && half.isUntouched();
            other.begin(acknowledgement, isFirst);
            return 0;
        }
        long position = other.positionOf(acknowledgement);
        other.acknowledge(position, now);
        return Math.min(position, other.acknowledged());
    }

    /* A RST is worth something only where its receiver would believe it: not before what it has acknowledged. */
    private void reset(Flow flow, Direction direction, TcpHalf half, int sequence) {
        long position = half.hasBegun() ? half.positionOf(sequence) : 0;
        boolean isBelieved =
                half.isUntouched() || (position >= half.acknowledged() && position <= half.end() + TcpHalf.MAX_AHEAD);
        if (isBelieved) {
            flow.ends(direction, true);
        }
    }

    private void payload(Flow flow, Direction direction, TransportPacket packet, int sequence, long knows) {
        TcpHalf half = flow.half(direction);
        long position = half.positionOf(sequence);
        int length = half.within(position, packet.length());
        int known = (int) Math.min(length, Math.max(0, half.next() - position));
        half.shows(position + length);
        if (known == length) {
            return;
        }
        int captured = Math.min(packet.captured(), length);
        int seen = Math.min(known, captured);
        boolean pushed = packet.has(TransportPacket.PSH);
        long from = position + known;
        if (flow.stage == Flow.Stage.UNWANTED) {
            half.moveTo(position + length, packet.timeNanos(), pushed, now);
        } else if (!half.holds()
                && from <= half.reached()
                && flow.half(direction.opposite()).hasReached(knows)) {
            handOn(
                    flow,
                    direction,
                    from,
                    length - known,
                    packet.array(),
                    packet.payloadOffset() + seen,
                    captured - seen,
                    packet.timeNanos(),
                    pushed);
        } else {
            HeldSegments held = half.held(now);
            heldBytes -= held.memory();
            held.add(
                    from,
                    length - known,
                    packet.array(),
                    packet.payloadOffset() + seen,
                    captured - seen,
                    packet.timeNanos(),
                    flow.nextNumber(),
                    knows,
                    pushed);
            heldBytes += held.memory();
            startWaiting(flow);
            makeRoom(flow, held);
        }
    }

    private void makeRoom(Flow flow, HeldSegments held) {
        while (held.memory() > settings.maxHeldBytes() || held.size() > MAX_HELD_SEGMENTS) {
            statistics.holeWithoutRoom();
            giveUpFirst(flow);
        }
        while (heldBytes > settings.maxHeldTotalBytes()) {
            statistics.holeWithoutRoom();
            giveUpFirst(oldestThatHolds());
        }
    }

    private Flow oldestThatHolds() {
        for (Flow flow : waiting) {
            if (flow.half(Direction.EGRESS).holds()
                    || flow.half(Direction.INGRESS).holds()) {
                return flow;
            }
        }
        throw new AssertionError("segments: " + heldBytes + " bytes wait, of no connection");
    }

    /** Of what waits, what came first waits no longer. */
    private void giveUpFirst(Flow flow) {
        Segment egress = flow.half(Direction.EGRESS).firstHeld();
        Segment ingress = flow.half(Direction.INGRESS).firstHeld();
        boolean isEgress = isEarlier(egress, ingress);
        Segment first = isEgress ? egress : ingress;
        if (first == null) {
            return;
        }
        Direction direction = isEgress ? Direction.EGRESS : Direction.INGRESS;
        flow.half(direction).giveUpTo(first.position);
        flow.half(direction.opposite()).giveUpTo(first.knows);
        handOnHeld(flow);
    }

    private void giveUpOverdue(Flow flow) {
        boolean isEnding = flow.isReset()
                || (flow.half(Direction.EGRESS).isFinishing()
                        && flow.half(Direction.INGRESS).isFinishing());
        giveUpOverdue(flow.half(Direction.EGRESS), isEnding);
        giveUpOverdue(flow.half(Direction.INGRESS), isEnding);
        settle(flow);
    }

    private void giveUpOverdue(TcpHalf half, boolean isEnding) {
        if (half.behindFor(now) >= ACKNOWLEDGED_NANOS) {
            half.giveUpAcknowledged(now);
        }
        if (half.isWaiting() && half.stuckFor(now) >= (isEnding ? ACKNOWLEDGED_NANOS : UNACKNOWLEDGED_NANOS)) {
            if (half.holds()) {
                half.giveUpHole();
            } else {
                half.giveUpRest();
            }
        }
    }

    private void settle(Flow flow) {
        handOnHeld(flow);
        if (flow.hasToWait() && flow.stage != Flow.Stage.UNWANTED) {
            startWaiting(flow);
            return;
        }
        stopWaiting(flow);
        if (flow.isReset()) {
            close(flow, EventDecoder.CLOSE_RESET);
        } else if (flow.half(Direction.EGRESS).isFinished()
                && flow.half(Direction.INGRESS).isFinished()) {
            close(flow, EventDecoder.CLOSE_NORMAL);
        }
    }

    private void startWaiting(Flow flow) {
        if (!flow.isWaiting) {
            flow.isWaiting = true;
            waiting.add(flow);
        }
    }

    private void stopWaiting(Flow flow) {
        if (flow.isWaiting) {
            flow.isWaiting = false;
            waiting.remove(flow);
        }
    }

    /** Hands on all that waits for nothing, of both directions in the order in which it was captured. */
    private void handOnHeld(Flow flow) {
        Segment egress = dueOf(flow, Direction.EGRESS);
        Segment ingress = dueOf(flow, Direction.INGRESS);
        while (egress != null || ingress != null) {
            if (isEarlier(egress, ingress)) {
                handOn(flow, Direction.EGRESS, egress);
            } else {
                handOn(flow, Direction.INGRESS, ingress);
            }
            egress = dueOf(flow, Direction.EGRESS);
            ingress = dueOf(flow, Direction.INGRESS);
        }
    }

    private static boolean isEarlier(@Nullable Segment one, @Nullable Segment other) {
        return one != null && (other == null || one.number < other.number);
    }

    private static @Nullable Segment dueOf(Flow flow, Direction direction) {
        TcpHalf half = flow.half(direction);
        Segment first = half.firstHeld();
        boolean isDue = first != null
                && first.position <= half.reached()
                && flow.half(direction.opposite()).hasReached(first.knows);
        return isDue ? first : null;
    }

    private void handOn(Flow flow, Direction direction, @Nullable Segment segment) {
        if (segment == null) {
            return;
        }
        TcpHalf half = flow.half(direction);
        half.removeFirstHeld();
        heldBytes -= segment.memory();
        // The end may have become known while it waited.
        int length = half.within(segment.position, segment.length);
        if (length > 0) {
            handOn(
                    flow,
                    direction,
                    segment.position,
                    length,
                    segment.captured,
                    0,
                    Math.min(length, segment.captured.length),
                    segment.capturedAt,
                    segment.pushed);
        }
    }

    private void handOn(
            Flow flow,
            Direction direction,
            long position,
            int length,
            byte[] array,
            int offset,
            int captured,
            long capturedAt,
            boolean pushed) {
        TcpHalf half = flow.half(direction);
        if (flow.stage == Flow.Stage.NEW) {
            flow.stage = sink.opens(flow) ? Flow.Stage.OPEN : Flow.Stage.UNWANTED;
        }
        if (flow.stage == Flow.Stage.OPEN) {
            boolean continued = position == half.next() && !half.wasPushed();
            sink.bytes(
                    flow, direction, half.completeAt(capturedAt), position, length, array, offset, captured, continued);
        }
        half.moveTo(position + length, capturedAt, pushed, now);
    }
}
