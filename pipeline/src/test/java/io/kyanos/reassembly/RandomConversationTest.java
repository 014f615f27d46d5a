package io.kyanos.reassembly;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.packet.TransportPacket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever becomes of its packets: each byte of a connection is told once, as it was sent, unless no packet had it. */
class RandomConversationTest {

    private static final int MAX_BYTES = 40_000;
    private static final int CONVERSATIONS = 60;
    private static final long START = 1_700_000_000_000_000_000L;
    private static final long BETWEEN_PACKETS = 50_000;

    /** How a capture differs from what passed. */
    private record Capture(double missed, double doubled, double moved, double cut) {}

    /** What the reassembly is given, and which bytes that holds. */
    private static final class Captured {
        private final List<Conversation.Packet> packets = new ArrayList<>();
        private final List<Integer> lengths = new ArrayList<>();
        private final BitSet[] bytes = {new BitSet(), new BitSet()};
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void tellsEveryByteOfWhatIsWhole(long seed) {
        check(seed, 0.05, new Capture(0, 0, 0, 0), true);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15})
    void tellsEveryByteOfWhatIsOutOfOrderAndDouble(long seed) {
        check(seed, 0.2, new Capture(0, 0.2, 0.3, 0), true);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
    void leavesOutExactlyWhatNoPacketHas(long seed) {
        check(seed, 0.1, new Capture(0.1, 0.1, 0, 0), false);
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33, 34})
    void tellsWhatSnaplenHasLeft(long seed) {
        check(seed, 0.1, new Capture(0.05, 0.1, 0, 0.3), false);
    }

    private static void check(long seed, double loss, Capture capture, boolean whole) {
        for (int i = 0; i < CONVERSATIONS; i++) {
            long one = seed * 1000 + i;
            Conversation conversation = new Conversation(one, MAX_BYTES, loss);
            Captured captured = capture(conversation, capture, new Random(one));
            Heard heard = reassemble(conversation, captured, new Random(-one));

            for (int by = 0; by < 2; by++) {
                byte[] sent = conversation.streams[by];
                BitSet told = told(heard, by, sent, one);
                BitSet expected = captured.bytes[by];
                assertThat(told)
                        .as("bytes of direction %d, conversation %d", by, one)
                        .isEqualTo(expected);
                if (whole) {
                    assertThat(told.cardinality()).as("conversation %d", one).isEqualTo(sent.length);
                }
            }
            assertThat(heard.opened).as("conversation %d", one).hasSize(1);
        }
    }

    private static Captured capture(Conversation conversation, Capture capture, Random random) {
        List<Conversation.Packet> passed = new ArrayList<>();
        for (Conversation.Packet packet : conversation.packets) {
            if (random.nextDouble() >= capture.missed()) {
                passed.add(packet);
            }
            if (random.nextDouble() < capture.doubled()) {
                passed.add(packet);
            }
        }
        for (int i = 0; i < passed.size(); i++) {
            if (random.nextDouble() < capture.moved()) {
                passed.add(Math.min(passed.size() - 1, i + 1 + random.nextInt(12)), passed.remove(i));
            }
        }
        Captured captured = new Captured();
        for (Conversation.Packet packet : passed) {
            int length = random.nextDouble() < capture.cut() ? random.nextInt(packet.length() + 1) : packet.length();
            captured.packets.add(packet);
            captured.lengths.add(length);
        }
        for (int by = 0; by < 2; by++) {
            BitSet decided = new BitSet();
            for (int i = 0; i < captured.packets.size(); i++) {
                Conversation.Packet packet = captured.packets.get(i);
                if (packet.byClient() != (by == 0)) {
                    continue;
                }
                // Of what comes twice the first counts, also where it was cut.
                for (int at = 0; at < packet.length(); at++) {
                    int position = (int) packet.position() + at;
                    if (!decided.get(position)) {
                        decided.set(position);
                        captured.bytes[by].set(position, at < captured.lengths.get(i));
                    }
                }
            }
        }
        return captured;
    }

    private static Heard reassemble(Conversation conversation, Captured captured, Random random) {
        Heard heard = new Heard();
        Reassembly reassembly = new Reassembly(heard, new ReassemblySettings(4, 1 << 20, 1 << 20), 7);
        int[] bases = {-random.nextInt(2 * MAX_BYTES), -random.nextInt(2 * MAX_BYTES)};
        long at = START;
        reassembly.on(packet(at, true, "S", bases[0] - 1, 0, new byte[0], 0));
        reassembly.on(packet(at, false, "SA", bases[1] - 1, bases[0], new byte[0], 0));
        for (int i = 0; i < captured.packets.size(); i++) {
            Conversation.Packet packet = captured.packets.get(i);
            int by = packet.byClient() ? 0 : 1;
            at += BETWEEN_PACKETS;
            byte[] payload = Arrays.copyOfRange(
                    conversation.streams[by], (int) packet.position(), (int) packet.position() + packet.length());
            reassembly.on(packet(
                    at,
                    packet.byClient(),
                    packet.flags(),
                    bases[by] + (int) packet.position(),
                    bases[1 - by] + (int) packet.acknowledged(),
                    payload,
                    captured.lengths.get(i)));
        }
        while (reassembly.endNext()) {
            // the next one
        }
        assertThat(reassembly.heldBytes()).isZero();
        assertThat(reassembly.flows()).isZero();
        return heard;
    }

    private static TransportPacket packet(
            long at, boolean byClient, String flags, int sequence, int acknowledgement, byte[] payload, int captured) {
        return Wire.packet(at, byClient, Wire.CLIENT_PORT, 6, flags, sequence, acknowledgement, payload, captured);
    }

    /** The positions that were told, each once, in order, with the bytes that were sent. */
    private static BitSet told(Heard heard, int by, byte[] sent, long conversation) {
        BitSet told = new BitSet();
        long next = 0;
        for (Heard.Bytes bytes : heard.bytes) {
            if ((bytes.direction() == Direction.EGRESS) != (by == 0)) {
                continue;
            }
            assertThat(bytes.position())
                    .as("order, conversation %d", conversation)
                    .isGreaterThanOrEqualTo(next);
            next = bytes.position() + bytes.length();
            int from = (int) bytes.position();
            byte[] expected = Arrays.copyOfRange(sent, from, from + bytes.captured().length);
            assertThat(bytes.captured())
                    .as("bytes, conversation %d", conversation)
                    .isEqualTo(expected);
            told.set(from, from + bytes.captured().length);
        }
        return told;
    }
}
