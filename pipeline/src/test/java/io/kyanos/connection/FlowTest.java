package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Outcome;
import io.kyanos.record.StepTime;
import io.kyanos.record.TrafficRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every flow of every protocol, whole and mutilated. */
class FlowTest {

    private static final Path FLOWS = Path.of("src/test/resources/flows");
    private static final int RANDOM_RUNS = 50;
    /** Beside the records that the missing bytes belong to, so many may be lost with them. */
    private static final int COLLATERAL = 2;

    static Stream<Path> flows() throws IOException {
        try (Stream<Path> files = Files.walk(FLOWS)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(".flow"))
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
            assertThat(found).as("flows below %s", FLOWS).isNotEmpty();
            return found.stream();
        }
    }

    @ParameterizedTest
    @MethodSource("flows")
    void givesTheExpectedRecordsWhole(Path file) {
        Flow flow = Flow.read(file);
        FlowRun run = run(flow, flow.segments());

        assertThat(described(run)).containsExactlyElementsOf(flow.expectations());
        assertThat(run.records)
                .allSatisfy(record -> assertThat(record.protocol()).isEqualTo(flow.protocol()));
    }

    @ParameterizedTest
    @MethodSource("flows")
    void givesTheSameRecordsByteByByte(Path file) {
        Flow flow = Flow.read(file);
        FlowRun run = new FlowRun(protocols(), flow.role(), true);
        run.runByteByByte(flow.segments());

        assertThat(described(run)).containsExactlyElementsOf(flow.expectations());
        assertThat(run.accountedBytes()).isEqualTo(run.streamBytes());
    }

    @ParameterizedTest
    @MethodSource("flows")
    void givesTheSameRecordsCutAtRandomPoints(Path file) {
        Flow flow = Flow.read(file);
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            FlowRun run = run(flow, cut(flow.segments(), new Random(seed)));

            assertThat(described(run)).as("seed %d", seed).containsExactlyElementsOf(flow.expectations());
            assertThat(run.accountedBytes()).as("seed %d", seed).isEqualTo(run.streamBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("flows")
    void inventsNothingWhenASegmentIsMissing(Path file) {
        Flow flow = Flow.read(file);
        FlowRun whole = run(flow, flow.segments());
        for (int missing = 0; missing < flow.segments().size(); missing++) {
            List<Flow.Segment> rest = new ArrayList<>(flow.segments());
            Flow.Segment gone = rest.get(missing);
            rest.set(missing, new Flow.Segment(gone.atNanos(), gone.request(), gone.bytes(), false));
            FlowRun run = run(flow, rest);

            String what = "segment " + missing + " of " + file.getFileName();
            assertNothingInvented(what, whole, run);
            long touched = whole.records.stream()
                    .filter(record -> uses(record, gone.atNanos()))
                    .count();
            long lost = (long) answered(whole.records).size()
                    - answered(run.records).size();
            assertThat(lost).as("records lost without %s", what).isLessThanOrEqualTo(touched + COLLATERAL);
            assertThat(run.accountedBytes()).as(what).isEqualTo(run.streamBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("flows")
    void inventsNothingWhenRandomBytesAreMissing(Path file) {
        Flow flow = Flow.read(file);
        FlowRun whole = run(flow, flow.segments());
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            Random random = new Random(seed);
            List<Flow.Segment> segments = cut(flow.segments(), random);
            for (int holes = 1 + random.nextInt(3); holes > 0; holes--) {
                int at = random.nextInt(segments.size());
                Flow.Segment gone = segments.get(at);
                segments.set(at, new Flow.Segment(gone.atNanos(), gone.request(), gone.bytes(), false));
            }
            FlowRun run = run(flow, segments);

            assertNothingInvented("seed " + seed, whole, run);
            assertThat(run.accountedBytes()).as("seed %d", seed).isEqualTo(run.streamBytes());
        }
    }

    @ParameterizedTest
    @MethodSource("flows")
    void inventsNothingOutOfOneDirection(Path file) {
        Flow flow = Flow.read(file);
        FlowRun whole = run(flow, flow.segments());
        for (boolean requests : new boolean[] {true, false}) {
            List<Flow.Segment> one = flow.segments().stream()
                    .filter(segment -> segment.request() == requests)
                    .toList();
            FlowRun run = run(flow, one);

            assertThat(answered(run.records)).as("requests %s", requests).isEmpty();
            assertNothingInvented("one direction", whole, run);
        }
    }

    @ParameterizedTest
    @MethodSource("flows")
    void inventsNothingWhenItBeginsInTheMiddle(Path file) {
        Flow flow = Flow.read(file);
        FlowRun whole = run(flow, flow.segments());
        for (int seed = 0; seed < RANDOM_RUNS; seed++) {
            Random random = new Random(seed);
            List<Flow.Segment> segments = cut(flow.segments(), random);
            int from = random.nextInt(segments.size());
            FlowRun run = new FlowRun(protocols(), flow.role(), false);
            run.run(segments.subList(from, segments.size()));

            assertNothingInvented("seed " + seed + " from segment " + from, whole, run);
            assertThat(run.accountedBytes()).as("seed %d", seed).isEqualTo(run.streamBytes());
        }
    }

    private static FlowRun run(Flow flow, List<Flow.Segment> segments) {
        FlowRun run = new FlowRun(protocols(), flow.role(), true);
        run.run(segments);
        return run;
    }

    /** Each answered record is one of the whole run's, in order; an unanswered one asks what was asked there. */
    private static void assertNothingInvented(String what, FlowRun whole, FlowRun run) {
        List<String> real = answered(whole.records);
        int at = 0;
        for (String record : answered(run.records)) {
            int found = real.subList(at, real.size()).indexOf(record);
            assertThat(found)
                    .as("%s: %s among %s", what, record, real.subList(at, real.size()))
                    .isNotNegative();
            at += found + 1;
        }
        List<String> asked = whole.records.stream().map(FlowTest::asked).toList();
        assertThat(asked)
                .as(what)
                .containsAll(run.records.stream().map(FlowTest::asked).toList());
    }

    private static List<String> described(FlowRun run) {
        return run.records.stream().map(FlowRun::described).toList();
    }

    private static List<String> answered(List<TrafficRecord> records) {
        return records.stream()
                .filter(record -> record.outcome() != Outcome.UNANSWERED)
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

    /** The same bytes in more and smaller segments. */
    private static List<Flow.Segment> cut(List<Flow.Segment> segments, Random random) {
        List<Flow.Segment> cut = new ArrayList<>();
        for (Flow.Segment segment : segments) {
            int at = 0;
            while (at < segment.bytes().length) {
                int count = random.nextInt(4) == 0
                        ? segment.bytes().length - at
                        : 1 + random.nextInt(segment.bytes().length - at);
                byte[] part = Arrays.copyOfRange(segment.bytes(), at, at + count);
                cut.add(new Flow.Segment(segment.atNanos(), segment.request(), part, segment.captured()));
                at += count;
            }
        }
        return cut;
    }

    private static List<Protocol> protocols() {
        return Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());
    }
}
