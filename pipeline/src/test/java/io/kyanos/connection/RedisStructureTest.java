package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.redis.RedisProtocol;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the parsers of Redis call structure is enough to find the same records, and holds no content. */
class RedisStructureTest {

    private static final List<Protocol> PROTOCOLS = List.of(RedisProtocol.INSTANCE);
    private static final int RANDOM_RUNS = 50;
    private static final byte OVERWRITTEN = '0';

    static List<Flow> flows() {
        return Flow.all().stream()
                .filter(flow -> flow.protocol().equals("redis"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("flows")
    void isEnoughForTheSameRecords(Flow flow) {
        assertSameRecords(flow.role(), true, flow.steps());
    }

    @ParameterizedTest
    @MethodSource("flows")
    void isEnoughInTheMiddleOfAConnection(Flow flow) {
        assertSameRecords(flow.role(), false, flow.steps());
    }

    @ParameterizedTest
    @MethodSource("flows")
    void isEnoughByteByByte(Flow flow) {
        List<Flow.Step> bytes = new ArrayList<>();
        for (Flow.Step step : flow.steps()) {
            if (step.isGap()) {
                bytes.add(step);
                continue;
            }
            for (int i = 0; i < step.bytes().length; i++) {
                bytes.add(step.with(Arrays.copyOfRange(step.bytes(), i, i + 1)));
            }
        }

        assertSameRecords(flow.role(), true, bytes);
    }

    @ParameterizedTest
    @MethodSource("flows")
    void isEnoughCutAtRandomPoints(Flow flow) {
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            assertSameRecords(flow.role(), true, cut(flow.steps(), new Random(seed)));
        }
    }

    @ParameterizedTest
    @MethodSource("flows")
    void isEnoughWhereACallIsLost(Flow flow) {
        for (int lost = 0; lost < flow.steps().size(); lost++) {
            List<Flow.Step> steps = new ArrayList<>(flow.steps());
            if (!steps.get(lost).isGap()) {
                steps.set(lost, steps.get(lost).lost());
            }

            assertSameRecords(flow.role(), true, steps);
            assertSameRecords(flow.role(), false, steps);
        }
    }

    @Test
    void keepsCommandsAndFramingButNoArguments() {
        assertThat(redacted(
                        "*3\r\n$3\r\nSET\r\n$5\r\nkey:1\r\n$5\r\nvalue\r\n",
                        "+OK\r\n",
                        "GET \"a key\" b\r\n",
                        "$5\r\nvalue\r\n",
                        "*3\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n",
                        "-ERR wrong number of arguments for 'config|set' command\r\n"))
                .containsExactly(
                        "*3\r\n$3\r\nSET\r\n$5\r\n00000\r\n$5\r\n00000\r\n",
                        "+OK\r\n",
                        "GET \"00000\" 0\r\n",
                        "$5\r\n00000\r\n",
                        "*3\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\n00000000000\r\n",
                        "-ERR 00000000000000000000000000000000000000000000000000\r\n");
    }

    @Test
    void keepsHowLongACommandWaits() {
        assertThat(redacted(
                        "*3\r\n$5\r\nBLPOP\r\n$2\r\n99\r\n$3\r\n1.5\r\n",
                        "*-1\r\n",
                        "*6\r\n$5\r\nXREAD\r\n$5\r\nBLOCK\r\n$3\r\n250\r\n$7\r\nSTREAMS\r\n$1\r\ns\r\n$2\r\n77\r\n",
                        "_\r\n",
                        "*3\r\n$4\r\nWAIT\r\n$1\r\n2\r\n$3\r\n100\r\n",
                        ":2\r\n"))
                .containsExactly(
                        "*3\r\n$5\r\nBLPOP\r\n$2\r\n00\r\n$3\r\n1.5\r\n",
                        "*-1\r\n",
                        "*6\r\n$5\r\nXREAD\r\n$5\r\nBLOCK\r\n$3\r\n250\r\n$7\r\nSTREAMS\r\n$1\r\n0\r\n$2\r\n00\r\n",
                        "_\r\n",
                        "*3\r\n$4\r\nWAIT\r\n$1\r\n0\r\n$3\r\n100\r\n",
                        ":0\r\n");
    }

    @Test
    void keepsKindsOfPushesAndTheNumberOfSubscriptions() {
        assertThat(redacted(
                        "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\nnews\r\n",
                        "*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n",
                        "*2\r\n$11\r\nUNSUBSCRIBE\r\n$4\r\nnews\r\n",
                        "*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:2\r\n"))
                .containsExactly(
                        "*2\r\n$9\r\nSUBSCRIBE\r\n$4\r\n0000\r\n",
                        "*3\r\n$9\r\nsubscribe\r\n$4\r\n0000\r\n:1\r\n*3\r\n$7\r\nmessage\r\n$4\r\n0000\r\n$2\r\n00\r\n",
                        "*2\r\n$11\r\nUNSUBSCRIBE\r\n$4\r\n0000\r\n",
                        "*3\r\n$11\r\nunsubscribe\r\n$4\r\n0000\r\n:2\r\n");
    }

    @Test
    void keepsNeitherNumbersNorUnknownWordsOfReplies() {
        assertThat(redacted(
                        "*2\r\n$4\r\nEVAL\r\n$1\r\nx\r\n",
                        "*9\r\n:-42\r\n,3.14\r\n(9999999999\r\n#t\r\n_\r\n+Done\r\n-SECRET text\r\n=8\r\ntxt:abcd\r\n"
                                + "!11\r\nOOM command\r\n",
                        "*1\r\n$6\r\nSECRET\r\n",
                        "%1\r\n$3\r\nkey\r\n~1\r\n$5\r\nvalue\r\n"))
                .containsExactly(
                        "*2\r\n$4\r\nEVAL\r\n$1\r\n0\r\n",
                        "*9\r\n:000\r\n,0000\r\n(0000000000\r\n#t\r\n_\r\n+0000\r\n-00000000000\r\n=8\r\n00000000\r\n"
                                + "!11\r\nOOM 0000000\r\n",
                        "*1\r\n$6\r\n000000\r\n",
                        "%1\r\n$3\r\n000\r\n~1\r\n$5\r\n00000\r\n");
    }

    /** Its first word is told though the rest of it has not come. */
    @Test
    void holdsTheFirstWordOfALongErrorInPieces() {
        List<Flow.Step> steps = List.of(
                request("*1\r\n$6\r\nEXPIRE\r\n", 1),
                reply("!80\r\nNOSCRIPT " + "s".repeat(60), 2),
                reply("s".repeat(11) + "\r\n", 3));

        List<Flow.Step> redacted = redacted(Side.CLIENT, true, steps);

        assertThat(text(redacted.get(1))).isEqualTo("!80\r\nNOSCRIPT " + "0".repeat(60));
        assertThat(records(Side.CLIENT, true, redacted))
                .containsExactlyElementsOf(records(Side.CLIENT, true, steps))
                .singleElement()
                .asString()
                .contains("NOSCRIPT");
    }

    /** Overwritten text begins with a digit, as what MONITOR prints does. */
    @Test
    void doesNotMakeALineOfMonitorOutOfText() {
        List<Flow.Step> steps = List.of(
                request("*1\r\n$7\r\nMONITOR\r\n", 1),
                reply("+OK\r\n", 2),
                reply("+1339518083.107412 [0 127.0.0.1:60866] \"GET\" \"a\"\r\n", 3),
                request("*3\r\n$4\r\nEVAL\r\n$1\r\nx\r\n$1\r\n0\r\n", 4),
                reply("+of a script\r\n", 5));

        assertSameRecords(Side.CLIENT, true, steps);
        assertThat(redacted(Side.CLIENT, true, steps).stream().map(RedisStructureTest::text))
                .contains("+1339518083.107412 [0000000000000000000000000000\r\n", "+00000000000\r\n");
    }

    private static void assertSameRecords(Side role, boolean fromBeginning, List<Flow.Step> steps) {
        assertThat(records(role, fromBeginning, redacted(role, fromBeginning, steps)))
                .containsExactlyElementsOf(records(role, fromBeginning, steps));
    }

    private static List<String> redacted(String... sentInTurn) {
        List<Flow.Step> steps = new ArrayList<>();
        for (int i = 0; i < sentInTurn.length; i++) {
            steps.add(i % 2 == 0 ? request(sentInTurn[i], i) : reply(sentInTurn[i], i));
        }
        return redacted(Side.CLIENT, true, steps).stream()
                .map(RedisStructureTest::text)
                .toList();
    }

    /** The steps with all content overwritten. */
    private static List<Flow.Step> redacted(Side role, boolean fromBeginning, List<Flow.Step> steps) {
        FlowRun run = new FlowRun(PROTOCOLS, role, fromBeginning);
        BitSet[] structure = {new BitSet(), new BitSet()};
        run.reportStructureTo((direction, from, to) -> structure[direction.ordinal()].set((int) from, (int) to));
        run.run(steps);
        int[] positions = new int[2];
        List<Flow.Step> redacted = new ArrayList<>();
        for (Flow.Step step : steps) {
            Direction direction = run.direction(step);
            if (step.isGap()) {
                positions[direction.ordinal()] += step.gap();
                redacted.add(step);
                continue;
            }
            byte[] bytes = step.bytes().clone();
            for (int i = 0; i < bytes.length; i++) {
                if (!structure[direction.ordinal()].get(positions[direction.ordinal()]++)) {
                    bytes[i] = OVERWRITTEN;
                }
            }
            redacted.add(step.with(bytes));
        }
        return redacted;
    }

    private static List<String> records(Side role, boolean fromBeginning, List<Flow.Step> steps) {
        FlowRun run = new FlowRun(PROTOCOLS, role, fromBeginning);
        run.run(steps);
        return run.records.stream().map(RedisStructureTest::essence).toList();
    }

    private static String essence(TrafficRecord record) {
        return record.request().operation() + " " + record.outcome() + " "
                + record.answer()
                        .map(answer -> answer.status() + " " + answer.wireBytes())
                        .orElse("") + " "
                + record.request().wireBytes() + " " + record.request().isSetup() + " " + record.times();
    }

    private static List<Flow.Step> cut(List<Flow.Step> steps, Random random) {
        List<Flow.Step> cut = new ArrayList<>();
        for (Flow.Step step : steps) {
            int from = 0;
            while (!step.isGap() && step.bytes().length - from > 1 && random.nextInt(3) > 0) {
                int to = from + 1 + random.nextInt(step.bytes().length - from - 1);
                cut.add(step.with(Arrays.copyOfRange(step.bytes(), from, to)));
                from = to;
            }
            cut.add(step.isGap() ? step : step.with(Arrays.copyOfRange(step.bytes(), from, step.bytes().length)));
        }
        return cut;
    }

    private static String text(Flow.Step step) {
        return new String(step.bytes(), StandardCharsets.ISO_8859_1);
    }

    private static Flow.Step request(String text, long atNanos) {
        return new Flow.Step(atNanos, true, text.getBytes(StandardCharsets.ISO_8859_1), 0);
    }

    private static Flow.Step reply(String text, long atNanos) {
        return new Flow.Step(atNanos, false, text.getBytes(StandardCharsets.ISO_8859_1), 0);
    }
}
