package io.kyanos.packet;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Makes headers of packets, each around what it carries. Checksums are 0: nobody looks at them. */
final class Bytes {

    static final int CLIENT_PORT = 40000;
    static final int SERVER_PORT = 7001;
    static final byte[] PAYLOAD = "request".getBytes(StandardCharsets.US_ASCII);

    private Bytes() {}

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] ethernet(int type, byte[] carried) {
        return join(hex("020000000001 020000000002"), u16(type), carried);
    }

    static byte[] ip4(int protocol, byte[] carried) {
        return ip4(protocol, 77, 0, carried);
    }

    /** @param fragment the 16 bits of flags and offset */
    static byte[] ip4(int protocol, int id, int fragment, byte[] carried) {
        return join(
                hex("4500"),
                u16(20 + carried.length),
                u16(id),
                u16(fragment),
                new byte[] {64, (byte) protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2},
                carried);
    }

    static byte[] ip6(int next, byte[] carried) {
        return join(
                hex("60000000"),
                u16(carried.length),
                new byte[] {(byte) next, 63},
                hex("fd000000000000000000000000000001 fd000000000000000000000000000002"),
                carried);
    }

    static byte[] tcp() {
        return tcp(SERVER_PORT, PAYLOAD);
    }

    static byte[] tcp(int port, byte[] payload) {
        return join(u16(CLIENT_PORT), u16(port), hex("11223344 55667788 6018 0400 0000 0000 01010101"), payload);
    }

    static byte[] udp(int port, byte[] payload) {
        return join(u16(CLIENT_PORT), u16(port), u16(8 + payload.length), u16(0), payload);
    }

    static byte[] u16(int value) {
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    static byte[] u32(long value) {
        return ByteBuffer.allocate(4).putInt((int) value).array();
    }

    /** A pcap file with one link type, and a frame each millisecond from second 100 on. */
    static byte[] pcap(ByteOrder order, int magic, int linkType, byte[]... frames) {
        ByteBuffer file = ByteBuffer.allocate(64 * 1024).order(order);
        file.putInt(magic)
                .putShort((short) 2)
                .putShort((short) 4)
                .putInt(0)
                .putInt(0)
                .putInt(262144)
                .putInt(linkType);
        int fraction = 0;
        for (byte[] frame : frames) {
            file.putInt(100).putInt(fraction).putInt(frame.length).putInt(frame.length);
            if (magic == 0xa1b2cd34) {
                file.putLong(0);
            }
            file.put(frame);
            fraction += 1000;
        }
        return taken(file);
    }

    static byte[] block(ByteOrder order, int type, byte[] body) {
        int padded = (body.length + 3) & ~3;
        ByteBuffer block = ByteBuffer.allocate(12 + padded).order(order);
        block.putInt(type).putInt(12 + padded).put(body).position(8 + padded);
        return taken(block.putInt(12 + padded));
    }

    static byte[] section(ByteOrder order) {
        ByteBuffer body = ByteBuffer.allocate(16).order(order);
        body.putInt(0x1a2b3c4d).putShort((short) 1).putShort((short) 0).putLong(-1);
        return block(order, 0x0a0d0d0a, taken(body));
    }

    static byte[] interfaceOf(ByteOrder order, int linkType, int snapLength, byte[] options) {
        ByteBuffer body = ByteBuffer.allocate(8 + options.length).order(order);
        body.putShort((short) linkType).putShort((short) 0).putInt(snapLength).put(options);
        return block(order, 1, taken(body));
    }

    static byte[] option(ByteOrder order, int code, byte[] value) {
        ByteBuffer option = ByteBuffer.allocate(4 + ((value.length + 3) & ~3)).order(order);
        option.putShort((short) code).putShort((short) value.length).put(value);
        return option.array();
    }

    static byte[] enhanced(ByteOrder order, int interfaceId, long ticks, byte[] frame, int original) {
        ByteBuffer body = ByteBuffer.allocate(20 + frame.length).order(order);
        body.putInt(interfaceId).putInt((int) (ticks >>> 32)).putInt((int) ticks);
        body.putInt(frame.length).putInt(original).put(frame);
        return block(order, 6, taken(body));
    }

    private static byte[] taken(ByteBuffer buffer) {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
