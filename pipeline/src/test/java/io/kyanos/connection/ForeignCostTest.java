package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.ForeignDialogue;
import io.kyanos.protocol.ForeignDialogue.Said;
import io.kyanos.record.Side;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is not ours costs heads, then nothing: it is never named, holds no memory for long, and is no loss. */
class ForeignCostTest {

    private static final int HEAD_BYTES = 256;
    private static final int RANDOM_DIALOGUES = 400;
    /** Enough for both bounds of turns: that of all bytes and that of heads. */
    private static final int ROUNDS = 40;

    static Stream<Arguments> dialogues() {
        return ForeignDialogue.all().stream()
                .flatMap(dialogue ->
                        Stream.of(Side.CLIENT, Side.SERVER, Side.UNKNOWN).map(side -> Arguments.of(dialogue, side)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("dialogues")
    void aForeignProtocolCostsHeadsOnly(ForeignDialogue dialogue, Side side) {
        speak(side, dialogue.steps(), dialogue.name());
    }

    /** Seen from each of its steps on. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("dialogues")
    void aForeignProtocolMetInItsMiddleCostsHeadsOnly(ForeignDialogue dialogue, Side side) {
        for (int from = 1; from < dialogue.steps().size(); from++) {
            List<Said> rest = new ArrayList<>(
                    dialogue.steps().subList(from, dialogue.steps().size()));
            rest.addAll(dialogue.steps().subList(0, from));

            speak(openBefore(side), side, rest, dialogue.name() + " from step " + from);
        }
    }

    private static ConnectionUnderTest openBefore(Side side) {
        return new ConnectionUnderTest()
                .opened(
                        switch (side) {
                            case CLIENT -> EventDecoder.SIDE_CLIENT;
                            case SERVER -> EventDecoder.SIDE_SERVER;
                            case UNKNOWN -> 0;
                        },
                        EventDecoder.ORIGIN_FIRST_USE);
    }

    /** Both directions say anything of any length, often very little. */
    @Test
    void randomBytesCostHeadsOnly() {
        for (int seed = 0; seed < RANDOM_DIALOGUES; seed++) {
            Random random = new Random(seed);
            speak(
                    Side.values()[seed % 3],
                    IntStream.range(0, 6)
                            .mapToObj(i -> new Said(random.nextBoolean(), random(random)))
                            .toList(),
                    "seed " + seed);
        }
    }

    /** Random bytes, but with lengths and zeros before them, as binary protocols have. */
    @Test
    void randomFramesCostHeadsOnly() {
        for (int seed = 0; seed < RANDOM_DIALOGUES; seed++) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(4);
            boolean isLittleEndian = random.nextBoolean();
            speak(
                    Side.values()[seed % 3],
                    IntStream.range(0, 6)
                            .mapToObj(i -> new Said(random.nextBoolean(), frame(random, width, isLittleEndian)))
                            .toList(),
                    "seed " + seed);
        }
    }

    /** Words of our protocols in any order, with any line ends. */
    @Test
    void randomTextCostsHeadsOnly() {
        String[] words = {
            "GET", "SET", "PING", "PUB", "SUB", "MSG", "INFO", "CONNECT", "HTTP", "+OK", "-ERR", "POST", "a", "42", "{",
            "'", "SELECT", "OK", "QUIT", "user", "/", "*", "$5", ":1", "PRI", "1.1", "Q", "Z", "x y", "status:"
        };
        for (int seed = 0; seed < RANDOM_DIALOGUES; seed++) {
            Random random = new Random(seed);
            List<Said> said = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                StringBuilder line = new StringBuilder();
                int count = 2 + random.nextInt(5);
                for (int word = 0; word < count; word++) {
                    line.append(words[random.nextInt(words.length)]).append(random.nextInt(4) == 0 ? "; " : ", ");
                }
                line.append(random.nextBoolean() ? "\r\n" : "\n");
                said.add(new Said(random.nextBoolean(), line.toString().getBytes(StandardCharsets.ISO_8859_1)));
            }
            speak(Side.values()[seed % 3], said, "seed " + seed);
        }
    }

    /** What our own protocols say, compressed or encrypted by something that nobody knows. */
    @Test
    void compressedFlowsCostHeadsOnly() throws Exception {
        for (Flow flow : Flow.all()) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            try (DeflaterOutputStream out =
                    new DeflaterOutputStream(all, new Deflater(Deflater.DEFAULT_COMPRESSION, true), true)) {
                for (Flow.Step step : flow.steps()) {
                    out.write(step.bytes());
                    out.flush();
                }
            }
            byte[] bytes = all.toByteArray();
            List<Said> said = new ArrayList<>();
            for (int at = 0; at < bytes.length && said.size() < 20; at += 40) {
                said.add(
                        new Said(said.size() % 2 == 0, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 40))));
            }
            speak(Side.CLIENT, said, flow.protocol() + "/" + flow);
        }
    }

    /** No datagram of another protocol is taken for one of ours, and the socket is let go. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("ofDatagrams")
    void foreignDatagramsAreLetGo(ForeignDialogue dialogue, int port) {
        ConnectionUnderTest socket = new ConnectionUnderTest();
        byte[] opened =
                EventEncoder.opened(0, ConnectionUnderTest.GENERATION, 100, 3, 0, EventDecoder.ORIGIN_FIRST_USE);
        socket.on(EventEncoder.carriedBy(EventEncoder.between(opened, port, 0), EventDecoder.TRANSPORT_UDP, "", ""));
        int at = 1;
        for (int round = 0; round < ROUNDS; round++) {
            for (Said said : dialogue.steps()) {
                socket.moves(
                        at++,
                        said.byClient() ? Direction.EGRESS : Direction.INGRESS,
                        new String(said.bytes(), StandardCharsets.ISO_8859_1),
                        said.bytes().length);
            }
        }

        assertThat(socket.traced).doesNotContain(TraceState.FULL).endsWith(TraceState.OFF);
        assertNothingIsLeft(socket, dialogue.name());
        assertThat(socket.books.undecodedConnections(Undecoded.UDP)).isOne();
    }

    /** With the port of its own where that is what tells a relative of DNS. */
    static Stream<Arguments> ofDatagrams() {
        return ForeignDialogue.ofDatagrams().stream()
                .map(dialogue -> Arguments.of(
                        dialogue,
                        switch (dialogue.name()) {
                            case "udp-mdns" -> 5353;
                            case "udp-nbns" -> 137;
                            default -> 40000;
                        }));
    }

    private static void speak(Side side, List<Said> steps, String what) {
        ConnectionUnderTest connection = switch (side) {
            case CLIENT -> ConnectionUnderTest.client();
            case SERVER -> ConnectionUnderTest.server();
            case UNKNOWN -> ConnectionUnderTest.openBefore();
        };
        speak(connection, side, steps, what);
    }

    private static void speak(ConnectionUnderTest connection, Side side, List<Said> steps, String what) {
        int at = 1;
        for (int round = 0; round < ROUNDS && !connection.traced.contains(TraceState.OFF); round++) {
            for (Said said : steps) {
                boolean isHeadsOnly = connection.traced.contains(TraceState.HEADS);
                connection.moves(
                        at++,
                        said.byClient() == (side != Side.SERVER) ? Direction.EGRESS : Direction.INGRESS,
                        new String(said.bytes(), StandardCharsets.ISO_8859_1),
                        isHeadsOnly ? Math.min(HEAD_BYTES, said.bytes().length) : said.bytes().length);
                assertThat(connection.books.held().usedBytes())
                        .as(what)
                        .isLessThanOrEqualTo(isHeadsOnly ? 0 : ConnectionUnderTest.MAX_HELD_BYTES);
            }
        }
        connection.closes(at, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.traced)
                .as(what)
                .isIn(
                        List.of(),
                        List.of(TraceState.HEADS),
                        List.of(TraceState.HEADS, TraceState.OFF),
                        List.of(TraceState.OFF));
        assertNothingIsLeft(connection, what);
        assertThat(Stream.of(Undecoded.values())
                        .mapToLong(connection.books::undecodedConnections)
                        .sum())
                .as(what)
                .isOne();
    }

    /** Neither a record nor memory, nor bytes or messages that would count as a loss of some protocol of ours. */
    private static void assertNothingIsLeft(ConnectionUnderTest connection, String what) {
        assertThat(connection.records).as(what).isEmpty();
        assertThat(connection.books.held().usedBytes()).as(what).isZero();
        assertThat(connection.books.buffered().usedBytes()).as(what).isZero();
        assertThat(connection.books.unparsedBytes().keySet())
                .as(what)
                .isSubsetOf(new Books.Key("unknown", Unparsed.UNDECIDED.label()));
        assertThat(connection.books.dropped()).as(what).isEmpty();
    }

    private static byte[] random(Random random) {
        byte[] bytes = new byte[1 + random.nextInt(random.nextBoolean() ? 8 : 300)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] frame(Random random, int width, boolean isLittleEndian) {
        byte[] body = random(random);
        byte[] frame = new byte[width + body.length];
        for (int i = 0; i < width; i++) {
            int shift = 8 * (isLittleEndian ? i : width - 1 - i);
            frame[i] = (byte) (body.length >>> shift);
        }
        System.arraycopy(body, 0, frame, width, body.length);
        return frame;
    }
}
