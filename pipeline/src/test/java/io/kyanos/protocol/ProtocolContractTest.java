package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
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
        return protocols().stream().flatMap(protocol -> spoken(protocol).map(flow -> Arguments.of(protocol, flow)));
    }

    /** Its own, and those of what it carries. */
    private static Stream<Flow> spoken(Protocol protocol) {
        return Stream.concat(Stream.of(protocol.descriptor()), protocol.descriptor().carried().stream())
                .flatMap(of -> Flow.of(of.name()).stream());
    }

    private static Descriptor descriptor(Protocol protocol, Flow flow) {
        return protocol.descriptor().carried().stream()
                .filter(carried -> carried.name().equals(flow.protocol()))
                .findFirst()
                .orElse(protocol.descriptor());
    }

    /** Those whose borders between calls mean nothing. */
    static Stream<Arguments> streams() {
        return flows().filter(arguments -> !((Flow) arguments.get()[1]).isOfDatagrams());
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void hasFixtures(Protocol protocol) {
        assertThat(Flow.of(protocol.name())).hasSizeGreaterThanOrEqualTo(12);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void hasFixturesOfEachKindOfStreamsItIsSpokenOver(Protocol protocol) {
        assertThat(Flow.of(protocol.name()).stream().map(Flow::kind).collect(Collectors.toSet()))
                .isEqualTo(protocol.descriptor().kinds());
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void saysWhatItIs(Protocol protocol) {
        Descriptor descriptor = protocol.descriptor();

        assertThat(descriptor).isSameAs(protocol.descriptor());
        assertThat(Protocols.descriptors()).contains(descriptor);
        assertThat(List.of(descriptor.title(), descriptor.summary(), descriptor.operation(), descriptor.resource()))
                .doesNotContain("");
        assertThat(descriptor.statuses()).isNotEmpty();
        assertThat(descriptor.limits()).isNotEmpty();
        assertThat(descriptor.reasons()).isNotEmpty();
        assertThat(descriptor.clients()).isNotEmpty();
    }

    static List<Descriptor> carried() {
        return protocols().stream()
                .flatMap(protocol -> protocol.descriptor().carried().stream())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("carried")
    void whatIsCarriedHasFixturesAndSaysWhatItIs(Descriptor carried) {
        assertThat(Flow.of(carried.name())).hasSizeGreaterThanOrEqualTo(12);
        assertThat(Protocols.descriptors()).contains(carried);
        assertThat(List.of(carried.title(), carried.summary(), carried.operation(), carried.resource()))
                .doesNotContain("");
        assertThat(carried.statuses()).isNotEmpty();
        assertThat(carried.clients()).isNotEmpty();
        assertThat(carried.reasons()).isEmpty();
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void givesAttributesAsItsDescriptorSays(Protocol protocol, Flow flow) {
        List<String> declared = descriptor(protocol, flow).attributes().stream()
                .map(attribute -> attribute.name() + attribute.isList())
                .toList();
        for (Message message : flow.play(conversation(protocol, flow, KEYS)).messages) {
            message.attributes(
                    (attribute, value) -> assertThat(declared).contains(attribute.name() + attribute.isList()));
        }
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void givesStatusesAndOutcomesAsItsDescriptorSays(Protocol protocol, Flow flow) {
        for (Message message : flow.play(conversation(protocol, flow, KEYS)).messages) {
            if (!message.status().isEmpty()) {
                assertThat(outcome(descriptor(protocol, flow), message.status()))
                        .as("status %s", message.status())
                        .isEqualTo(message.outcome());
            }
        }
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void givesTheExpectedRecordsFromWholeSteps(Protocol protocol, Flow flow) {
        FlowDriver driver = flow.play(conversation(protocol, flow, KEYS));

        assertThat(driver.records).containsExactlyElementsOf(flow.expected());
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("streams")
    void givesTheSameRecordsByteByByte(Protocol protocol, Flow flow) {
        FlowDriver whole = flow.play(conversation(protocol, EVERYTHING), Flow.Feeding.WHOLE);
        FlowDriver driver = flow.play(conversation(protocol, EVERYTHING), Flow.Feeding.BYTE_BY_BYTE);

        assertSame(driver, whole);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("streams")
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
        FlowDriver whole = flow.play(conversation(protocol, flow, EVERYTHING));
        FlowDriver driver = flow.play(conversation(protocol, flow, Detail.NONE));

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
        List<String> all = flow.play(conversation(protocol, flow, KEYS)).records;
        List<Flow.Feeding> feedings = flow.isOfDatagrams()
                ? List.of(Flow.Feeding.DATAGRAMS)
                : List.of(Flow.Feeding.WHOLE, Flow.Feeding.BYTE_BY_BYTE);
        for (Flow.Step missing : flow.steps()) {
            for (Flow.Feeding feeding : feedings) {
                FlowDriver driver = flow.play(conversation(protocol, flow, KEYS), (to, step) -> {
                    if (!step.equals(missing)) {
                        feeding.feed(to, step);
                    } else if (!flow.isOfDatagrams()) {
                        to.gap(step.isRequest(), step.length());
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
    @MethodSource("streams")
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
            protocol.guessDatagram(new ByteView(bytes, 0, bytes.length));
            for (StreamKind kind : protocol.descriptor().kinds()) {
                FlowDriver driver = new FlowDriver(conversation(protocol, kind, EVERYTHING), run % 2 == 0);
                for (int i = 0; i < 2; i++) {
                    if (kind == StreamKind.DATAGRAM) {
                        driver.datagram(random.nextBoolean(), bytes);
                    } else {
                        driver.data(random.nextBoolean(), bytes);
                    }
                }
                driver.end();
            }
        }
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flows")
    void neverThrowsOnMutatedFixtures(Protocol protocol, Flow flow) {
        Random random = new Random(SEED);
        byte[] alphabet = bytes(flow);
        for (int run = 0; run < 300; run++) {
            FlowDriver driver = new FlowDriver(conversation(protocol, flow, EVERYTHING));
            for (Flow.Step step : flow.steps()) {
                byte[] bytes = step.bytes().clone();
                for (int i = random.nextInt(4); i > 0 && bytes.length > 0; i--) {
                    bytes[random.nextInt(bytes.length)] = random.nextBoolean()
                            ? (byte) random.nextInt(256)
                            : alphabet[random.nextInt(alphabet.length)];
                }
                if (flow.isOfDatagrams()) {
                    int length = random.nextInt(4) == 0 ? random.nextInt(bytes.length + 1) : bytes.length;
                    driver.datagram(step.isRequest(), Arrays.copyOf(bytes, length));
                    continue;
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

    /** Those that its messages are made of, each as often as it occurs: mostly what frames them. */
    private static byte[] bytes(Flow flow) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        flow.steps().forEach(step -> bytes.writeBytes(step.bytes()));
        return bytes.toByteArray();
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("streams")
    void leavesLittleUnconsumedOfAMessageWithoutEnd(Protocol protocol, Flow flow) {
        byte[] filler = new byte[4096];
        Arrays.fill(filler, (byte) 'x');
        Random random = new Random(SEED);
        for (Flow.Step step : flow.steps()) {
            // of a long step other places in each run
            int stride = Math.max(3, step.bytes().length / 40);
            for (int cut = 1 + random.nextInt(stride); cut < step.bytes().length; cut += stride) {
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
                .flatMap(protocol -> spoken(protocol)
                        .filter(flow -> !flow.name().startsWith("replica"))
                        .map(flow -> Arguments.of(protocol, flow)));
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("flowsThatShowTheirClient")
    void guessesTheDirectionOfItsOwnSteps(Protocol protocol, Flow flow) {
        for (Flow.Step step : flow.steps()) {
            Guess wrong = step.isRequest() ? Guess.RESPONSE : Guess.REQUEST;
            for (int length = 0; length <= step.bytes().length; length++) {
                assertThat(guess(protocol, flow, step, length))
                        .as("first %d bytes of %s", length, new String(step.bytes(), StandardCharsets.ISO_8859_1))
                        .isNotEqualTo(wrong);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void doesNotTakeOtherProtocolsForItsOwn(Protocol protocol) {
        for (Flow flow : Flow.all()) {
            boolean isHandedOver = flow.name().startsWith("upgrade-")
                    && protocol.takesOver(flow.name().replaceAll("upgrade-|\\.flow", ""));
            boolean isCarried = descriptor(protocol, flow).name().equals(flow.protocol());
            if (isCarried || isHandedOver) {
                continue;
            }
            for (Flow.Step step : flow.steps()) {
                for (int length = 0; length <= step.bytes().length; length++) {
                    assertThat(guess(protocol, flow, step, length))
                            .as("%s, first %d bytes", flow, length)
                            .isIn(Guess.NO, Guess.UNSURE);
                }
                assertThat(protocol.guessDatagram(new ByteView(step.bytes(), 0, step.bytes().length)))
                        .as("%s as a datagram", flow)
                        .isIn(Guess.NO, Guess.UNSURE);
            }
        }
    }

    private static Guess guess(Protocol protocol, Flow flow, Flow.Step step, int length) {
        ByteView head = new ByteView(step.bytes(), 0, length);
        return flow.isOfDatagrams() ? protocol.guessDatagram(head) : protocol.guess(head, saidBefore(flow, step));
    }

    /** What the other direction has said by then. */
    private static ByteView saidBefore(Flow flow, Flow.Step step) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        for (Flow.Step before : flow.steps()) {
            if (before == step) {
                break;
            }
            if (before.isRequest() != step.isRequest()) {
                said.writeBytes(before.bytes());
            }
        }
        return new ByteView(said.toByteArray(), 0, said.size());
    }

    /* The first row that fits says it. */
    private static Outcome outcome(Descriptor descriptor, String status) {
        return descriptor.statuses().stream()
                .filter(row -> Stream.of(row.label().split(", ")).anyMatch(label -> fits(label, status)))
                .map(Descriptor.Status::outcome)
                .findFirst()
                .orElse(Outcome.UNANSWERED);
    }

    private static boolean fits(String label, String status) {
        if (label.endsWith("*")) {
            return status.startsWith(label.substring(0, label.length() - 1));
        }
        String[] ends = label.split(" to ", -1);
        if (ends.length == 1 || !status.matches("[0-9]{1,9}")) {
            return status.equals(label);
        }
        int number = Integer.parseInt(status);
        return number >= Integer.parseInt(ends[0]) && number <= Integer.parseInt(ends[1]);
    }

    private static Conversation conversation(Protocol protocol, Detail detail) {
        return conversation(protocol, StreamKind.WIRE, detail);
    }

    private static Conversation conversation(Protocol protocol, Flow flow, Detail detail) {
        return conversation(protocol, flow.kind(), detail);
    }

    /** Of a new protocol, as some learn from what they see. */
    private static Conversation conversation(Protocol protocol, StreamKind kind, Detail detail) {
        return protocols().stream()
                .filter(other -> other.name().equals(protocol.name()))
                .findFirst()
                .orElseThrow()
                .newConversation(kind, detail, Endpoint.NONE);
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
