package io.kyanos.packet;

/**
 * Recognises datagrams that were captured more than once: on several interfaces of a host, or at both ends of a link.
 * Remembers a bounded number of them, and allocates nothing. Not thread-safe.
 */
/*
 * A copy or a second question? A client that gets no answer sends the same bytes again, from the same port: that counts
 * as another question. What tells the two apart:
 *
 * - The identification of IPv4 is part of what is compared. A copy has that of its original, a datagram that is sent
 *   again has another, where the sender uses it at all: those with the same, not 0, are copies if they are less than a
 *   second apart. A sender comes back to an identification after 65536 datagrams.
 * - IPv6 has none, and Linux sends 0 in many datagrams that must not be fragmented. There only time remains. A copy takes
 *   its way through a host, which is microseconds; clients wait for hundreds of milliseconds at least before they
 *   ask again (glibc and dig 5 s). So a copy from another
 *   interface, or with a smaller hop limit, may be 20 ms late.
 * - One that looks the same in all of this, its interface too, may be both: a mirrored port shows a packet twice, and a
 *   client may send the same bytes in a row, as those of statsd do. Those count as copies within 1 ms.
 *
 * The time counts from the first copy, so that a client which repeats itself steadily is not taken for one packet.
 */
final class Duplicates {

    static final long SAME_ID_NANOS = 1_000_000_000L;
    static final long OTHER_PLACE_NANOS = 20_000_000L;
    static final long SAME_PLACE_NANOS = 1_000_000L;

    private static final int WAYS = 4;
    private static final int SETS = 4096;

    private final long[] hashes = new long[SETS * WAYS];
    private final long[] times = new long[SETS * WAYS];
    private final int[] interfaces = new int[SETS * WAYS];
    private final byte[] hopLimits = new byte[SETS * WAYS];
    private final boolean[] taken = new boolean[SETS * WAYS];

    /** Whether the datagram was there before; if not, it is from now on. */
    boolean isCopy(TransportPacket packet) {
        long hash = hash(packet);
        int set = (int) (hash >>> 52) * WAYS;
        int oldest = set;
        for (int i = set; i < set + WAYS; i++) {
            if (taken[i] && hashes[i] == hash) {
                if (isSoonAfter(i, packet)) {
                    return true;
                }
                oldest = i;
                break;
            }
            if (taken[oldest] && (!taken[i] || times[i] - times[oldest] < 0)) {
                oldest = i;
            }
        }
        taken[oldest] = true;
        hashes[oldest] = hash;
        times[oldest] = packet.timeNanos;
        interfaces[oldest] = packet.interfaceNumber;
        hopLimits[oldest] = (byte) packet.hopLimit;
        return false;
    }

    private boolean isSoonAfter(int at, TransportPacket packet) {
        long apart = Math.abs(packet.timeNanos - times[at]);
        if (packet.ipId != 0) {
            return apart <= SAME_ID_NANOS;
        }
        boolean isSamePlace = interfaces[at] == packet.interfaceNumber && hopLimits[at] == (byte) packet.hopLimit;
        return apart <= (isSamePlace ? SAME_PLACE_NANOS : OTHER_PLACE_NANOS);
    }

    private static long hash(TransportPacket packet) {
        long hash = mix(packet.sourceHigh, packet.sourceLow);
        hash = mix(hash, packet.destinationHigh);
        hash = mix(hash, packet.destinationLow);
        hash = mix(hash, (long) packet.sourcePort << 48 | (long) packet.destinationPort << 32 | packet.ipId);
        hash = mix(hash, packet.space);
        hash = mix(hash, packet.length);
        int at = packet.payloadOffset;
        int end = at + packet.captured;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            hash = mix(hash, NetworkOrder.i64(packet.array, at));
        }
        long rest = 0;
        for (; at < end; at++) {
            rest = rest << 8 | NetworkOrder.u8(packet.array, at);
        }
        return mix(hash, rest);
    }

    private static long mix(long hash, long more) {
        long mixed = (hash ^ more) * 0x9e3779b97f4a7c15L;
        mixed ^= mixed >>> 32;
        mixed *= 0xd6e8feb86659fd93L;
        return mixed ^ mixed >>> 29;
    }
}
