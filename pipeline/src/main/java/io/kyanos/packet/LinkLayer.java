package io.kyanos.packet;

import io.kyanos.packet.PacketStatistics.Reason;

/**
 * Takes off what comes before IP. Methods give the {@link EtherType} of what comes then, or a reason as a result.
 *
 * @see <a href="https://www.tcpdump.org/linktypes.html">Link-layer header types</a>
 */
final class LinkLayer {

    /** No link type that is read. */
    static final int UNKNOWN = Integer.MIN_VALUE;

    static final int NULL = 0;
    static final int ETHERNET = 1;
    static final int PPP = 9;
    static final int PPP_HDLC = 50;
    static final int LOOP = 108;
    static final int LINUX_SLL = 113;
    static final int LINUX_SLL2 = 276;
    static final int RAW = 101;
    static final int IPV4 = 228;
    static final int IPV6 = 229;
    /* DLT_RAW, which has other numbers on some systems, and is in files that did not translate it. */
    private static final int RAW_BSD = 12;
    private static final int RAW_OPENBSD = 14;

    private static final int MAC_BYTES = 6;
    private static final int ETHERNET_BYTES = 14;
    private static final int SLL_BYTES = 16;
    private static final int SLL2_BYTES = 20;
    private static final int VLAN_BYTES = 4;
    private static final int SNAP_BYTES = 8;
    private static final int MPLS_BYTES = 4;
    private static final int PPPOE_BYTES = 6;
    /* Tags and labels; more than this is nonsense. */
    private static final int MAX_TAGS = 16;

    private LinkLayer() {}

    static int strip(int linkType, PacketView view) {
        return switch (linkType) {
            case ETHERNET -> ethernet(view);
            case LINUX_SLL -> cooked(view, SLL_BYTES, 14);
            case LINUX_SLL2 -> cooked(view, SLL2_BYTES, 0);
            case RAW, RAW_BSD, RAW_OPENBSD, IPV4, IPV6 -> byVersion(view);
            case NULL, LOOP -> loopback(view);
            case PPP, PPP_HDLC -> ppp(view);
            default -> UNKNOWN;
        };
    }

    static int ethernet(PacketView view) {
        if (!view.has(ETHERNET_BYTES)) {
            return view.lacks(ETHERNET_BYTES, Reason.MALFORMED_LINK);
        }
        int type = view.u16(2 * MAC_BYTES);
        view.take(ETHERNET_BYTES);
        return tagged(type, view);
    }

    /** Takes off the tags, labels and sessions that may come before IP. */
    static int tagged(int etherType, PacketView view) {
        int type = etherType;
        for (int i = 0; i < MAX_TAGS; i++) {
            if (type < 0) {
                return type;
            }
            if (type < EtherType.LEAST) {
                return snap(view);
            }
            switch (type) {
                case EtherType.VLAN,
                        EtherType.PROVIDER_VLAN,
                        EtherType.OLD_PROVIDER_VLAN,
                        EtherType.OTHER_OLD_PROVIDER_VLAN -> {
                    if (!view.has(VLAN_BYTES)) {
                        return view.lacks(VLAN_BYTES, Reason.MALFORMED_LINK);
                    }
                    type = view.u16(2);
                    view.take(VLAN_BYTES);
                }
                case EtherType.MPLS, EtherType.MPLS_MULTICAST -> {
                    return mpls(view);
                }
                case EtherType.PPPOE_SESSION -> {
                    if (!view.has(PPPOE_BYTES)) {
                        return view.lacks(PPPOE_BYTES, Reason.MALFORMED_LINK);
                    }
                    view.take(PPPOE_BYTES);
                    return ppp(view);
                }
                default -> {
                    return type;
                }
            }
        }
        return Reason.MALFORMED_LINK.asResult();
    }

    /** IP without anything before it tells its version itself. */
    static int byVersion(PacketView view) {
        if (!view.has(1)) {
            return view.lacks(1, Reason.MALFORMED_NETWORK);
        }
        return switch (view.u8(0) >> 4) {
            case 4 -> EtherType.IPV4;
            case 6 -> EtherType.IPV6;
            default -> Reason.MALFORMED_NETWORK.asResult();
        };
    }

    /** RFC 1661, RFC 1662: the address and control field may be there or not, and so may the first byte of the protocol. */
    static int ppp(PacketView view) {
        if (view.has(2) && view.u16(0) == 0xff03) {
            view.take(2);
        }
        if (!view.has(2)) {
            return view.lacks(2, Reason.MALFORMED_LINK);
        }
        boolean isCompressed = (view.u8(0) & 1) != 0;
        int protocol = isCompressed ? view.u8(0) : view.u16(0);
        view.take(isCompressed ? 1 : 2);
        return switch (protocol) {
            case 0x0021 -> EtherType.IPV4;
            case 0x0057 -> EtherType.IPV6;
            default -> Reason.NOT_IP.asResult();
        };
    }

    private static int cooked(PacketView view, int bytes, int protocolOffset) {
        if (!view.has(bytes)) {
            return view.lacks(bytes, Reason.MALFORMED_LINK);
        }
        int type = view.u16(protocolOffset);
        // Where it was captured: the second version has the interface, the first no more than whether it came or went.
        view.interfaceNumber = bytes == SLL2_BYTES ? view.i32(4) : view.u16(0);
        view.take(bytes);
        return tagged(type, view);
    }

    /** The family's number is the capturing system's own, in its byte order. */
    private static int loopback(PacketView view) {
        if (!view.has(4)) {
            return view.lacks(4, Reason.MALFORMED_LINK);
        }
        int family = view.i32(0);
        view.take(4);
        return switch ((family & 0xffff) == 0 ? Integer.reverseBytes(family) : family) {
            case 2 -> EtherType.IPV4;
            case 10, 24, 28, 30 -> EtherType.IPV6;
            default -> Reason.NOT_IP.asResult();
        };
    }

    /** IEEE 802.2 with a SNAP header, whose organisation is that of Ethernet. */
    private static int snap(PacketView view) {
        if (!view.has(SNAP_BYTES)) {
            return view.lacks(SNAP_BYTES, Reason.NOT_IP);
        }
        if (view.u16(0) != 0xaaaa || view.i32(2) != 0x0300_0000) {
            return Reason.NOT_IP.asResult();
        }
        int type = view.u16(6);
        view.take(SNAP_BYTES);
        return type < EtherType.LEAST ? Reason.NOT_IP.asResult() : type;
    }

    private static int mpls(PacketView view) {
        for (int i = 0; i < MAX_TAGS; i++) {
            if (!view.has(MPLS_BYTES)) {
                return view.lacks(MPLS_BYTES, Reason.MALFORMED_LINK);
            }
            boolean isLast = (view.u8(2) & 1) != 0;
            view.take(MPLS_BYTES);
            if (isLast) {
                int type = byVersion(view);
                return type == Reason.MALFORMED_NETWORK.asResult() ? Reason.NOT_IP.asResult() : type;
            }
        }
        return Reason.MALFORMED_LINK.asResult();
    }
}
