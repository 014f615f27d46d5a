package io.kyanos.packet;

import io.kyanos.fuzz.FuzzTarget;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A file that may or may not be a capture: each frame of it is decoded, within its bounds. */
/*
 * The input's first byte: bit 0, whether a file follows; otherwise frames do, of the link type that its other bits choose,
 * each behind a byte that has its length.
 */
public final class PacketFuzz implements FuzzTarget {

    private static final PacketFuzz TARGET = new PacketFuzz();
    private static final int[] LINK_TYPES = {101, 1, 113, 276, 0, 108, 9, 12};

    private final CapturedFrame frame = new CapturedFrame();

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    @Override
    public void run(byte[] input) {
        if (input.length == 0) {
            return;
        }
        PacketDecoder decoder = new PacketDecoder();
        long frames = (input[0] & 1) == 0
                ? frames(input, LINK_TYPES[(input[0] & 0xff) >> 1 & 7], decoder)
                : file(Arrays.copyOfRange(input, 1, input.length), decoder);
        decoder.finish();
        PacketStatistics statistics = decoder.statistics();
        check(statistics.frames() == frames, "frames");
        long explained = statistics.packets() - statistics.count(PacketStatistics.Reason.PAYLOAD_CUT);
        for (PacketStatistics.Reason reason : PacketStatistics.Reason.values()) {
            explained += statistics.count(reason);
        }
        check(explained >= 0 && statistics.packets() <= frames, "more packets than frames");
    }

    private long file(byte[] bytes, PacketDecoder decoder) {
        CaptureFile.isCapture(bytes);
        long frames = 0;
        try (CaptureFile capture = CaptureFile.open(new ByteArrayInputStream(bytes), "fuzz")) {
            while (capture.next(frame)) {
                frames++;
                check(
                        frame.offset() >= 0
                                && frame.captured() >= 0
                                && frame.offset() + frame.captured() <= frame.array().length,
                        "place of a frame");
                check(frame.array().length <= 4 * CaptureInput.MAX_BYTES, "memory of a frame");
                decoder.decode(frame, PacketFuzz::look);
            }
            check(!capture.next(frame), "something after the end");
        } catch (CaptureException refused) {
            check(String.valueOf(refused.getMessage()).contains("fuzz"), "a message in words");
        } catch (IOException e) {
            throw new AssertionError("not in words", e);
        }
        return frames;
    }

    private long frames(byte[] input, int linkType, PacketDecoder decoder) {
        long frames = 0;
        int at = 1;
        while (at < input.length) {
            int length = Math.min(input[at] & 0xff, input.length - at - 1);
            at++;
            // In an array of its own: what looks beyond it fails.
            byte[] bytes = Arrays.copyOfRange(input, at, at + length);
            frame.wrap(bytes, 0, length, length + (length & 1) * 40L, frames * 1000, linkType, 0);
            decoder.decode(frame, PacketFuzz::look);
            at += length;
            frames++;
        }
        return frames;
    }

    private static void look(TransportPacket packet) {
        int offset = packet.payloadOffset();
        check(offset >= 0 && packet.captured() >= 0, "place of a payload");
        check(offset + packet.captured() <= packet.array().length, "end of a payload");
        check(packet.captured() <= packet.length(), "more captured than there was");
        check(packet.transport() == 6 || packet.transport() == 17, "transport");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        List<byte[]> frames = new ArrayList<>();
        for (PacketDecoderTest.Carried carried : PacketDecoderTest.ways().values()) {
            for (int i = 0; i < LINK_TYPES.length; i++) {
                if (LINK_TYPES[i] == carried.linkType()) {
                    byte[] head = {(byte) (i << 1), (byte) carried.bytes().length};
                    seeds.add(Bytes.join(head, carried.bytes()));
                }
            }
            if (carried.linkType() == 101) {
                frames.add(carried.bytes());
            }
        }
        byte[] file = {1};
        byte[][] some = frames.subList(0, 6).toArray(byte[][]::new);
        seeds.add(Bytes.join(file, Bytes.pcap(ByteOrder.LITTLE_ENDIAN, 0xa1b2c3d4, 101, some)));
        ByteOrder order = ByteOrder.BIG_ENDIAN;
        seeds.add(Bytes.join(
                file,
                Bytes.section(order),
                Bytes.interfaceOf(order, 101, 0, Bytes.option(order, 9, new byte[] {9})),
                Bytes.enhanced(order, 0, 7, some[0], some[0].length)));
        return seeds;
    }
}
