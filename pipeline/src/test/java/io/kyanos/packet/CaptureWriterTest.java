package io.kyanos.packet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CaptureWriterTest {

    private static final byte[] IP4_A = HexFormat.of().parseHex("00000000000000000000ffff0a000001");
    private static final byte[] IP4_B = HexFormat.of().parseHex("00000000000000000000ffff0a000002");
    private static final byte[] IP6_A = HexFormat.of().parseHex("fd000000000000000000000000000001");
    private static final byte[] IP6_B = HexFormat.of().parseHex("fd000000000000000000000000000002");

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final CaptureWriter writer = open();

    @Test
    void writesWhatItsReaderReads() throws IOException {
        WrittenFlow flow = new WrittenFlow(true, IP4_A, 40000, IP4_B, 6379, 1);
        byte[] request = "..GET a..".getBytes(StandardCharsets.US_ASCII);

        writer.handshake(flow, true, 100);
        writer.data(flow, true, 200, 0, 5, request, 2, 5);
        writer.data(flow, false, 300, 0, 1, request, 6, 1);
        writer.end(flow, true, false, 400, 5, 1);

        assertThat(segments())
                .containsExactly(
                        "100 >SYN -1 ack 0 ''",
                        "100 <SYN ACK -1 ack 0 ''",
                        "100 >ACK 0 ack 0 ''",
                        "200 >PSH ACK 0 ack 0 'GET a'",
                        "300 <PSH ACK 0 ack 5 'a'",
                        "400 >FIN ACK 5 ack 1 ''",
                        "400 <FIN ACK 1 ack 6 ''",
                        "400 >ACK 6 ack 2 ''");
    }

    @Test
    void leavesAHoleWhereBytesWereNotCaptured() throws IOException {
        WrittenFlow flow = new WrittenFlow(true, IP6_A, 40000, IP6_B, 6379, 2);

        writer.data(flow, false, 1, 100, 50, "abc".getBytes(StandardCharsets.US_ASCII), 0, 3);
        writer.data(flow, false, 2, 150, 1_000_000, new byte[0], 0, 0);
        writer.data(flow, false, 3, 1_000_150, 1, new byte[] {'d'}, 0, 1);
        writer.end(flow, false, true, 4, 0, 1_000_151);

        assertThat(segments())
                .containsExactly(
                        "1 <PSH ACK 100 ack 0 'abc' of 50",
                        "3 <PSH ACK 1000150 ack 0 'd'",
                        "4 <RST ACK 1000151 ack 0 ''");
    }

    @Test
    void dividesWhatNoPacketCanHold() throws IOException {
        WrittenFlow flow = new WrittenFlow(true, IP6_A, 40000, IP6_B, 6379, 2);
        byte[] bytes = new byte[200_000];
        new Random(1).nextBytes(bytes);

        writer.data(flow, true, 1, 0, bytes.length, bytes, 0, bytes.length);

        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        List<Integer> positions = new ArrayList<>();
        read(packet -> {
            positions.add(packet.sequence() - flow.localStart - 1);
            joined.write(packet.array(), packet.payloadOffset(), packet.captured());
        });
        assertThat(joined.toByteArray()).isEqualTo(bytes);
        assertThat(positions).containsExactly(0, 65_495, 130_990, 196_485);
    }

    @Test
    void writesDatagrams() throws IOException {
        WrittenFlow flow = new WrittenFlow(false, new byte[16], 40000, IP4_B, 53, 3);

        writer.datagram(flow, true, 1, 3, "abc".getBytes(StandardCharsets.US_ASCII), 0, 3);
        writer.datagram(flow, false, 2, 100_000, new byte[70_000], 0, 70_000);

        List<String> datagrams = new ArrayList<>();
        read(packet -> datagrams.add(packet.transport() + " " + packet.sourcePort() + ">" + packet.destinationPort()
                + " " + packet.captured() + "/" + packet.length()));
        assertThat(datagrams).containsExactly("17 40000>53 3/3", "17 53>40000 65507/65507");
    }

    /** The sum over what a checksum covers, itself included, is all ones. */
    @Test
    void putsInTheRightChecksums() throws IOException {
        byte[] odd = {1, 2, 3};
        writer.data(new WrittenFlow(true, IP4_A, 40000, IP4_B, 6379, 1), true, 1, 0, 3, odd, 0, 3);
        writer.data(new WrittenFlow(true, IP6_A, 40000, IP6_B, 6379, 1), true, 1, 0, 3, odd, 0, 3);
        writer.datagram(new WrittenFlow(false, IP4_A, 40000, IP4_B, 53, 1), true, 1, 3, odd, 0, 3);
        writer.datagram(new WrittenFlow(false, IP6_A, 40000, IP6_B, 53, 1), false, 1, 3, odd, 0, 3);

        int packets = 0;
        try (CaptureFile capture = CaptureFile.open(new ByteArrayInputStream(file.toByteArray()), "written")) {
            CapturedFrame frame = new CapturedFrame();
            while (capture.next(frame)) {
                byte[] ip = Arrays.copyOfRange(frame.array(), frame.offset(), frame.offset() + frame.captured());
                boolean isIp6 = ip[0] >> 4 == 6;
                int head = isIp6 ? 40 : 20;
                int addresses = isIp6 ? 8 : 12;
                long sum = sum(ip, addresses, ip.length) + ip[isIp6 ? 6 : 9] + ip.length - head;
                assertThat(sum % 0xffff).as("transport").isZero();
                assertThat(isIp6 || sum(ip, 0, 20) % 0xffff == 0).as("IPv4").isTrue();
                packets++;
            }
        }
        assertThat(packets).isEqualTo(4);
    }

    private static long sum(byte[] bytes, int from, int to) {
        long sum = 0;
        for (int at = from; at < to; at++) {
            sum += (long) (bytes[at] & 0xff) << ((at - from) % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    private List<String> segments() throws IOException {
        List<String> segments = new ArrayList<>();
        int[] start = new int[2];
        boolean[] known = new boolean[1];
        read(packet -> {
            boolean isEgress = packet.sourcePort() == 40000;
            if (!known[0]) {
                // The flows of these tests are numbered 1 and 2.
                long number = packet.sourceHigh() == 0 ? 1 : 2;
                WrittenFlow flow = new WrittenFlow(true, IP4_A, 1, IP4_B, 2, number);
                start[0] = flow.localStart;
                start[1] = flow.remoteStart;
                known[0] = true;
            }
            boolean acknowledges = packet.has(TransportPacket.ACK);
            segments.add(packet.timeNanos() + " " + (isEgress ? ">" : "<") + flags(packet) + " "
                    + (packet.sequence() - start[isEgress ? 0 : 1] - 1)
                    + " ack " + (acknowledges ? packet.acknowledgement() - start[isEgress ? 1 : 0] - 1 : 0)
                    + " '"
                    + new String(packet.array(), packet.payloadOffset(), packet.captured(), StandardCharsets.US_ASCII)
                    + "'" + (packet.captured() < packet.length() ? " of " + packet.length() : ""));
        });
        return segments;
    }

    private static String flags(TransportPacket packet) {
        List<String> names = new ArrayList<>();
        String[] all = {"FIN", "SYN", "RST", "PSH", "ACK"};
        for (int i = 0; i < all.length; i++) {
            if (packet.has(1 << i)) {
                names.add(all[i]);
            }
        }
        return String.join(" ", names);
    }

    private void read(TransportSink sink) throws IOException {
        PacketDecoder decoder = new PacketDecoder();
        CapturedFrame frame = new CapturedFrame();
        try (CaptureFile capture = CaptureFile.open(new ByteArrayInputStream(file.toByteArray()), "written")) {
            while (capture.next(frame)) {
                decoder.decode(frame, sink);
            }
            assertThat(capture.brokenOff()).isEmpty();
        }
        assertThat(decoder.statistics().packets()).isEqualTo(writer.packets());
        assertThat(file.size()).isEqualTo((int) writer.writtenBytes());
    }

    private CaptureWriter open() {
        try {
            return CaptureWriter.open(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
