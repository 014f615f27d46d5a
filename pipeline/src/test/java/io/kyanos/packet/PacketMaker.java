package io.kyanos.packet;

/** Makes packets as a decoder hands them on, for tests of what takes them: between 10.0.0.1 and 10.0.0.2. */
public final class PacketMaker {

    private static final int FIRST = 0x0a000001;
    private static final int SECOND = 0x0a000002;

    private PacketMaker() {}

    /**
     * A packet of either transport.
     *
     * @param bySecond it is sent by 10.0.0.2
     * @param captured so many bytes of the payload, which is not copied
     */
    public static TransportPacket packet(
            int transport,
            long timeNanos,
            boolean bySecond,
            int sourcePort,
            int destinationPort,
            int flags,
            int sequence,
            int acknowledgement,
            byte[] payload,
            int captured) {
        TransportPacket packet = new TransportPacket();
        packet.ip4(bySecond ? SECOND : FIRST, bySecond ? FIRST : SECOND);
        packet.transport = transport;
        packet.timeNanos = timeNanos;
        packet.sourcePort = sourcePort;
        packet.destinationPort = destinationPort;
        packet.flags = flags;
        packet.sequence = sequence;
        packet.acknowledgement = acknowledgement;
        packet.array = payload;
        packet.captured = captured;
        packet.length = payload.length;
        return packet;
    }
}
