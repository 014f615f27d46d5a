package io.kyanos.reassembly;

import io.kyanos.packet.PacketMaker;
import io.kyanos.packet.TransportPacket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Gives a reassembly the packets of a client, 10.0.0.1:40000, and a server, 10.0.0.2:80. Each comes 1 ms after the one before. */
final class Wire {

    static final int CLIENT_PORT = 40000;
    static final int SERVER_PORT = 80;
    private static final long MILLI = 1_000_000;

    final Heard heard = new Heard();
    final Reassembly reassembly;
    private int clientPort = CLIENT_PORT;
    private long at = 1_700_000_000_000_000_000L;

    Wire() {
        this(new ReassemblySettings(64, 1 << 20, 4 << 20));
    }

    Wire(ReassemblySettings settings) {
        reassembly = new Reassembly(heard, settings, 42);
    }

    Wire waits(long millis) {
        at += millis * MILLI;
        return this;
    }

    Wire fromPort(int port) {
        clientPort = port;
        return this;
    }

    long now() {
        return at;
    }

    /** A packet of the client. Flags are letters of FSRPA. */
    Wire client(String flags, int sequence, int acknowledgement, String payload) {
        return give(true, flags, sequence, acknowledgement, payload, payload.length());
    }

    /** A packet of the server. */
    Wire server(String flags, int sequence, int acknowledgement, String payload) {
        return give(false, flags, sequence, acknowledgement, payload, payload.length());
    }

    Wire give(boolean byClient, String flags, int sequence, int acknowledgement, String payload, int captured) {
        at += MILLI;
        reassembly.on(packet(
                at,
                byClient,
                clientPort,
                6,
                flags,
                sequence,
                acknowledgement,
                payload.getBytes(StandardCharsets.ISO_8859_1),
                captured));
        return this;
    }

    Wire datagram(boolean byClient, String payload) {
        at += MILLI;
        reassembly.on(packet(
                at,
                byClient,
                clientPort,
                17,
                "",
                0,
                0,
                payload.getBytes(StandardCharsets.ISO_8859_1),
                payload.length()));
        return this;
    }

    /** All that has come is all there is. */
    Wire ends() {
        while (reassembly.endNext()) {
            // the next one
        }
        return this;
    }

    static TransportPacket packet(
            long at,
            boolean byClient,
            int clientPort,
            int transport,
            String flags,
            int sequence,
            int acknowledgement,
            byte[] payload,
            int captured) {
        return PacketMaker.packet(
                transport,
                at,
                !byClient,
                byClient ? clientPort : SERVER_PORT,
                byClient ? SERVER_PORT : clientPort,
                flags(flags),
                sequence,
                acknowledgement,
                payload,
                captured);
    }

    private static int flags(String letters) {
        int flags = 0;
        for (char letter : letters.toLowerCase(Locale.ROOT).toCharArray()) {
            flags |= 1 << "fsrpa".indexOf(letter);
        }
        return flags;
    }
}
