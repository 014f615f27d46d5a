package io.kyanos.packet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Makes a pcap of packets between a client, 10.0.0.1, and a server, 10.0.0.2: raw IP, times in nanoseconds since the epoch.
 * Each packet comes 1 ms after the one before.
 */
public final class CaptureMaker {

    /** When the first packet comes. */
    public static final long START = 1_700_000_000_000_000_000L;

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;
    private static final int NANOSECONDS_MAGIC = 0xa1b23c4d;
    private static final int LINKTYPE_RAW = 101;
    private static final int SNAPLEN = 262_144;
    private static final int CLIENT = 0x0a000001;
    private static final int SERVER = 0x0a000002;

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private long at = START - MILLI;
    private int snaplen = SNAPLEN;

    /** A capture with no packet. */
    public CaptureMaker() {
        ByteBuffer header = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(NANOSECONDS_MAGIC)
                .putShort((short) 2)
                .putShort((short) 4)
                .putInt(0)
                .putInt(0);
        header.putInt(SNAPLEN).putInt(LINKTYPE_RAW);
        file.writeBytes(header.array());
    }

    public CaptureMaker waits(long millis) {
        at += millis * MILLI;
        return this;
    }

    /** Of each packet no more is captured from here on, its headers included. */
    public CaptureMaker cutAt(int bytes) {
        snaplen = bytes;
        return this;
    }

    /** A connection in which the client asks once, from its first packet to its last. */
    public CaptureMaker exchange(int clientPort, int serverPort, String request, String response) {
        int asked = 101 + request.length();
        int answered = 501 + response.length();
        return tcp(true, clientPort, serverPort, "S", 100, 0, "")
                .tcp(false, clientPort, serverPort, "SA", 500, 101, "")
                .tcp(true, clientPort, serverPort, "PA", 101, 501, request)
                .tcp(false, clientPort, serverPort, "PA", 501, asked, response)
                .tcp(true, clientPort, serverPort, "FA", asked, answered, "")
                .tcp(false, clientPort, serverPort, "FA", answered, asked + 1, "")
                .tcp(true, clientPort, serverPort, "A", asked + 1, answered + 1, "");
    }

    /** A segment. Flags are letters of FSRPA. */
    public CaptureMaker tcp(
            boolean byClient,
            int clientPort,
            int serverPort,
            String flags,
            int sequence,
            int acknowledgement,
            String payload) {
        byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer segment = ByteBuffer.allocate(20 + bytes.length);
        ports(segment, byClient, clientPort, serverPort);
        segment.putInt(sequence).putInt(acknowledgement).put((byte) 0x50).put((byte) flags(flags));
        segment.putShort((short) 1000).putInt(0).put(bytes);
        return ip(byClient, 6, segment.array());
    }

    /** A datagram. */
    public CaptureMaker udp(boolean byClient, int clientPort, int serverPort, byte[] payload) {
        ByteBuffer datagram = ByteBuffer.allocate(8 + payload.length);
        ports(datagram, byClient, clientPort, serverPort);
        datagram.putShort((short) (8 + payload.length)).putShort((short) 0).put(payload);
        return ip(byClient, 17, datagram.array());
    }

    /** All that has been made since the last call. */
    public byte[] take() {
        byte[] taken = file.toByteArray();
        file.reset();
        return taken;
    }

    private static void ports(ByteBuffer to, boolean byClient, int clientPort, int serverPort) {
        to.putShort((short) (byClient ? clientPort : serverPort))
                .putShort((short) (byClient ? serverPort : clientPort));
    }

    private CaptureMaker ip(boolean byClient, int protocol, byte[] carried) {
        ByteBuffer packet = ByteBuffer.allocate(20 + carried.length);
        packet.putShort((short) 0x4500).putShort((short) (20 + carried.length)).putInt(0);
        packet.put((byte) 64).put((byte) protocol).putShort((short) 0);
        packet.putInt(byClient ? CLIENT : SERVER)
                .putInt(byClient ? SERVER : CLIENT)
                .put(carried);
        at += MILLI;
        int captured = Math.min(packet.capacity(), snaplen);
        ByteBuffer record = ByteBuffer.allocate(16 + captured).order(ByteOrder.LITTLE_ENDIAN);
        record.putInt((int) (at / SECOND))
                .putInt((int) (at % SECOND))
                .putInt(captured)
                .putInt(packet.capacity());
        record.put(packet.array(), 0, captured);
        file.writeBytes(record.array());
        return this;
    }

    private static int flags(String letters) {
        int flags = 0;
        for (char letter : letters.toCharArray()) {
            flags |= 1 << "FSRPA".indexOf(letter);
        }
        return flags;
    }
}
