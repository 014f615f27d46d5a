package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of every flow against the tests of all protocols, whatever the first calls bring of them. */
class GuessMatrixTest {

    private static final int[] LENGTHS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 32, 48, 64, 128, 256};

    /** Of longer runs only both ends are looked at: what lies between is one body. */
    private static final int MOST_OF_AN_END = 2048;

    private static final ByteView NOTHING = new ByteView();
    private static final List<Protocol> PROTOCOLS =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());

    static List<Flow> streams() {
        return Flow.all().stream().filter(flow -> !flow.isOfDatagrams()).toList();
    }

    static List<Flow> datagrams() {
        return Flow.all().stream().filter(Flow::isOfDatagrams).toList();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("streams")
    void noOtherProtocolKnowsItsBeginning(Flow flow) {
        for (boolean ofRequests : new boolean[] {true, false}) {
            byte[] said = runs(flow, ofRequests).get(0);
            byte[] other = runs(flow, !ofRequests).get(0);
            for (int length = 1; length <= Math.min(said.length, 256); length++) {
                ByteView head = new ByteView(said, 0, length);
                for (Protocol protocol : others(flow)) {
                    assertThat(List.of(
                                    protocol.guess(head, NOTHING),
                                    protocol.guess(head, new ByteView(other, 0, Math.min(other.length, 256)))))
                            .as("%s of %d bytes of %s", protocol.name(), length, name(ofRequests))
                            .doesNotContain(Guess.REQUEST, Guess.RESPONSE);
                }
            }
        }
    }

    /** From every byte on, in the middle of a message as well: a call may begin anywhere. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("streams")
    void noOtherProtocolKnowsItAnywhere(Flow flow) {
        for (boolean ofRequests : new boolean[] {true, false}) {
            byte[] other = runs(flow, !ofRequests).get(0);
            ByteView across = new ByteView(other, 0, Math.min(other.length, 256));
            for (byte[] run : runs(flow, ofRequests)) {
                for (int at = 0; at < run.length; at++) {
                    if (at < MOST_OF_AN_END || at >= run.length - MOST_OF_AN_END) {
                        assertNobodyKnows(flow, run, at, across);
                    }
                }
            }
        }
    }

    private static void assertNobodyKnows(Flow flow, byte[] run, int at, ByteView across) {
        for (int most : LENGTHS) {
            ByteView head = new ByteView(run, at, Math.min(most, run.length - at));
            for (Protocol protocol : PROTOCOLS) {
                if (!speaks(protocol, flow) && (isKnown(protocol, head, NOTHING) || isKnown(protocol, head, across))) {
                    throw new AssertionError(
                            flow + ": " + protocol.name() + " of " + head.length() + " bytes from " + at + " on");
                }
            }
            if (most >= run.length - at) {
                return;
            }
        }
    }

    private static boolean isKnown(Protocol protocol, ByteView head, ByteView other) {
        Guess guess = protocol.guessAnywhere(head, other);
        return guess == Guess.REQUEST || guess == Guess.RESPONSE;
    }

    /** Without those that were met in their middle, whose first bytes are the rest of a message. */
    static List<Flow> fromTheirBeginning() {
        return streams().stream()
                .filter(flow -> !flow.name().equals("mid-stream.flow"))
                .toList();
    }

    /** However few bytes the first call brings, and whatever the other direction has said by then. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("fromTheirBeginning")
    void itsOwnProtocolNeverDeniesItsBeginning(Flow flow) {
        Protocol own = spoken(flow);
        for (boolean ofRequests : new boolean[] {true, false}) {
            byte[] said = firstOf(flow, ofRequests);
            byte[] before = saidBefore(flow, ofRequests);
            for (int length = 1; length <= Math.min(said.length, 256); length++) {
                assertThat(own.guess(
                                new ByteView(said, 0, length), new ByteView(before, 0, Math.min(before.length, 256))))
                        .as("%d bytes of %s", length, name(ofRequests))
                        .isIn(Guess.UNSURE, ofRequests ? Guess.REQUEST : Guess.RESPONSE);
            }
        }
    }

    private static byte[] firstOf(Flow flow, boolean ofRequests) {
        return flow.steps().stream()
                .filter(step -> step.isRequest() == ofRequests)
                .findFirst()
                .map(Flow.Step::bytes)
                .orElse(new byte[0]);
    }

    /** What the other direction has said before this one spoke. */
    private static byte[] saidBefore(Flow flow, boolean ofRequests) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        flow.steps().stream()
                .takeWhile(step -> step.isRequest() != ofRequests)
                .forEach(step -> said.writeBytes(step.bytes()));
        return said.toByteArray();
    }

    /** The whole of the matrix says something: every flow is known somewhere, to its own protocol. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("streams")
    void itsOwnProtocolKnowsItSomewhere(Flow flow) {
        Protocol own = spoken(flow);

        assertThat(Stream.of(true, false)
                        .flatMap(ofRequests -> runs(flow, ofRequests).stream())
                        .anyMatch(run -> {
                            for (int at = 0; at < run.length; at++) {
                                ByteView head = new ByteView(run, at, Math.min(256, run.length - at));
                                if (isKnown(own, head, NOTHING) || own.guess(head, NOTHING) == Guess.RESPONSE) {
                                    return true;
                                }
                            }
                            return false;
                        }))
                .isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("datagrams")
    void noOtherProtocolKnowsItsDatagrams(Flow flow) {
        for (Flow.Step step : flow.steps()) {
            for (int length = 0; length <= step.bytes().length; length++) {
                ByteView datagram = new ByteView(step.bytes(), 0, length);
                assertThat(others(flow))
                        .allSatisfy(protocol ->
                                assertThat(protocol.guessDatagram(datagram)).isEqualTo(Guess.NO));
            }
        }
    }

    private static String name(boolean ofRequests) {
        return ofRequests ? "requests" : "responses";
    }

    /** What one direction said, without a hole in it. */
    private static List<byte[]> runs(Flow flow, boolean ofRequests) {
        List<byte[]> runs = new ArrayList<>();
        ByteArrayOutputStream run = new ByteArrayOutputStream();
        for (Flow.Step step : flow.steps()) {
            if (step.isRequest() == ofRequests) {
                if (step.isGap()) {
                    runs.add(run.toByteArray());
                    run.reset();
                }
                run.writeBytes(step.bytes());
            }
        }
        runs.add(run.toByteArray());
        return runs;
    }

    private static List<Protocol> others(Flow flow) {
        return PROTOCOLS.stream().filter(protocol -> !speaks(protocol, flow)).toList();
    }

    private static boolean speaks(Protocol protocol, Flow flow) {
        return flow.isOf(protocol.descriptor()) || protocol.name().equals(flow.becomes());
    }

    private static Protocol spoken(Flow flow) {
        return PROTOCOLS.stream()
                .filter(protocol -> flow.isOf(protocol.descriptor()))
                .findFirst()
                .orElseThrow();
    }
}
