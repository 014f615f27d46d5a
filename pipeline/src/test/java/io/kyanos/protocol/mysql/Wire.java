package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Bytes of packets, for tests. */
final class Wire {

    static final String OK = "\0\0\0\2\0\0\0";

    private Wire() {}

    /** A packet whose payload is Latin-1. */
    static byte[] packet(int sequence, String payload) {
        return packet(sequence, payload.getBytes(StandardCharsets.ISO_8859_1));
    }

    static byte[] packet(int sequence, byte[] payload) {
        byte[] packet = new byte[Packet.HEAD_BYTES + payload.length];
        head(packet, sequence, payload.length);
        System.arraycopy(payload, 0, packet, Packet.HEAD_BYTES, payload.length);
        return packet;
    }

    private static void head(byte[] packet, int sequence, int length) {
        packet[0] = (byte) length;
        packet[1] = (byte) (length >> 8);
        packet[2] = (byte) (length >> 16);
        packet[3] = (byte) sequence;
    }

    static byte[] query(String sql) {
        return packet(0, "\3" + sql);
    }

    static byte[] error(int sequence, int number, String message) {
        return packet(sequence, "\u00ff" + (char) (number & 0xff) + (char) (number >> 8) + "#HY000" + message);
    }

    /** One column, a row for each text, and no end of columns. */
    static byte[] rows(int sequence, byte[]... rows) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int next = sequence;
        all.writeBytes(packet(next++, "\1"));
        all.writeBytes(packet(next++, "\3def\4shop\5users\5users\2id\2id\f\77\0\13\0\0\0\3\0\0\0\0\0"));
        for (byte[] row : rows) {
            all.writeBytes(packet(next++, row));
        }
        all.writeBytes(packet(next, "\u00fe\0\0\2\0\0\0"));
        return all.toByteArray();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static ByteView view(byte[] bytes) {
        return new ByteView(bytes, 0, bytes.length);
    }
}
