package io.kyanos.packet;

import io.kyanos.packet.PacketStatistics.Reason;

/**
 * What is left of a packet while its headers are taken off: the bytes that were captured, {@code at} to {@code end}, and
 * where it ended on the wire. Not thread-safe.
 */
final class PacketView {

    private static final byte[] NOTHING = {};

    byte[] bytes = NOTHING;
    int at;
    /** Of what was captured; never beyond {@link #wireEnd}. */
    int end;
    /** As an index of {@link #bytes}, which may have fewer. */
    int wireEnd;

    int interfaceNumber;

    void wrap(byte[] newBytes, int newAt, int newEnd, int newWireEnd) {
        bytes = newBytes;
        at = newAt;
        end = newEnd;
        wireEnd = newWireEnd;
    }

    boolean has(int count) {
        return end - at >= count;
    }

    /** Why there are not that many bytes, as a result. */
    int lacks(int count, Reason malformed) {
        return (wireEnd - at < count ? malformed : Reason.HEAD_CUT).asResult();
    }

    /** The packet has this many bytes from here on; others are padding. */
    void limit(int length) {
        wireEnd = at + length;
        end = Math.min(end, wireEnd);
    }

    int u8(int offset) {
        return NetworkOrder.u8(bytes, at + offset);
    }

    int u16(int offset) {
        return NetworkOrder.u16(bytes, at + offset);
    }

    int i32(int offset) {
        return NetworkOrder.i32(bytes, at + offset);
    }

    /** What is between here and the end on the wire. */
    int wireLength() {
        return wireEnd - at;
    }

    /** Moves on over bytes that are there. */
    void take(int count) {
        at += count;
    }
}
