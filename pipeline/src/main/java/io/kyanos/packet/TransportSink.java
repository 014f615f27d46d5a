package io.kyanos.packet;

/** Takes what {@link PacketDecoder} finds in frames, in their order. */
@FunctionalInterface
public interface TransportSink {

    /** Takes one segment of TCP or datagram of UDP, which is valid during the call only. */
    void on(TransportPacket packet);
}
