package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Outcome;
import io.kyanos.record.StepTime;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every flow of every protocol, whole and mutilated. */
class FlowTest {

    /** Which other words are part of a route depends on answers, and so on what was lost. */
    private static final Config CONFIG = ConfigFactory.parseString("kyanos { http.words = known, sql.tables = known }")
            .withFallback(ConfigFactory.parseResources("reference.conf"))
            .resolve();

    private static final int RANDOM_RUNS = 50;
    /** Beside the records that the missing bytes belong to, so many may be lost with them. */
    private static final int COLLATERAL = 2;

    static List<Flow> flows() {
        return Flow.all();
    }

    /** Those whose borders between calls mean nothing. */
    static List<Flow> streams() {
        return Flow.all().stream().filter(flow -> !flow.isOfDatagrams()).toList();
    }

    /** Without those whose values hold whole commands: from the middle of such a value nobody can tell. */
    static List<Flow> flowsWithPlainValues() {
        return streams().stream()
                .filter(flow -> !flow.name().startsWith("embedded"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("flows")
    void givesTheExpectedRecordsWhole(Flow flow) {
        FlowRun run = run(flow, flow.steps());

        assertThat(described(run)).containsExactlyElementsOf(flow.expectedOfAll());
        assertThat(run.records)
                .allSatisfy(record -> assertThat(record.protocol())
                        .isEqualTo(flow.becomes().isEmpty() ? flow.protocol() : flow.becomes()));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void givesTheSameRecordsByteByByte(Flow flow) {
        FlowRun run = new FlowRun(protocols(), flow.role(), true);
        run.runByteByByte(flow.steps());

        assertThat(described(run)).containsExactlyElementsOf(flow.expectedOfAll());
        assertThat(run.accountedBytes()).isEqualTo(run.streamBytes());
        assertThat(run.undeclaredReasons()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void givesTheSameRecordsCutAtRandomPoints(Flow flow) {
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            FlowRun run = run(flow, Flow.cut(flow.steps(), new Random(seed)));

            assertThat(described(run)).as("seed %d", seed).containsExactlyElementsOf(flow.expectedOfAll());
            assertThat(run.accountedBytes()).as("seed %d", seed).isEqualTo(run.streamBytes());
            assertThat(run.undeclaredReasons()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("flows")
    void inventsNothingWhenASegmentIsMissing(Flow flow) {
        FlowRun whole = run(flow, flow.steps());
        for (int missing = 0; missing < flow.steps().size(); missing++) {
            List<Flow.Step> rest = new ArrayList<>(flow.steps());
            Flow.Step gone = rest.get(missing);
            rest.set(missing, gone.lost());
            FlowRun run = run(flow, rest);

            String what = "step " + missing + " of " + flow;
            assertNothingInvented(flow, what, whole, run);
            if (!flow.isOfDatagrams()) {
                // a datagram is there or not, and another may answer in its place
                assertMarkedTruncated(what, whole, run, gone.atNanos());
            }
            long touched = whole.records.stream()
                    .filter(record -> uses(record, gone.atNanos()))
                    .count();
            assertFewLost(what, whole, run, touched + COLLATERAL);
            assertThat(run.accountedBytes()).as(what).isEqualTo(run.streamBytes());
            assertThat(run.undeclaredReasons()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("flowsWithPlainValues")
    void inventsNothingWhenRandomBytesAreMissing(Flow flow) {
        FlowRun whole = run(flow, flow.steps());
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            Random random = new Random(seed);
            List<Flow.Step> steps = Flow.cut(flow.steps(), random);
            int holes = 1 + random.nextInt(3);
            Set<Long> missing = new HashSet<>();
            for (int i = 0; i < holes; i++) {
                int at = random.nextInt(steps.size());
                missing.add(steps.get(at).atNanos());
                steps.set(at, steps.get(at).lost());
            }
            FlowRun run = run(flow, steps);

            String what = "seed " + seed;
            assertNothingInvented(flow, what, whole, run);
            long touched = whole.records.stream()
                    .filter(record -> missing.stream().anyMatch(at -> uses(record, at)))
                    .count();
            assertFewLost(what, whole, run, touched + (long) holes * COLLATERAL);
            assertThat(run.accountedBytes()).as("seed %d", seed).isEqualTo(run.streamBytes());
            assertThat(run.undeclaredReasons()).isEmpty();
        }
    }

    /** Without those in which one direction promises, or resets, by itself: their names begin with {@code alone}. */
    static List<Flow> flowsOfTwoDirections() {
        return flows().stream().filter(flow -> !flow.name().startsWith("alone")).toList();
    }

    @ParameterizedTest
    @MethodSource("flowsOfTwoDirections")
    void inventsNothingOutOfOneDirection(Flow flow) {
        FlowRun whole = run(flow, flow.steps());
        for (boolean requests : new boolean[] {true, false}) {
            List<Flow.Step> one = flow.steps().stream()
                    .filter(step -> step.isRequest() == requests)
                    .toList();
            FlowRun run = run(flow, one);

            assertThat(answered(run.records)).as("requests %s", requests).isEmpty();
            assertNothingInvented(flow, "one direction", whole, run);
        }
    }

    /** Without replications: both of their ends send commands, so only their beginning shows which is the client. */
    static List<Flow> flowsThatShowTheirClient() {
        return flowsWithPlainValues().stream()
                .filter(flow -> !flow.name().startsWith("replica"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("flowsThatShowTheirClient")
    void inventsNothingWhenItBeginsInTheMiddle(Flow flow) {
        FlowRun whole = run(flow, flow.steps());
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            Random random = new Random(seed);
            List<Flow.Step> steps = Flow.cut(flow.steps(), random);
            int from = random.nextInt(steps.size());
            FlowRun run = new FlowRun(protocols(), flow.role(), false);
            run.run(steps.subList(from, steps.size()));

            String what = "seed " + seed + " from step " + from;
            assertNothingInvented(flow, what, whole, run);
            long since = steps.get(from).atNanos();
            long begunBefore = whole.records.stream()
                    .filter(record -> record.times().startedAt() <= since + FlowRun.EPOCH_OFFSET_NANOS)
                    .count();
            assertFewLost(what, whole, run, begunBefore + COLLATERAL);
            assertThat(run.accountedBytes()).as("seed %d", seed).isEqualTo(run.streamBytes());
            assertThat(run.undeclaredReasons()).isEmpty();
        }
    }

    private static FlowRun run(Flow flow, List<Flow.Step> steps) {
        FlowRun run = FlowRun.of(protocols(), flow);
        run.run(steps);
        return run;
    }

    /**
     * Each answered record is one of the whole run's, in order, and so is each one-way message of either end; an unanswered
     * record asks what was asked there. A one-way message goes out at once, answers perhaps only when a loss has been
     * overcome or noticed, so between the kinds the order may change.
     */
    private static void assertNothingInvented(Flow flow, String what, FlowRun whole, FlowRun run) {
        assertInOrder(flow, what, answered(whole.records), answered(run.records));
        for (boolean fromClient : new boolean[] {true, false}) {
            assertInOrder(flow, what, oneWay(whole, fromClient), oneWay(run, fromClient));
        }
        List<String> asked =
                new ArrayList<>(whole.records.stream().map(FlowTest::asked).toList());
        for (TrafficRecord record : run.records) {
            assertThat(flow.take(asked(record), asked))
                    .as("%s: %s was asked, and not more often than that", what, asked(record))
                    .isTrue();
        }
    }

    private static void assertFewLost(String what, FlowRun whole, FlowRun run, long most) {
        long lost =
                (long) answered(whole.records).size() - answered(run.records).size();
        assertThat(lost).as("answered records lost by %s", what).isLessThanOrEqualTo(most);
    }

    /** What comes of a record that the missing bytes belong to, if anything does, says that it is not whole. */
    private static void assertMarkedTruncated(String what, FlowRun whole, FlowRun run, long missingAtNanos) {
        for (TrafficRecord record : run.records) {
            List<TrafficRecord> same = whole.records.stream()
                    .filter(real -> asked(real).equals(asked(record)) && share(record, real))
                    .toList();
            if (!same.isEmpty()
                    && same.stream().allMatch(real -> uses(real, missingAtNanos))
                    && record.response() != null) {
                assertThat(record.truncated())
                        .as("%s: %s is truncated", what, FlowRun.described(record))
                        .isTrue();
            }
        }
    }

    private static boolean share(TrafficRecord one, TrafficRecord other) {
        return one.requestCalls().stream().anyMatch(other.requestCalls()::contains);
    }

    private static void assertInOrder(Flow flow, String what, List<String> real, List<String> found) {
        int at = 0;
        for (String record : found) {
            int next = at;
            while (next < real.size() && !flow.mayBe(record, real.get(next))) {
                next++;
            }
            assertThat(next)
                    .as("%s: %s among %s", what, record, real.subList(at, real.size()))
                    .isLessThan(real.size());
            at = next + 1;
        }
    }

    private static List<String> described(FlowRun run) {
        return run.records.stream().map(FlowRun::described).toList();
    }

    private static List<String> answered(List<TrafficRecord> records) {
        return records.stream()
                .filter(record -> record.response() != null)
                .map(FlowRun::described)
                .toList();
    }

    private static List<String> oneWay(FlowRun run, boolean fromClient) {
        return run.records.stream()
                .filter(record -> record.outcome() == Outcome.ONE_WAY && run.isFromClient(record) == fromClient)
                .map(FlowRun::described)
                .toList();
    }

    private static String asked(TrafficRecord record) {
        return record.request().operation() + "|" + record.request().resource();
    }

    private static boolean uses(TrafficRecord record, long atNanos) {
        return Stream.concat(record.requestCalls().stream(), record.responseCalls().stream())
                .map(StepTime::at)
                .anyMatch(at -> at == atNanos + FlowRun.EPOCH_OFFSET_NANOS);
    }

    /** New ones for every run, as they learn from what they see. */
    static List<Protocol> protocols() {
        return Protocols.of(CONFIG);
    }
}
