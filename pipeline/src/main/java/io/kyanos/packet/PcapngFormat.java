package io.kyanos.packet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The new format: sections of blocks, each section in the byte order of who wrote it, with descriptions of interfaces
 * before the packets of these.
 *
 * <pre>
 *  0      4        8                     n-4      n
 *  +------+--------+---------------------+--------+
 *  | type | length | body, padded to 4   | length |
 *  +------+--------+---------------------+--------+
 * </pre>
 *
 * Blocks of other types (names, statistics, secrets, custom ones) are passed over.
 */
final class PcapngFormat implements FrameFormat {

    static final int SECTION_HEADER = 0x0a0d0d0a;
    static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    static final int INTERFACE_DESCRIPTION = 1;
    static final int PACKET = 2;
    static final int SIMPLE_PACKET = 3;
    static final int ENHANCED_PACKET = 6;

    private static final int BLOCK_HEAD_BYTES = 8;
    private static final int BLOCK_MIN_BYTES = 12;
    private static final int MAJOR = 1;

    private final CaptureInput input;
    private final CapturedInterfaces interfaces = new CapturedInterfaces();
    private ByteOrder order = ByteOrder.BIG_ENDIAN;
    private ByteBuffer view;
    private long lastTimeNanos;

    PcapngFormat(CaptureInput input) throws IOException {
        this.input = input;
        this.view = ByteBuffer.wrap(input.array());
        if (!input.has(BLOCK_HEAD_BYTES + 8)) {
            throw new IOException("ends within its head");
        }
        if (!beginSection()) {
            throw new IOException(String.valueOf(input.brokenOff()));
        }
    }

    static boolean isMagic(byte[] bytes, int at) {
        return NetworkOrder.i32(bytes, at) == SECTION_HEADER;
    }

    @Override
    public boolean next(CapturedFrame into) throws IOException {
        while (!input.isAtEnd()) {
            if (!input.has(BLOCK_MIN_BYTES)) {
                input.breakOff("ends within the head of a block");
                return false;
            }
            int at = look();
            int type = view.getInt(at);
            if (type == SECTION_HEADER) {
                if (!input.has(BLOCK_HEAD_BYTES + 8)) {
                    input.breakOff("ends within the head of a section");
                    return false;
                }
                if (!beginSection()) {
                    return false;
                }
                continue;
            }
            long length = Integer.toUnsignedLong(view.getInt(at + 4));
            if (length < BLOCK_MIN_BYTES) {
                input.breakOff("damaged: a block of " + length + " bytes");
                return false;
            }
            length = padded(length);
            boolean isPacket = type == ENHANCED_PACKET || type == SIMPLE_PACKET || type == PACKET;
            if (isPacket ? packet(type, length, into) : other(type, length)) {
                return true;
            }
            if (input.brokenOff() != null) {
                return false;
            }
        }
        return false;
    }

    private boolean packet(int type, long length, CapturedFrame into) throws IOException {
        if (length > CaptureInput.MAX_BYTES) {
            input.breakOff("damaged: a packet of " + length + " bytes");
            return false;
        }
        int whole = (int) length;
        if (!input.has(whole)) {
            input.breakOff("ends within a packet");
            return false;
        }
        int body = look() + BLOCK_HEAD_BYTES;
        int end = body + whole - BLOCK_MIN_BYTES;
        boolean isGood = type == SIMPLE_PACKET ? simplePacket(body, end, into) : timedPacket(type, body, end, into);
        if (!isGood) {
            input.breakOff("damaged: a packet that does not fit into its block");
            return false;
        }
        input.take(whole);
        return true;
    }

    private boolean timedPacket(int type, int body, int end, CapturedFrame into) {
        if (end - body < 20) {
            return false;
        }
        int interfaceId = type == PACKET ? view.getShort(body) & 0xffff : view.getInt(body);
        long ticks =
                Integer.toUnsignedLong(view.getInt(body + 4)) << 32 | Integer.toUnsignedLong(view.getInt(body + 8));
        long captured = Integer.toUnsignedLong(view.getInt(body + 12));
        long original = Integer.toUnsignedLong(view.getInt(body + 16));
        if (captured > end - body - 20) {
            return false;
        }
        if (interfaces.has(interfaceId)) {
            lastTimeNanos = interfaces.nanos(interfaceId, ticks);
        }
        into.wrap(
                input.array(),
                body + 20,
                (int) captured,
                original,
                lastTimeNanos,
                interfaces.linkType(interfaceId),
                interfaces.number(interfaceId));
        return true;
    }

    private boolean simplePacket(int body, int end, CapturedFrame into) {
        if (end - body < 4) {
            return false;
        }
        long original = Integer.toUnsignedLong(view.getInt(body));
        long captured = Math.min(Math.min(original, end - body - 4), interfaces.snapLength(0));
        into.wrap(
                input.array(),
                body + 4,
                (int) captured,
                original,
                lastTimeNanos,
                interfaces.linkType(0),
                interfaces.number(0));
        return true;
    }

    /** Always false: no packet. */
    private boolean other(int type, long length) throws IOException {
        if (type == INTERFACE_DESCRIPTION && length <= CaptureInput.MAX_BYTES) {
            if (!input.has((int) length)) {
                input.breakOff("ends within a block");
                return false;
            }
            int body = look() + BLOCK_HEAD_BYTES;
            interfaces.add(view, body, body + (int) length - BLOCK_MIN_BYTES);
        }
        if (!input.skip(length)) {
            input.breakOff("ends within a block");
        }
        return false;
    }

    private boolean beginSection() throws IOException {
        order = ByteOrder.BIG_ENDIAN;
        int at = look();
        int magic = view.getInt(at + BLOCK_HEAD_BYTES);
        if (magic != BYTE_ORDER_MAGIC) {
            if (Integer.reverseBytes(magic) != BYTE_ORDER_MAGIC) {
                input.breakOff("damaged: a section without its byte order");
                return false;
            }
            order = ByteOrder.LITTLE_ENDIAN;
            look();
        }
        long length = padded(Integer.toUnsignedLong(view.getInt(at + 4)));
        int major = view.getShort(at + BLOCK_HEAD_BYTES + 4);
        if (major != MAJOR) {
            input.breakOff("has a section of version " + major + " (expected: " + MAJOR + ")");
            return false;
        }
        interfaces.beginSection();
        if (!input.skip(Math.max(length, BLOCK_HEAD_BYTES + 8))) {
            input.breakOff("ends within the head of a section");
            return false;
        }
        return true;
    }

    /** Some writers leave the padding out of the length. */
    private static long padded(long length) {
        return (length + 3) & ~3L;
    }

    private int look() {
        if (view.array() != input.array()) {
            view = ByteBuffer.wrap(input.array());
        }
        view.order(order);
        return input.at();
    }
}
