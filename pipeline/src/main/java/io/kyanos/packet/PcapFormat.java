package io.kyanos.packet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The old format: one link type, and each frame with a head of its own.
 *
 * <pre>
 *  0      4       6       8      12     16        20
 *  +------+-------+-------+------+------+---------+-----------+
 *  | magic| major | minor | zone | sigs | snaplen | link type |     the file's head
 *  +------+-------+-------+------+------+---------+-----------+
 *
 *  0         4          8          12         16
 *  +---------+----------+----------+----------+------
 *  | seconds | fraction | captured | original | bytes ...           a frame
 *  +---------+----------+----------+----------+------
 * </pre>
 *
 * A patched libpcap of Linux 2.2 wrote frames with eight more bytes in their heads.
 */
final class PcapFormat implements FrameFormat {

    private static final int MAGIC_MICROS = 0xa1b2c3d4;
    private static final int MAGIC_NANOS = 0xa1b23c4d;
    private static final int MAGIC_PATCHED = 0xa1b2cd34;

    private static final int FILE_HEAD_BYTES = 24;
    private static final int FRAME_HEAD_BYTES = 16;
    private static final int PATCHED_FRAME_HEAD_BYTES = 24;
    private static final int MAJOR = 2;
    /* Before this minor version, the two lengths are the other way round. */
    private static final int ORDERED_LENGTHS_MINOR = 3;

    private static final long MAX_FRAME_BYTES = CaptureInput.MAX_BYTES - PATCHED_FRAME_HEAD_BYTES;

    private final CaptureInput input;
    private final ByteOrder order;
    private final int frameHeadBytes;
    private final long nanosPerFraction;
    private final boolean swapsLengths;
    private final int linkType;
    private ByteBuffer view;

    PcapFormat(CaptureInput input) throws IOException {
        this.input = input;
        if (!input.has(FILE_HEAD_BYTES)) {
            throw new IOException("ends within its head");
        }
        int at = input.at();
        this.order = magicIn(ByteOrder.BIG_ENDIAN, input.array(), at) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        this.view = ByteBuffer.wrap(input.array()).order(order);
        int magic = view.getInt(at);
        int major = view.getShort(at + 4);
        int minor = view.getShort(at + 6);
        if (major != MAJOR) {
            throw new IOException("has version " + major + "." + minor + " (expected: " + MAJOR + ".x)");
        }
        this.frameHeadBytes = magic == MAGIC_PATCHED ? PATCHED_FRAME_HEAD_BYTES : FRAME_HEAD_BYTES;
        this.nanosPerFraction = magic == MAGIC_NANOS ? 1 : 1000;
        this.swapsLengths = minor < ORDERED_LENGTHS_MINOR;
        this.linkType = view.getInt(at + 20) & 0xffff;
        input.take(FILE_HEAD_BYTES);
    }

    static boolean isMagic(byte[] bytes, int at) {
        return magicIn(ByteOrder.BIG_ENDIAN, bytes, at) || magicIn(ByteOrder.LITTLE_ENDIAN, bytes, at);
    }

    @Override
    public boolean next(CapturedFrame into) throws IOException {
        if (input.isAtEnd()) {
            return false;
        }
        if (!input.has(frameHeadBytes)) {
            input.breakOff("ends within the head of a packet");
            return false;
        }
        int at = look();
        long seconds = Integer.toUnsignedLong(view.getInt(at));
        long fraction = Integer.toUnsignedLong(view.getInt(at + 4));
        long captured = Integer.toUnsignedLong(view.getInt(at + (swapsLengths ? 12 : 8)));
        long original = Integer.toUnsignedLong(view.getInt(at + (swapsLengths ? 8 : 12)));
        if (captured > MAX_FRAME_BYTES) {
            input.breakOff("damaged: a packet of " + captured + " bytes");
            return false;
        }
        if (!input.has(frameHeadBytes + (int) captured)) {
            input.breakOff("ends within a packet");
            return false;
        }
        at = look();
        into.wrap(
                input.array(),
                at + frameHeadBytes,
                (int) captured,
                original,
                seconds * 1_000_000_000L + fraction * nanosPerFraction,
                linkType,
                0);
        input.take(frameHeadBytes + (int) captured);
        return true;
    }

    private int look() {
        if (view.array() != input.array()) {
            view = ByteBuffer.wrap(input.array()).order(order);
        }
        return input.at();
    }

    private static boolean magicIn(ByteOrder order, byte[] bytes, int at) {
        int magic = NetworkOrder.i32(bytes, at);
        int ordered = order == ByteOrder.BIG_ENDIAN ? magic : Integer.reverseBytes(magic);
        return ordered == MAGIC_MICROS || ordered == MAGIC_NANOS || ordered == MAGIC_PATCHED;
    }
}
