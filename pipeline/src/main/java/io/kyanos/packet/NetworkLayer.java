package io.kyanos.packet;

import io.kyanos.packet.PacketStatistics.Reason;

/**
 * Takes off IP, and puts fragments together. Methods give the protocol number of what comes then, or a reason as a
 * result. Not thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc791">RFC 791</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8200">RFC 8200</a>
 */
final class NetworkLayer {

    /** A fragment, which waits for others. */
    static final int HELD = Integer.MIN_VALUE;

    static final int TCP = 6;
    static final int UDP = 17;
    static final int IPV4 = 4;
    static final int IPV6 = 41;
    static final int GRE = 47;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int AUTHENTICATION = 51;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int MOBILITY = 135;
    private static final int HOST_IDENTITY = 139;
    private static final int SHIM6 = 140;

    private static final int IP4_BYTES = 20;
    private static final int IP6_BYTES = 40;
    private static final int IP6_DESTINATION = 24;
    private static final int MAX_EXTENSIONS = 16;

    private static final int MORE_FRAGMENTS = 0x2000;
    private static final int FRAGMENT_OFFSET = 0x1fff;
    private static final int IP6_MORE_FRAGMENTS = 1;

    private static final int SOURCE_ROUTE = 0;
    private static final int SEGMENT_ROUTE = 4;

    private final Fragments fragments;

    NetworkLayer(Fragments fragments) {
        this.fragments = fragments;
    }

    int strip(int etherType, PacketView view, TransportPacket packet) {
        return etherType == EtherType.IPV4 ? ip4(view, packet) : ip6(view, packet);
    }

    private int ip4(PacketView view, TransportPacket packet) {
        if (!view.has(IP4_BYTES)) {
            return view.lacks(IP4_BYTES, Reason.MALFORMED_NETWORK);
        }
        int head = (view.u8(0) & 0xf) * 4;
        int total = view.u16(2);
        if (view.u8(0) >> 4 != 4 || head < IP4_BYTES || (total != 0 && total < head)) {
            return Reason.MALFORMED_NETWORK.asResult();
        }
        if (total != 0) {
            // Otherwise the network card was to divide what is there.
            view.limit(total);
        }
        if (!view.has(head)) {
            return view.lacks(head, Reason.MALFORMED_NETWORK);
        }
        int fragment = view.u16(6);
        int protocol = view.u8(9);
        packet.ipId = view.u16(4);
        packet.hopLimit = view.u8(8);
        packet.ip4(view.i32(12), view.i32(16));
        view.take(head);
        if ((fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) == 0) {
            return protocol;
        }
        boolean isWhole = fragments.add(
                view,
                packet,
                packet.ipId,
                protocol,
                (fragment & FRAGMENT_OFFSET) * 8,
                (fragment & MORE_FRAGMENTS) != 0);
        return isWhole ? protocol : HELD;
    }

    private int ip6(PacketView view, TransportPacket packet) {
        if (!view.has(IP6_BYTES)) {
            return view.lacks(IP6_BYTES, Reason.MALFORMED_NETWORK);
        }
        if (view.u8(0) >> 4 != 6) {
            return Reason.MALFORMED_NETWORK.asResult();
        }
        int payload = view.u16(4);
        int next = view.u8(6);
        packet.ipId = 0;
        packet.hopLimit = view.u8(7);
        packet.ip6(view.bytes, view.at + 8, view.at + IP6_DESTINATION);
        view.take(IP6_BYTES);
        if (payload != 0) {
            // Otherwise a jumbogram, or what the network card was to divide.
            view.limit(payload);
        }
        return extensions(next, view, packet);
    }

    private int extensions(int first, PacketView view, TransportPacket packet) {
        int header = first;
        for (int i = 0; i < MAX_EXTENSIONS; i++) {
            int next;
            switch (header) {
                case HOP_BY_HOP, DESTINATION_OPTIONS, MOBILITY, HOST_IDENTITY, SHIM6 -> next = extension(view, 8);
                case ROUTING -> {
                    route(view, packet);
                    next = extension(view, 8);
                }
                case AUTHENTICATION -> next = extension(view, 4);
                case FRAGMENT -> next = fragment(view, packet);
                default -> {
                    return header;
                }
            }
            if (next < 0) {
                return next;
            }
            header = next;
        }
        return Reason.MALFORMED_NETWORK.asResult();
    }

    /** Its length is in units, of which the first (two for authentication) are not counted. */
    private static int extension(PacketView view, int unit) {
        if (!view.has(8)) {
            return view.lacks(8, Reason.MALFORMED_NETWORK);
        }
        int next = view.u8(0);
        int length = (view.u8(1) + (unit == 8 ? 1 : 2)) * unit;
        if (!view.has(length)) {
            return view.lacks(length, Reason.MALFORMED_NETWORK);
        }
        view.take(length);
        return next;
    }

    /** On its way along a route the packet has another destination than its connection: RFC 2460, RFC 8754. */
    private static void route(PacketView view, TransportPacket packet) {
        if (!view.has(8 + 16) || view.u8(3) == 0) {
            return;
        }
        int length = (view.u8(1) + 1) * 8;
        int last = 8 + 16 * (view.u8(1) / 2 - 1);
        if (view.u8(1) < 2 || !view.has(length)) {
            return;
        }
        if (view.u8(2) == SEGMENT_ROUTE) {
            packet.ip6Destination(view.bytes, view.at + 8);
        } else if (view.u8(2) == SOURCE_ROUTE) {
            packet.ip6Destination(view.bytes, view.at + last);
        }
    }

    private int fragment(PacketView view, TransportPacket packet) {
        if (!view.has(8)) {
            return view.lacks(8, Reason.MALFORMED_NETWORK);
        }
        int next = view.u8(0);
        int offset = view.u16(2) & ~7;
        boolean hasMore = (view.u16(2) & IP6_MORE_FRAGMENTS) != 0;
        int id = view.i32(4);
        view.take(8);
        if (offset == 0 && !hasMore) {
            return next;
        }
        return fragments.add(view, packet, id, next, offset, hasMore) ? next : HELD;
    }
}
