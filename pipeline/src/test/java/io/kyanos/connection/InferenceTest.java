package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventEncoder;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Side;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InferenceTest {

    private static final String GET = "GET /users HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String REDIS_GET = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";

    private static final String PUSH = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nm\r\n";

    private final long[] positions = new long[2];

    @Test
    void knowsTheProtocolByTheFirstBytesOfARequest() {
        Inference inference = inference(Side.CLIENT, true);

        assertThat(writes(inference, GET)).isTrue();

        assertThat(inference.protocol()).extracting(protocol -> protocol.name()).isEqualTo("http");
    }

    @Test
    void joinsTheFirstBytesHoweverTheyAreCut() {
        Inference inference = inference(Side.SERVER, true);

        int decided = readsByteByByte(inference, REDIS_GET);

        assertThat(decided).isPositive();
        assertThat(inference.protocol()).extracting(protocol -> protocol.name()).isEqualTo("redis");
    }

    @Test
    void looksAtNothingButTheFirstBytesWhereTheBeginningWasSeen() {
        Inference inference = inference(Side.CLIENT, true);

        assertThat(writes(inference, "?".repeat(300))).isFalse();
        assertThat(writes(inference, GET)).isFalse();
    }

    @Test
    void looksAnywhereOnceTheBeginningIsMissing() {
        Inference inference = inference(Side.CLIENT, true);
        positions[0] = 1000;

        assertThat(writes(inference, GET)).isTrue();
    }

    @Test
    void looksAnywhereWhenAsked() {
        Inference inference = inference(Side.CLIENT, true);
        writes(inference, "?".repeat(300));

        inference.startAnywhere();

        assertThat(writes(inference, GET)).isTrue();
    }

    @Test
    void findsAMessageInTheMiddleHoweverItIsCut() {
        Inference inference = inference(Side.UNKNOWN, false);
        readsByteByByte(inference, "lue that began before\r\n");

        assertThat(readsByteByByte(inference, REDIS_GET)).isPositive();

        assertThat(inference.side()).isEqualTo(Side.SERVER);
    }

    @Test
    void startsOverWhereBytesAreMissing() {
        Inference inference = inference(Side.UNKNOWN, false);

        assertThat(writes(inference, "GET /users HT".substring(0, 3))).isFalse();
        positions[0] += 1;
        assertThat(writes(inference, "/users HTTP/1.1\r\nHost: h\r\n\r\n")).isFalse();
    }

    @Test
    void ignoresAGuessThatContradictsAKnownSide() {
        Inference inference = inference(Side.CLIENT, false);

        assertThat(reads(inference, GET)).as("a client reads no requests").isFalse();
        assertThat(inference.side()).isEqualTo(Side.CLIENT);
    }

    @Test
    void learnsAnUnknownSideOfResponsesOnlyWhenSeveralHaveCome() {
        Inference inference = inference(Side.UNKNOWN, false);

        for (int i = 0; i < 3; i++) {
            assertThat(reads(inference, PUSH)).as("response %d", i).isFalse();
        }
        assertThat(reads(inference, PUSH)).isTrue();

        assertThat(inference.side()).isEqualTo(Side.CLIENT);
    }

    @Test
    void learnsAnUnknownSideOfOneRequest() {
        Inference inference = inference(Side.UNKNOWN, false);
        assertThat(reads(inference, "$1\r\nm\r\n")).as("may be an argument").isFalse();

        assertThat(reads(inference, REDIS_GET)).isTrue();

        assertThat(inference.side()).isEqualTo(Side.SERVER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"+OK ready\r\n", "+OK\r\n", "-ERR no\r\n", ":1\r\n", "$1\r\na\r\n", "HTTP/1.1 200 OK\r\n\r\n"})
    void aGreetingIsNoneOfAProtocolWhoseClientSpeaksFirst(String greeting) {
        for (Side side : List.of(Side.CLIENT, Side.SERVER)) {
            positions[0] = 0;
            positions[1] = 0;
            Inference inference = inference(side, true);

            assertThat(moves(inference, side == Side.CLIENT ? Direction.INGRESS : Direction.EGRESS, greeting))
                    .isFalse();
            assertThat(moves(inference, side == Side.CLIENT ? Direction.EGRESS : Direction.INGRESS, REDIS_GET))
                    .isFalse();
            assertThat(inference.isUnsupported()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-DENIED Redis is running in protected mode because protected mode is enabled\r\n",
                "-ERR max number of clients reached\r\n"
            })
    void whatRedisRefusesClientsWithIsItsOwn(String greeting) {
        Inference inference = inference(Side.CLIENT, true);

        assertThat(readsByteByByte(inference, greeting)).isPositive();

        assertThat(inference.protocol()).extracting(protocol -> protocol.name()).isEqualTo("redis");
    }

    @Test
    void aResponseThatAnotherThreadHasReadBeforeTheRequestsCallReturnedIsNoGreeting() {
        Inference inference = inference(Side.CLIENT, true);
        String response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

        assertThat(decides(inference, 150, 200, Direction.INGRESS, response)).isFalse();
        assertThat(decides(inference, 100, 210, Direction.EGRESS, GET)).isTrue();
    }

    @Test
    void whatFollowsALostRequestIsNoGreeting() {
        Inference inference = inference(Side.CLIENT, true);
        reads(inference, "+OK\r\n");
        positions[0] = 100;

        assertThat(writes(inference, REDIS_GET)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+OK\r\n", "-ERR no\r\n", ":1\r\n", "$5\r\nhello\r\n", "PING\r\n", "_\r\n", "#t\r\n"})
    void linesAndStringsInTheMiddleOfAConnectionShowNothing(String bytes) {
        for (Side side : Side.values()) {
            positions[0] = 0;
            positions[1] = 0;
            Inference inference = inference(side, false);
            for (int i = 0; i < 10; i++) {
                assertThat(reads(inference, bytes)).isFalse();
                assertThat(writes(inference, bytes)).isFalse();
            }
        }
    }

    private static Inference inference(Side side, boolean fromBeginning) {
        return new Inference(
                Protocols.of(ConfigFactory.parseResources("reference.conf").resolve()), side, fromBeginning);
    }

    /** How many bytes it took; -1 if they were not enough. */
    @Test
    void doesNotTakeTheMiddleOfACallForABeginning() {
        Inference inference = inference(Side.UNKNOWN, false);
        writes(inference, "a body that began before the capture ");
        byte[] get = GET.getBytes(StandardCharsets.ISO_8859_1);

        boolean inTheMiddle = inference.decides(EventEncoder.read(EventEncoder.continued(
                EventEncoder.data(1, 1, 7, 1, 3, Direction.EGRESS, positions[0], get, get.length))));
        positions[0] += get.length;

        assertThat(inTheMiddle).isFalse();
        assertThat(writes(inference, GET)).isTrue();
    }

    private int readsByteByByte(Inference inference, String bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            if (reads(inference, bytes.substring(i, i + 1))) {
                return i + 1;
            }
        }
        return -1;
    }

    private boolean writes(Inference inference, String bytes) {
        return moves(inference, Direction.EGRESS, bytes);
    }

    private boolean reads(Inference inference, String bytes) {
        return moves(inference, Direction.INGRESS, bytes);
    }

    private boolean moves(Inference inference, Direction direction, String bytes) {
        return decides(inference, 1, 1, direction, bytes);
    }

    private boolean decides(Inference inference, long enteredAt, long exitedAt, Direction direction, String bytes) {
        int which = direction == Direction.EGRESS ? 0 : 1;
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        long position = positions[which];
        positions[which] += all.length;
        return inference.decides(EventEncoder.read(
                EventEncoder.data(enteredAt, exitedAt, 7, 1, 3, direction, position, all, all.length)));
    }
}
