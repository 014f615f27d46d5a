package io.kyanos.packet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Decodes frames, and keeps what came of them as text: {@code tcp a:1>b:2 space=0 payload 7/7}. */
final class Decoded {

    final List<String> packets = new ArrayList<>();
    final PacketDecoder decoder = new PacketDecoder();
    private final CapturedFrame frame = new CapturedFrame();

    /** What the frame holds. */
    static List<String> of(int linkType, byte[] bytes) {
        Decoded decoded = new Decoded();
        decoded.frame(linkType, 0, 0, bytes, bytes.length);
        return decoded.packets;
    }

    void frame(int linkType, byte[] bytes) {
        frame(linkType, 0, 0, bytes, bytes.length);
    }

    /** Puts foreign bytes around the frame, which must not be looked at. */
    void frame(int linkType, int interfaceNumber, long timeNanos, byte[] bytes, int original) {
        byte[] around = new byte[bytes.length + 64];
        Arrays.fill(around, (byte) 0x55);
        System.arraycopy(bytes, 0, around, 32, bytes.length);
        frame.wrap(around, 32, bytes.length, original, timeNanos, linkType, interfaceNumber);
        decoder.decode(frame, this::on);
    }

    void on(TransportPacket packet) {
        byte[] addresses = new byte[32];
        packet.copySource(addresses, 0);
        packet.copyDestination(addresses, 16);
        packets.add((packet.transport() == 6 ? "tcp " : "udp ")
                + text(addresses, 0) + ":" + packet.sourcePort() + ">" + text(addresses, 16) + ":"
                + packet.destinationPort()
                + (packet.space() == 0 ? " " : " space=" + Long.toHexString(packet.space()) + " ")
                + new String(packet.array(), packet.payloadOffset(), packet.captured(), StandardCharsets.ISO_8859_1)
                + " " + packet.captured() + "/" + packet.length());
    }

    long count(PacketStatistics.Reason reason) {
        return decoder.statistics().count(reason);
    }

    private static String text(byte[] addresses, int at) {
        try {
            byte[] address = Arrays.copyOfRange(addresses, at, at + 16);
            return InetAddress.getByAddress(address).getHostAddress().replaceAll("(:0)+:", "::");
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
