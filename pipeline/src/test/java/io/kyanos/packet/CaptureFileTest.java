package io.kyanos.packet;

import static io.kyanos.packet.Bytes.block;
import static io.kyanos.packet.Bytes.enhanced;
import static io.kyanos.packet.Bytes.hex;
import static io.kyanos.packet.Bytes.interfaceOf;
import static io.kyanos.packet.Bytes.join;
import static io.kyanos.packet.Bytes.option;
import static io.kyanos.packet.Bytes.pcap;
import static io.kyanos.packet.Bytes.section;
import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaptureFileTest {

    private static final byte[] ONE = hex("01");
    private static final byte[] FIVE = hex("0102030405");
    private static final byte[] NONE = {};
    private static final long SECOND = 1_000_000_000L;

    static List<ByteOrder> orders() {
        return List.of(BIG_ENDIAN, LITTLE_ENDIAN);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void readsTheOldFormat(ByteOrder order) throws IOException {
        assertThat(read(pcap(order, 0xa1b2c3d4, 113, ONE, FIVE)))
                .containsExactly("100000000000 113 if0 01/1", "100001000000 113 if0 0102030405/5");
        assertThat(read(pcap(order, 0xa1b23c4d, 1, ONE, FIVE)))
                .containsExactly("100000000000 1 if0 01/1", "100000001000 1 if0 0102030405/5");
        assertThat(read(pcap(order, 0xa1b2cd34, 1, FIVE, ONE)))
                .containsExactly("100000000000 1 if0 0102030405/5", "100001000000 1 if0 01/1");
    }

    @ParameterizedTest
    @MethodSource("orders")
    void readsTheNewFormat(ByteOrder order) throws IOException {
        byte[] nanos = option(order, 9, hex("09"));
        byte[] binary = option(order, 9, hex("8a"));
        byte[] shifted = option(order, 14, longOf(order, -50));
        byte[] name = option(order, 2, hex("657468"));
        byte[] file = join(
                section(order),
                interfaceOf(order, 1, 0, join(name, nanos, hex("00000000"))),
                interfaceOf(order, 113, 0, join(binary, shifted)),
                interfaceOf(order, 101, 3, NONE),
                block(order, 5, new byte[12]),
                enhanced(order, 0, 7 * SECOND + 1, ONE, 60),
                enhanced(order, 1, 100 * 1024 + 512, FIVE, 5),
                enhanced(order, 2, 3_000_001, FIVE, 5),
                block(order, 2, packet(order, 2, 9_000_000, ONE)),
                enhanced(order, 3, 1, ONE, 1));

        assertThat(read(file))
                .containsExactly(
                        "7000000001 1 if0 01/60",
                        "50500000000 113 if1 0102030405/5",
                        "3000001000 101 if2 0102030405/5",
                        "9000000000 101 if2 01/1",
                        "9000000000 -1 if3 01/1");
    }

    @ParameterizedTest
    @MethodSource("orders")
    void readsSimplePackets(ByteOrder order) throws IOException {
        byte[] file = join(
                section(order),
                interfaceOf(order, 1, 3, NONE),
                block(order, 3, join(intOf(order, 5), hex("010203"))),
                block(order, 3, join(intOf(order, 1), hex("09"))));

        assertThat(read(file)).containsExactly("0 1 if0 010203/5", "0 1 if0 09/1");
    }

    @Test
    void readsSectionsOfBothByteOrders() throws IOException {
        byte[] big = join(section(BIG_ENDIAN), interfaceOf(BIG_ENDIAN, 1, 0, NONE), enhanced(BIG_ENDIAN, 0, 1, ONE, 1));
        byte[] little = join(
                section(LITTLE_ENDIAN),
                interfaceOf(LITTLE_ENDIAN, 101, 0, NONE),
                enhanced(LITTLE_ENDIAN, 0, 2, ONE, 1));

        assertThat(read(join(big, little, big)))
                .containsExactly("1000 1 if0 01/1", "2000 101 if1 01/1", "1000 1 if2 01/1");
    }

    @Test
    void computesTimesOfEveryResolution() {
        assertThat(CapturedInterfaces.ticksAsNanos(0, 5)).isEqualTo(5 * SECOND);
        assertThat(CapturedInterfaces.ticksAsNanos(3, 5)).isEqualTo(5_000_000);
        assertThat(CapturedInterfaces.ticksAsNanos(12, 5_999)).isEqualTo(5);
        assertThat(CapturedInterfaces.ticksAsNanos(100, 5)).isZero();
        assertThat(CapturedInterfaces.ticksAsNanos(0x80, 5)).isEqualTo(5 * SECOND);
        assertThat(CapturedInterfaces.ticksAsNanos(0x80 | 1, 5)).isEqualTo(5 * SECOND / 2);
        assertThat(CapturedInterfaces.ticksAsNanos(0x80 | 40, (3L << 40) + (1L << 39)))
                .isEqualTo(7 * SECOND / 2);
        assertThat(CapturedInterfaces.ticksAsNanos(0xff, 5)).isZero();
    }

    @Test
    void readsWhatGzipHasPacked() throws IOException {
        byte[] file = pcap(LITTLE_ENDIAN, 0xa1b2c3d4, 1, ONE, FIVE);
        byte[] members = join(gzip(Arrays.copyOf(file, 50)), gzip(Arrays.copyOfRange(file, 50, file.length)));

        assertThat(CaptureFile.isCapture(members)).isTrue();
        assertThat(read(gzip(file))).isEqualTo(read(file));
        assertThat(read(members)).isEqualTo(read(file));
        try (CaptureFile slow = CaptureFile.open(slowly(members), "slow")) {
            assertThat(rest(slow)).isEqualTo(read(file));
        }
    }

    @Test
    void givesAFrameBeforeTheNextOneIsThere() throws IOException {
        byte[] file = pcap(LITTLE_ENDIAN, 0xa1b2c3d4, 1, FIVE);
        InputStream live = new InputStream() {
            private final InputStream there = new ByteArrayInputStream(file);

            @Override
            public int read() {
                throw new AssertionError("waits for one byte");
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                int read = there.read(target, offset, length);
                assertThat(read).as("waits for what nobody needs").isPositive();
                return read;
            }
        };

        try (CaptureFile capture = CaptureFile.open(live, "-")) {
            assertThat(capture.next(new CapturedFrame())).isTrue();
        }
    }

    @Test
    void tellsWhatIsACapture() throws IOException {
        assertThat(CaptureFile.isCapture(pcap(BIG_ENDIAN, 0xa1b2c3d4, 1))).isTrue();
        assertThat(CaptureFile.isCapture(section(LITTLE_ENDIAN))).isTrue();
        assertThat(CaptureFile.isCapture(gzip(section(LITTLE_ENDIAN)))).isTrue();
        assertThat(CaptureFile.isCapture(gzip("no capture".getBytes(StandardCharsets.US_ASCII))))
                .isFalse();
        assertThat(CaptureFile.isCapture(hex("1f8b"))).isFalse();
        assertThat(CaptureFile.isCapture(hex("a1b2c3"))).isFalse();
        assertThat(CaptureFile.isCapture(NONE)).isFalse();
        assertThat(CaptureFile.isCapture("KYANOS\r\n".getBytes(StandardCharsets.US_ASCII)))
                .isFalse();
    }

    @Test
    void refusesInWordsWhatItCannotRead() throws IOException {
        byte[] future = pcap(BIG_ENDIAN, 0xa1b2c3d4, 1);
        future[5] = 3;

        refuses(NONE, "read packet capture a file: is neither pcap nor pcapng");
        refuses(gzip(ONE), "read packet capture a file: is neither pcap nor pcapng");
        refuses(hex("1f8b00"), "read packet capture a file: its compressed data is damaged");
        refuses(hex("a1b2c3d4"), "read packet capture a file: ends within its head");
        refuses(future, "read packet capture a file: has version 3.4 (expected: 2.x)");
        refuses(
                hex("0a0d0d0a 0000001c 00000000 0001 0000"),
                "read packet capture a file: damaged: a section without its byte order, at byte 0");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsACutFileUpToItsEndAndTellsThat(boolean isNew) throws IOException {
        byte[] file = isNew
                ? join(
                        section(LITTLE_ENDIAN),
                        interfaceOf(LITTLE_ENDIAN, 1, 0, NONE),
                        enhanced(LITTLE_ENDIAN, 0, 1, ONE, 1),
                        enhanced(LITTLE_ENDIAN, 0, 2, FIVE, 5))
                : pcap(LITTLE_ENDIAN, 0xa1b2c3d4, 1, ONE, FIVE);
        List<String> whole = read(file);
        int borders = 0;
        for (int length = 28; length < file.length; length++) {
            try (CaptureFile capture = CaptureFile.open(new ByteArrayInputStream(Arrays.copyOf(file, length)), "cut")) {
                List<String> frames = rest(capture);

                assertThat(frames).isEqualTo(whole.subList(0, frames.size()));
                assertThat(capture.next(new CapturedFrame())).isFalse();
                borders += capture.brokenOff().isEmpty() ? 1 : 0;
                assertThat(capture.brokenOff().orElse("ends within")).contains("ends within");
            }
        }
        assertThat(borders).isEqualTo(isNew ? 3 : 1);
    }

    @Test
    void readsACutGzipFileUpToItsEnd() throws IOException {
        byte[] packed = gzip(pcap(LITTLE_ENDIAN, 0xa1b2c3d4, 1, ONE, FIVE));
        try (CaptureFile capture =
                CaptureFile.open(new ByteArrayInputStream(Arrays.copyOf(packed, packed.length - 9)), "cut")) {
            assertThat(rest(capture)).hasSizeBetween(1, 2);
            assertThat(capture.brokenOff())
                    .hasValueSatisfying(why -> assertThat(why).contains("compressed data ends"));
        }
    }

    @Test
    void endsAtLengthsThatCannotBe() throws IOException {
        byte[] start = join(section(BIG_ENDIAN), interfaceOf(BIG_ENDIAN, 1, 0, NONE));
        byte[] huge = pcap(BIG_ENDIAN, 0xa1b2c3d4, 1, ONE);
        huge[32] = (byte) 0xff;

        endsAt(huge, "damaged: a packet of 4278190081 bytes, at byte 24");
        endsAt(join(start, hex("00000006 ffffffff 00000000")), "damaged: a packet of 4294967296 bytes, at byte 48");
        endsAt(join(start, hex("00000006 00000008 00000000")), "damaged: a block of 8 bytes, at byte 48");
        endsAt(join(start, hex("00000005 fffffffc 00000000")), "ends within a block, at byte 60");
        endsAt(
                join(start, hex("00000006 00000020 00000000 00000000 00000000 00000001 00000001 00000020")),
                "damaged: a packet that does not fit into its block, at byte 48");
        endsAt(join(start, hex("00000003 00000008 0000000c")), "damaged: a block of 8 bytes, at byte 48");
    }

    @Test
    void describesABoundedNumberOfInterfaces() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(section(BIG_ENDIAN));
        for (int i = 0; i < CapturedInterfaces.MAX_INTERFACES + 1; i++) {
            file.writeBytes(interfaceOf(BIG_ENDIAN, 101, 0, NONE));
        }
        file.writeBytes(enhanced(BIG_ENDIAN, 4095, 1, ONE, 1));
        file.writeBytes(enhanced(BIG_ENDIAN, 4096, 1, ONE, 1));

        assertThat(read(file.toByteArray())).containsExactly("1000 101 if4095 01/1", "1000 -1 if4096 01/1");
    }

    private static void endsAt(byte[] file, String reason) throws IOException {
        try (CaptureFile capture = CaptureFile.open(new ByteArrayInputStream(file), "a file")) {
            assertThat(rest(capture)).isEmpty();
            assertThat(capture.brokenOff()).contains(reason);
        }
    }

    private static void refuses(byte[] file, String message) {
        assertThatThrownBy(() -> CaptureFile.open(new ByteArrayInputStream(file), "a file"))
                .isInstanceOf(CaptureException.class)
                .hasMessage(message);
    }

    private static List<String> read(byte[] file) throws IOException {
        try (CaptureFile capture = CaptureFile.open(new ByteArrayInputStream(file), "a file")) {
            List<String> frames = rest(capture);
            assertThat(capture.brokenOff()).isEmpty();
            return frames;
        }
    }

    private static List<String> rest(CaptureFile capture) throws IOException {
        List<String> frames = new ArrayList<>();
        CapturedFrame frame = new CapturedFrame();
        while (capture.next(frame)) {
            byte[] bytes = Arrays.copyOfRange(frame.array(), frame.offset(), frame.offset() + frame.captured());
            frames.add(frame.timeNanos() + " " + frame.linkType() + " if" + frame.interfaceNumber() + " "
                    + HexFormat.of().formatHex(bytes) + "/" + frame.original());
        }
        return frames;
    }

    /** One byte at a time, and as a pipe does, none is announced. */
    private static InputStream slowly(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] target, int offset, int length) {
                return super.read(target, offset, Math.min(length, 1));
            }

            @Override
            public synchronized int available() {
                return 0;
            }
        };
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        }
        return packed.toByteArray();
    }

    private static byte[] packet(ByteOrder order, int interfaceId, int ticks, byte[] frame) {
        ByteBuffer body = ByteBuffer.allocate(20 + frame.length).order(order);
        body.putShort((short) interfaceId).putShort((short) 0).putInt(0).putInt(ticks);
        return body.putInt(frame.length).putInt(frame.length).put(frame).array();
    }

    private static byte[] longOf(ByteOrder order, long value) {
        return ByteBuffer.allocate(8).order(order).putLong(value).array();
    }

    private static byte[] intOf(ByteOrder order, int value) {
        return ByteBuffer.allocate(4).order(order).putInt(value).array();
    }
}
