package io.kyanos.packet;

import io.kyanos.packet.PacketStatistics.Reason;

/**
 * Takes off what carries packets inside others. Methods give the {@link EtherType} of what is inside, {@link #NONE} where
 * it is no tunnel, or a reason as a result.
 */
/*
 * Spaces: what tunnels carry may use the addresses of other networks, and only the number of the tunnel tells them apart.
 * A tunnel without one adds nothing: what it carries is often seen outside it in the same capture. Nor does a mirror
 * (ERSPAN), whose two directions may have different sessions.
 */
final class Tunnels {

    /** Nothing but a datagram. */
    static final int NONE = Integer.MIN_VALUE;

    static final int VXLAN_PORT = 4789;
    /** Linux's own, from before there was another. */
    static final int OLD_VXLAN_PORT = 8472;

    static final int GENEVE_PORT = 6081;
    static final int TEREDO_PORT = 3544;

    private static final long VXLAN_SPACE = 1L << 32;
    private static final long GENEVE_SPACE = 2L << 32;
    private static final long GRE_SPACE = 3L << 32;

    private static final int GRE_CHECKSUM = 0x8000;
    private static final int GRE_ROUTING = 0x4000;
    private static final int GRE_KEY = 0x2000;
    private static final int GRE_SEQUENCE = 0x1000;
    private static final int GRE_ACKNOWLEDGEMENT = 0x0080;

    private static final int VXLAN_BYTES = 8;
    private static final int VXLAN_HAS_ID = 0x08;
    private static final int GENEVE_BYTES = 8;

    private Tunnels() {}

    /** RFC 2784 and 2890; RFC 7637 (NVGRE) in version 0, RFC 2637 (PPTP) is version 1. */
    static int gre(PacketView view, TransportPacket packet) {
        if (!view.has(4)) {
            return view.lacks(4, Reason.MALFORMED_TUNNEL);
        }
        int flags = view.u16(0);
        int type = view.u16(2);
        int version = flags & 7;
        if (version > 1 || (flags & GRE_ROUTING) != 0) {
            return Reason.MALFORMED_TUNNEL.asResult();
        }
        boolean hasKey = (flags & GRE_KEY) != 0;
        boolean hasSequence = (flags & GRE_SEQUENCE) != 0;
        int keyAt = (flags & GRE_CHECKSUM) != 0 ? 8 : 4;
        int head = keyAt
                + (hasKey ? 4 : 0)
                + (hasSequence ? 4 : 0)
                + (version == 1 && (flags & GRE_ACKNOWLEDGEMENT) != 0 ? 4 : 0);
        if (!view.has(head)) {
            return view.lacks(head, Reason.MALFORMED_TUNNEL);
        }
        if (hasKey && version == 0) {
            packet.space = GRE_SPACE | Integer.toUnsignedLong(view.i32(keyAt));
        }
        view.take(head);
        return switch (type) {
            case EtherType.PPP -> view.wireLength() == 0 ? Reason.NOT_IP.asResult() : LinkLayer.ppp(view);
            case EtherType.ERSPAN -> erspan(view, hasSequence ? 8 : 0);
            case EtherType.ERSPAN_TYPE_3 -> erspanType3(view);
            default -> carried(type, view);
        };
    }

    /** What the ports of a datagram say that it carries, if its first bytes agree. */
    static int inDatagram(PacketView view, TransportPacket packet) {
        int port = packet.destinationPort;
        if (port == VXLAN_PORT || port == OLD_VXLAN_PORT) {
            return vxlan(view, packet);
        }
        if (port == GENEVE_PORT) {
            return geneve(view, packet);
        }
        return port == TEREDO_PORT || packet.sourcePort == TEREDO_PORT ? teredo(view) : NONE;
    }

    /** RFC 7348. */
    private static int vxlan(PacketView view, TransportPacket packet) {
        if (!view.has(VXLAN_BYTES) || (view.u8(0) & VXLAN_HAS_ID) == 0 || view.u8(7) != 0) {
            return NONE;
        }
        packet.space = VXLAN_SPACE | view.i32(4) >>> 8;
        view.take(VXLAN_BYTES);
        return LinkLayer.ethernet(view);
    }

    /** RFC 8926. */
    private static int geneve(PacketView view, TransportPacket packet) {
        if (!view.has(GENEVE_BYTES) || view.u8(0) >> 6 != 0 || view.u8(7) != 0) {
            return NONE;
        }
        int head = GENEVE_BYTES + (view.u8(0) & 0x3f) * 4;
        int type = view.u16(2);
        if (!view.has(head)) {
            return view.lacks(head, Reason.MALFORMED_TUNNEL);
        }
        packet.space = GENEVE_SPACE | view.i32(4) >>> 8;
        view.take(head);
        return carried(type, view);
    }

    /** RFC 4380, section 5.1.1: two headers may come before IPv6. */
    private static int teredo(PacketView view) {
        int head = 0;
        if (view.has(4) && view.u16(0) == 1) {
            head = 4 + view.u8(2) + view.u8(3) + 9;
        }
        if (view.has(head + 2) && view.u16(head) == 0) {
            head += 8;
        }
        if (!view.has(head + 1) || view.u8(head) >> 4 != 6) {
            return NONE;
        }
        view.take(head);
        return EtherType.IPV6;
    }

    private static int erspan(PacketView view, int head) {
        if (!view.has(head)) {
            return view.lacks(head, Reason.MALFORMED_TUNNEL);
        }
        view.take(head);
        return LinkLayer.ethernet(view);
    }

    private static int erspanType3(PacketView view) {
        if (!view.has(12)) {
            return view.lacks(12, Reason.MALFORMED_TUNNEL);
        }
        boolean hasSubHeader = (view.u8(11) & 1) != 0;
        return erspan(view, hasSubHeader ? 20 : 12);
    }

    private static int carried(int type, PacketView view) {
        return type == EtherType.BRIDGED_ETHERNET ? LinkLayer.ethernet(view) : LinkLayer.tagged(type, view);
    }
}
