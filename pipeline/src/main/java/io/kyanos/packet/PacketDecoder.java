package io.kyanos.packet;

import io.kyanos.packet.PacketStatistics.Reason;

/**
 * Finds the segments of TCP and the datagrams of UDP in frames: takes off link layers, IP and tunnels, puts fragments
 * together, and leaves out datagrams that were captured twice. Checksums are not verified: a sender's own capture has
 * them before its network card puts in the right ones. Any bytes are a result, counted by reason. Memory is bounded. Not
 * thread-safe.
 */
public final class PacketDecoder {

    /** Tunnels in tunnels. */
    static final int MAX_TUNNELS = 4;

    private static final int TCP_BYTES = 20;
    private static final int UDP_BYTES = 8;

    private final PacketStatistics statistics = new PacketStatistics();
    private final Fragments fragments = new Fragments(statistics);
    private final NetworkLayer networkLayer = new NetworkLayer(fragments);
    private final Duplicates duplicates = new Duplicates();
    private final PacketView view = new PacketView();
    private final TransportPacket packet = new TransportPacket();

    /** Hands what is in the frame, if anything, to the sink before it returns. */
    public void decode(CapturedFrame frame, TransportSink sink) {
        statistics.frame(frame.original());
        if (frame.linkType() == CapturedFrame.NO_LINK_TYPE) {
            statistics.add(Reason.UNKNOWN_INTERFACE);
            return;
        }
        int begin = frame.offset();
        view.wrap(frame.array(), begin, begin + frame.captured(), begin + frame.original());
        view.interfaceNumber = 0;
        packet.timeNanos = frame.timeNanos();
        packet.space = 0;
        int type = LinkLayer.strip(frame.linkType(), view);
        if (type == LinkLayer.UNKNOWN) {
            statistics.addLinkType(frame.linkType());
            return;
        }
        packet.interfaceNumber = frame.interfaceNumber() * 31 + view.interfaceNumber;
        network(type, sink);
    }

    /** No more frames come: what waits for them is counted. */
    public void finish() {
        fragments.finish();
    }

    /** Counts so far; live. */
    public PacketStatistics statistics() {
        return statistics;
    }

    private void network(int firstType, TransportSink sink) {
        int type = firstType;
        for (int tunnels = 0; type >= 0; tunnels++) {
            if (type != EtherType.IPV4 && type != EtherType.IPV6) {
                statistics.add(Reason.NOT_IP);
                return;
            }
            if (tunnels > MAX_TUNNELS) {
                statistics.add(Reason.NESTED_TOO_DEEP);
                return;
            }
            int protocol = networkLayer.strip(type, view, packet);
            if (protocol == NetworkLayer.HELD) {
                return;
            }
            type = protocol < 0 ? protocol : transport(protocol, sink);
            if (type == Tunnels.NONE) {
                return;
            }
        }
        statistics.add(Reason.of(type));
    }

    /** What is in the tunnel, if it is one; {@link Tunnels#NONE} if all is done; otherwise a reason. */
    private int transport(int protocol, TransportSink sink) {
        return switch (protocol) {
            case NetworkLayer.TCP -> tcp(sink);
            case NetworkLayer.UDP -> udp(sink);
            case NetworkLayer.IPV4 -> EtherType.IPV4;
            case NetworkLayer.IPV6 -> EtherType.IPV6;
            case NetworkLayer.GRE -> Tunnels.gre(view, packet);
            default -> {
                statistics.addTransport(protocol);
                yield Tunnels.NONE;
            }
        };
    }

    /** RFC 9293, section 3.1. */
    private int tcp(TransportSink sink) {
        if (!view.has(TCP_BYTES)) {
            return view.lacks(TCP_BYTES, Reason.MALFORMED_TRANSPORT);
        }
        int head = (view.u8(12) >> 4) * 4;
        if (head < TCP_BYTES || head > view.wireLength()) {
            return Reason.MALFORMED_TRANSPORT.asResult();
        }
        packet.transport = NetworkLayer.TCP;
        packet.sourcePort = view.u16(0);
        packet.destinationPort = view.u16(2);
        packet.sequence = view.i32(4);
        packet.acknowledgement = view.i32(8);
        packet.flags = view.u8(13);
        packet.window = view.u16(14);
        payload(head);
        handOn(sink);
        return Tunnels.NONE;
    }

    /** RFC 768. */
    private int udp(TransportSink sink) {
        if (!view.has(UDP_BYTES)) {
            return view.lacks(UDP_BYTES, Reason.MALFORMED_TRANSPORT);
        }
        int length = view.u16(4);
        if ((length != 0 && length < UDP_BYTES) || length > view.wireLength()) {
            return Reason.MALFORMED_TRANSPORT.asResult();
        }
        packet.transport = NetworkLayer.UDP;
        packet.sourcePort = view.u16(0);
        packet.destinationPort = view.u16(2);
        packet.sequence = 0;
        packet.acknowledgement = 0;
        packet.flags = 0;
        packet.window = 0;
        if (length != 0) {
            view.limit(length);
        }
        view.take(UDP_BYTES);
        int inside = Tunnels.inDatagram(view, packet);
        if (inside != Tunnels.NONE) {
            return inside;
        }
        payload(0);
        if (duplicates.isCopy(packet)) {
            return Reason.DUPLICATE.asResult();
        }
        handOn(sink);
        return Tunnels.NONE;
    }

    /** What follows {@code head} more bytes, which may not have been captured. */
    private void payload(int head) {
        packet.array = view.bytes;
        packet.payloadOffset = Math.min(view.at + head, view.end);
        packet.captured = view.end - packet.payloadOffset;
        packet.length = view.wireLength() - head;
    }

    private void handOn(TransportSink sink) {
        if (packet.captured < packet.length) {
            statistics.add(Reason.PAYLOAD_CUT);
        }
        statistics.packet();
        sink.on(packet);
    }
}
