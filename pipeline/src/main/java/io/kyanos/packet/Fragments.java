package io.kyanos.packet;

import io.kyanos.packet.PacketStatistics.Reason;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts the fragments of IP together. Bounded in the number of packets that wait, in their bytes, and in how long they
 * wait, by the times of packets. Not thread-safe.
 */
/*
 * Overlaps: what came first stays, so that a later fragment cannot change what was decided before.
 *
 * Copies: in a capture of several interfaces each fragment may be there twice, in any order. What has been put together
 * leaves a mark for a moment, at which such copies are recognised; otherwise they would wait for others in vain.
 */
final class Fragments {

    static final int MAX_WAITING = 1024;
    static final long MAX_WAITING_BYTES = 8 * 1024 * 1024;

    /** As Linux does for IPv4 (RFC 8200 says 60 seconds for IPv6). */
    static final long MAX_WAIT_NANOS = 30_000_000_000L;

    /** For how long copies of the fragments of a packet may follow it. */
    static final long COPIES_NANOS = 200_000_000L;

    /** The two ends and the identification; IPv4 tells protocols apart, IPv6 does not. */
    private record Key(
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            long space,
            int id,
            int protocol) {}

    private final PacketStatistics statistics;
    /* In the order of their first fragments. */
    private final Map<Key, FragmentedPacket> waiting = new LinkedHashMap<>();
    private long waitingBytes;

    Fragments(PacketStatistics statistics) {
        this.statistics = statistics;
    }

    /**
     * Takes what {@code view} has left as a fragment of a packet's payload.
     *
     * @param offset of it there; a multiple of 8
     * @return whether the payload is whole: {@code view} is on it then. Otherwise the fragment waits, or was counted
     */
    boolean add(PacketView view, TransportPacket packet, int id, int protocol, int offset, boolean hasMore) {
        int length = view.wireLength();
        boolean isMalformed =
                length <= 0 || (hasMore && length % 8 != 0) || offset + length > FragmentedPacket.MAX_BYTES;
        if (isMalformed) {
            statistics.add(Reason.MALFORMED_NETWORK);
            return false;
        }
        expire(packet.timeNanos);
        Key key = new Key(
                packet.sourceHigh,
                packet.sourceLow,
                packet.destinationHigh,
                packet.destinationLow,
                packet.space,
                id,
                protocol);
        FragmentedPacket whole = waiting.get(key);
        if (whole != null && whole.isDone() && isCopy(whole, packet.timeNanos)) {
            statistics.add(Reason.DUPLICATE);
            return false;
        }
        if (whole == null || whole.isDone()) {
            whole = begin(key, packet.timeNanos);
        }
        waitingBytes -= whole.memory();
        boolean isNew = whole.add(view, offset, hasMore);
        waitingBytes += whole.memory();
        if (!isNew) {
            statistics.add(Reason.DUPLICATE);
        }
        if (waitingBytes > MAX_WAITING_BYTES) {
            dropOldest(key);
        }
        if (!whole.isWhole()) {
            return false;
        }
        waitingBytes -= whole.memory();
        whole.finish(view, packet.timeNanos);
        return true;
    }

    /** No more fragments come: those that wait are counted. */
    void finish() {
        waiting.values().forEach(this::count);
        waiting.clear();
        waitingBytes = 0;
    }

    private FragmentedPacket begin(Key key, long now) {
        waiting.remove(key);
        if (waiting.size() >= MAX_WAITING) {
            dropOldest(key);
        }
        FragmentedPacket begun = new FragmentedPacket(now);
        waiting.put(key, begun);
        return begun;
    }

    private static boolean isCopy(FragmentedPacket done, long now) {
        return Math.abs(now - done.doneAt()) <= COPIES_NANOS;
    }

    private void expire(long now) {
        Iterator<FragmentedPacket> oldest = waiting.values().iterator();
        while (oldest.hasNext()) {
            FragmentedPacket packet = oldest.next();
            if (now - packet.begunAt() <= MAX_WAIT_NANOS) {
                return;
            }
            count(packet);
            waitingBytes -= packet.memory();
            oldest.remove();
        }
    }

    private void count(FragmentedPacket packet) {
        if (!packet.isDone()) {
            statistics.add(Reason.FRAGMENT_INCOMPLETE, packet.fragments());
        }
    }

    /** Makes room, not at the cost of the one that has just got something. */
    private void dropOldest(Key latest) {
        Iterator<Map.Entry<Key, FragmentedPacket>> oldest = waiting.entrySet().iterator();
        boolean isFull = true;
        while (oldest.hasNext() && isFull) {
            Map.Entry<Key, FragmentedPacket> entry = oldest.next();
            if (entry.getKey().equals(latest)) {
                continue;
            }
            FragmentedPacket packet = entry.getValue();
            if (!packet.isDone()) {
                statistics.add(Reason.FRAGMENT_OVER_LIMIT, packet.fragments());
            }
            waitingBytes -= packet.memory();
            oldest.remove();
            isFull = waiting.size() >= MAX_WAITING || waitingBytes > MAX_WAITING_BYTES;
        }
    }
}
