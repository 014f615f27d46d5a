package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every protocol must keep to, checked with its own fixtures. */
class ProtocolContractTest {

    /** Which other words are part of a route depends on answers, and so on what was lost. */
    private static final Config CONFIG = ConfigFactory.parseString("kyanos { http.words = known, sql.tables = known }")
            .withFallback(ConfigFactory.parseResources("reference.conf"))
            .resolve();

    private static final Detail KEYS = new Detail(true, 0, true);
    private static final Detail EVERYTHING = new Detail(true, 512, true);
    private static final String ONE_WAY = "| one_way";
    private static final String UNANSWERED = "| unanswered";
    private static final long SEED = System.nanoTime();

    static List<Protocol> protocols() {
        return Protocols.of(CONFIG);
    }

    static Stream<Arguments> flows() {
        return protocols().stream()
                .flatMap(protocol -> Flow.of(protocol.name()).stream().map(flow -> Arguments.of(protocol, flow)));
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void hasFixtures(Protocol protocol) {
        assertThat(Flow.of(protocol.name())).hasSizeGreaterThanOrEqualTo(12);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void hasANameThatIsALabel(Protocol protocol) {
        assertThat(protocol.name()).matches("[a-z0-9]+");
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void givesTheExpectedRecordsFromWholeSteps(Protocol protocol, Flow flow) {
        FlowDriver driver = flow.play(conversation(protocol, KEYS), Flow.Feeding.WHOLE);

        assertThat(driver.records).containsExactlyElementsOf(flow.expected());
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void givesTheSameRecordsByteByByte(Protocol protocol, Flow flow) {
        FlowDriver whole = flow.play(conversation(protocol, EVERYTHING), Flow.Feeding.WHOLE);
        FlowDriver driver = flow.play(conversation(protocol, EVERYTHING), Flow.Feeding.BYTE_BY_BYTE);

        assertSame(driver, whole);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void givesTheSameRecordsHoweverTheBytesAreCut(Protocol protocol, Flow flow) {
        FlowDriver whole = flow.play(conversation(protocol, EVERYTHING), Flow.Feeding.WHOLE);
        for (int run = 0; run < 50; run++) {
            Flow.Feeding cuts = Flow.Feeding.randomCuts(new Random(SEED + run));
            FlowDriver driver = flow.play(conversation(protocol, EVERYTHING), cuts);

            assertSame(driver, whole);
        }
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void givesTheSameRecordsWithoutDetails(Protocol protocol, Flow flow) {
        FlowDriver whole = flow.play(conversation(protocol, EVERYTHING), Flow.Feeding.WHOLE);
        FlowDriver driver = flow.play(conversation(protocol, Detail.NONE), Flow.Feeding.WHOLE);

        assertThat(labels(driver)).isEqualTo(labels(whole));
        assertThat(driver.requestBytes).isEqualTo(whole.requestBytes);
        assertThat(driver.responseBytes).isEqualTo(whole.responseBytes);
        assertThat(driver.messages).allSatisfy(message -> {
            assertThat(message.text()).isEmpty();
            assertThat(message.resource()).isEmpty();
        });
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void inventsNoRecordWhateverStepIsMissing(Protocol protocol, Flow flow) {
        List<String> all = flow.play(conversation(protocol, KEYS), Flow.Feeding.WHOLE).records;
        for (Flow.Step missing : flow.steps()) {
            for (Flow.Feeding feeding : List.of(Flow.Feeding.WHOLE, Flow.Feeding.BYTE_BY_BYTE)) {
                FlowDriver driver = flow.play(conversation(protocol, KEYS), (to, step) -> {
                    if (step.equals(missing)) {
                        to.gap(step.isRequest(), step.length());
                    } else {
                        feeding.feed(to, step);
                    }
                });

                assertThat(areAmong(flow, driver.records, all))
                        .as("%s", driver.records)
                        .isTrue();
            }
        }
    }

    /** Flows whose name begins with {@code embedded} are left out: from the middle of a value nobody can tell. */
    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void inventsNoRecordWhateverBytesAreMissing(Protocol protocol, Flow flow) {
        List<String> all = flow.play(conversation(protocol, KEYS), Flow.Feeding.WHOLE).records;
        Random random = new Random(SEED);
        for (boolean ofRequests : new boolean[] {true, false}) {
            int length = flow.name().startsWith("embedded") ? 0 : (int) Math.min(flow.streamLength(ofRequests), 2000);
            for (int from = 0; from < length; from++) {
                int to = from + 1 + random.nextInt(1 + random.nextInt(length));
                Flow.Feeding feeding = switch (from % 3) {
                    case 0 -> Flow.Feeding.BYTE_BY_BYTE;
                    case 1 -> Flow.Feeding.randomCuts(random);
                    default -> Flow.Feeding.WHOLE;
                };
                FlowDriver driver = flow.playWithout(conversation(protocol, KEYS), ofRequests, from, to, feeding);

                assertThat(areAmong(flow, driver.records, all))
                        .as(
                                "without [%d, %d) of the %s (seed %d): %s",
                                from, to, ofRequests ? "requests" : "responses", SEED, driver.records)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void neverThrowsOnRandomBytes(Protocol protocol) {
        Random random = new Random(SEED);
        for (int run = 0; run < 2000; run++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            protocol.guess(new ByteView(bytes, 0, bytes.length), new ByteView());
            FlowDriver driver = new FlowDriver(conversation(protocol, EVERYTHING), run % 2 == 0);
            driver.data(random.nextBoolean(), bytes);
            driver.data(random.nextBoolean(), bytes);
            driver.end();
        }
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void neverThrowsOnMutatedFixtures(Protocol protocol, Flow flow) {
        Random random = new Random(SEED);
        for (int run = 0; run < 300; run++) {
            FlowDriver driver = new FlowDriver(conversation(protocol, EVERYTHING));
            for (Flow.Step step : flow.steps()) {
                byte[] bytes = step.bytes().clone();
                for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = (byte)
                            (random.nextBoolean() ? random.nextInt(256) : "*$\r\n-19 :".charAt(random.nextInt(9)));
                }
                int from = 0;
                while (from < bytes.length) {
                    int to = Math.min(bytes.length, from + 1 + random.nextInt(bytes.length));
                    driver.data(step.isRequest(), bytes, from, to);
                    from = to;
                }
                if (random.nextInt(10) == 0) {
                    driver.gap(random.nextBoolean(), 1 + random.nextInt(100));
                }
            }
            driver.end();
        }
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void leavesLittleUnconsumedOfAMessageWithoutEnd(Protocol protocol, Flow flow) {
        byte[] filler = new byte[4096];
        Arrays.fill(filler, (byte) 'x');
        for (Flow.Step step : flow.steps()) {
            for (int cut = 1; cut < step.bytes().length; cut += 3) {
                FlowDriver driver = new FlowDriver(conversation(protocol, EVERYTHING));
                driver.data(step.isRequest(), step.bytes(), 0, cut);
                for (int i = 0; i < 40; i++) {
                    driver.data(step.isRequest(), filler);
                }
                driver.end();
            }
        }
    }

    /** Without replications, in which both ends send commands. */
    static Stream<Arguments> flowsThatShowTheirClient() {
        return protocols().stream()
                .flatMap(protocol -> Flow.of(protocol.name()).stream()
                        .filter(flow -> !flow.name().startsWith("replica"))
                        .map(flow -> Arguments.of(protocol, flow)));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flowsThatShowTheirClient")
    void guessesTheDirectionOfItsOwnSteps(Protocol protocol, Flow flow) {
        for (Flow.Step step : flow.steps()) {
            Guess wrong = step.isRequest() ? Guess.RESPONSE : Guess.REQUEST;
            for (int length = 0; length <= step.bytes().length; length++) {
                Guess guess = protocol.guess(new ByteView(step.bytes(), 0, length), new ByteView());

                assertThat(guess)
                        .as("first %d bytes of %s", length, new String(step.bytes(), StandardCharsets.ISO_8859_1))
                        .isNotEqualTo(wrong);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void doesNotTakeOtherProtocolsForItsOwn(Protocol protocol) {
        for (Flow flow : Flow.all()) {
            if (flow.protocol().equals(protocol.name())) {
                continue;
            }
            for (Flow.Step step : flow.steps()) {
                for (int length = 0; length <= step.bytes().length; length++) {
                    Guess guess = protocol.guess(new ByteView(step.bytes(), 0, length), new ByteView());

                    assertThat(guess).as("%s, first %d bytes", flow, length).isIn(Guess.NO, Guess.UNSURE);
                }
            }
        }
    }

    /** Of a new protocol, as some learn from what they see. */
    private static Conversation conversation(Protocol protocol, Detail detail) {
        return protocols().stream()
                .filter(other -> other.name().equals(protocol.name()))
                .findFirst()
                .orElseThrow()
                .newConversation(detail);
    }

    private static void assertSame(FlowDriver driver, FlowDriver whole) {
        assertThat(driver.records).as("seed %d", SEED).isEqualTo(whole.records);
        assertThat(describe(driver.messages)).as("seed %d", SEED).isEqualTo(describe(whole.messages));
        assertThat(driver.truncated).isEqualTo(whole.truncated);
        assertThat(driver.unmatched).isEqualTo(whole.unmatched);
    }

    private static List<String> describe(List<Message> messages) {
        List<String> described = new ArrayList<>();
        for (Message message : messages) {
            StringBuilder all = new StringBuilder();
            message.attributes(
                    (name, value) -> all.append(name).append('=').append(value).append(' '));
            described.add(message.operation()
                    + '|'
                    + message.status()
                    + '|'
                    + message.outcome()
                    + '|'
                    + message.wireBytes()
                    + '|'
                    + all
                    + '|'
                    + message.text());
        }
        return described;
    }

    private static List<String> labels(FlowDriver driver) {
        return driver.messages.stream()
                .map(message -> message.operation() + '|' + message.status() + '|' + message.outcome())
                .toList();
    }

    /** Whether all are among the others, those with an answer and the one-way ones in their order. */
    private static boolean areAmong(Flow flow, List<String> some, List<String> all) {
        List<String> requests =
                new ArrayList<>(all.stream().map(ProtocolContractTest::request).toList());
        return some.stream().allMatch(one -> flow.take(request(one), requests))
                && inOrder(flow, some, all, ONE_WAY, true)
                && inOrder(flow, some, all, ONE_WAY, false);
    }

    private static boolean inOrder(Flow flow, List<String> some, List<String> all, String status, boolean of) {
        Iterator<String> candidates = all.iterator();
        for (String one : some) {
            if (one.endsWith(UNANSWERED) || one.endsWith(status) != of) {
                continue;
            }
            boolean found = false;
            while (candidates.hasNext() && !found) {
                found = flow.mayBe(one, candidates.next());
            }
            if (!found) {
                return false;
            }
        }
        return true;
    }

    private static String request(String record) {
        return record.substring(0, record.lastIndexOf('|'));
    }
}
