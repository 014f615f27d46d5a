package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Message;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.recording.Redactor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every flow of every protocol gives the same records once it is redacted, however it was cut and whenever it left. */
class RedactedFlowTest {

    private static final Config CONFIG =
            ConfigFactory.parseResources("reference.conf").resolve();

    /** Other words are overwritten. */
    private static final Config OF_REDACTED = ConfigFactory.parseString(
                    "kyanos { http.words = known, sql.tables = known }")
            .withFallback(CONFIG)
            .resolve();

    private static final int RANDOM_RUNS = 20;

    /** Without those whose messages are compressed: of these nothing can be left but that there were some. */
    static List<Flow> flows() {
        return Flow.all().stream()
                .filter(flow -> !flow.name().startsWith("compressed"))
                .toList();
    }

    static List<Flow> compressedFlows() {
        return Flow.all().stream()
                .filter(flow -> flow.name().startsWith("compressed"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("compressedFlows")
    void givesNothingButTheBeginningOfWhatIsCompressed(Flow flow) {
        List<String> left = records(flow, redacted(flow, flow.steps(), step -> true));

        assertThat(records(flow, flow.steps())).startsWith(left.toArray(String[]::new));
        assertThat(left).hasSize(1);
    }

    @ParameterizedTest
    @MethodSource("flows")
    void givesTheSameRecordsWhole(Flow flow) {
        assertThat(records(flow, redacted(flow, flow.steps(), step -> false)))
                .containsExactlyElementsOf(records(flow, flow.steps()));
    }

    @ParameterizedTest
    @MethodSource("flows")
    void givesTheSameRecordsWhenEachEventLeavesAtOnce(Flow flow) {
        assertThat(records(flow, redacted(flow, flow.steps(), step -> true)))
                .containsExactlyElementsOf(records(flow, flow.steps()));
    }

    /** After a gap a message is found by its beginning, which must not be cut. */
    static List<Flow> flowsWithoutGaps() {
        return flows().stream()
                .filter(flow -> !flow.isOfDatagrams())
                .filter(flow -> flow.steps().stream().noneMatch(Flow.Step::isGap))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("flowsWithoutGaps")
    void givesTheSameRecordsCutAtRandomPoints(Flow flow) {
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            List<Flow.Step> cut = Flow.cut(flow.steps(), new Random(seed));

            assertThat(records(flow, redacted(flow, cut, step -> false)))
                    .as("seed %d", seed)
                    .containsExactlyElementsOf(records(flow, cut));
        }
    }

    static List<Arguments> middlesOfContent() {
        return List.of(
                Arguments.of("http", "chunked-both-ways", "Mozi"),
                Arguments.of("http", "server-sent-events", "data: tw"),
                Arguments.of("http", "server-sent-events", "data: one\r"),
                Arguments.of("http", "json-lines", "{\"b\""),
                Arguments.of("redis", "get-set", "$1\r\na\r\n$1\r\n"),
                Arguments.of("redis", "get-set", "*2\r\n$3\r\nget"),
                Arguments.of("redis", "get-set", "+OK\r"),
                Arguments.of("redis", "inline", "set  a \"two "),
                Arguments.of("redis", "error", "-WRONGTYPE Ope"),
                Arguments.of("postgresql", "simple", "WHERE name = '"),
                Arguments.of("postgresql", "simple", "WHERE name = 'bo"),
                Arguments.of("postgresql", "simple", "INSERT 0 "),
                Arguments.of("nats", "publish", "PUB orders.new 5\r\nhe"),
                Arguments.of("dns", "tcp-query", "exam"));
    }

    /** A block leaves when it is full; framing that is here by then stays, whatever is still to come of the content. */
    @ParameterizedTest
    @MethodSource("middlesOfContent")
    void givesTheSameRecordsWhereABlockLeavesInTheMiddleOfContent(String protocol, String name, String until) {
        Flow flow = Flow.of(protocol).stream()
                .filter(one -> one.name().equals(name + ".flow"))
                .findFirst()
                .orElseThrow();
        List<Flow.Step> cut = new ArrayList<>(flow.steps());
        int index = 0;
        while (!text(cut.get(index)).contains(until)) {
            index++;
        }
        Flow.Step whole = cut.get(index);
        int at = text(whole).indexOf(until) + until.length();
        cut.set(index, whole.with(Arrays.copyOfRange(whole.bytes(), 0, at)));
        cut.add(index + 1, whole.with(Arrays.copyOfRange(whole.bytes(), at, whole.bytes().length)));
        int left = index;

        assertThat(records(flow, redacted(flow, cut, step -> step == left)))
                .containsExactlyElementsOf(records(flow, cut));
    }

    private static String text(Flow.Step step) {
        return new String(step.bytes(), StandardCharsets.ISO_8859_1);
    }

    static List<String> records(Flow flow, List<Flow.Step> steps) {
        FlowRun run = FlowRun.of(Protocols.of(OF_REDACTED), flow);
        run.run(steps);
        return run.records.stream().map(RedactedFlowTest::essence).toList();
    }

    private static String essence(TrafficRecord record) {
        return record.protocol() + " " + record.request().operation() + " " + record.outcome() + " "
                + record.answer()
                        .map(answer -> answer.status() + " " + answer.wireBytes() + events(answer))
                        .orElse("") + " "
                + record.request().wireBytes() + " " + record.times();
    }

    private static String events(Message answer) {
        return answer.streamed()
                .map(events -> " events " + events.count() + " gaps " + events.gapSumNanos() + " " + events.isMissed())
                .orElse("");
    }

    /** The steps as they are left; {@code leaves} says after which ones their block does, and all those before with it. */
    static List<Flow.Step> redacted(Flow flow, List<Flow.Step> steps, IntPredicate leaves) {
        Redactor redaction = new Redactor(ConnectionSettings.of(CONFIG, Set.of(), Detail.NONE, 0));
        byte[] opened = EventEncoder.opened(
                0,
                7,
                1,
                3,
                flow.role() == Side.CLIENT ? EventDecoder.SIDE_CLIENT : EventDecoder.SIDE_SERVER,
                EventDecoder.ORIGIN_CONNECT);
        if (flow.isOfDatagrams()) {
            opened = EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UDP, "", "");
        }
        redaction.event(opened, 0, opened.length);
        long[] positions = new long[2];
        List<byte[]> events = new ArrayList<>();
        for (Flow.Step step : steps) {
            Direction direction =
                    step.isRequest() == (flow.role() == Side.CLIENT) ? Direction.EGRESS : Direction.INGRESS;
            if (step.isGap()) {
                positions[direction.ordinal()] += step.gap();
                events.add(new byte[0]);
                continue;
            }
            byte[] event = EventEncoder.data(
                    step.atNanos(),
                    step.atNanos(),
                    7,
                    1,
                    3,
                    direction,
                    positions[direction.ordinal()],
                    step.bytes(),
                    step.bytes().length);
            positions[direction.ordinal()] += step.bytes().length;
            redaction.event(event, 0, event.length);
            if (leaves.test(events.size())) {
                redaction.beforeWrite();
            }
            events.add(event);
        }
        redaction.beforeWrite();
        List<Flow.Step> redacted = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            Flow.Step step = steps.get(i);
            if (step.isGap()) {
                redacted.add(step);
            } else {
                EventDecoder event = EventEncoder.read(events.get(i));
                redacted.add(step.with(Arrays.copyOfRange(
                        events.get(i), event.payloadIndex(), event.payloadIndex() + event.captured())));
            }
        }
        return redacted;
    }
}
