package io.kyanos;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.RecordedInMemory.TimedEvent;
import io.kyanos.actor.ThrowingProtocol;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.connection.Opening;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Detail;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import io.kyanos.replay.RecordedEvents;
import io.kyanos.replay.RecordedEvents.KnownConnection;
import io.kyanos.sink.SelfStatistics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final CaptureRequest EVERYTHING =
            new CaptureRequest(CaptureFilters.NONE, Set.of(), new Detail(true, 64, true));

    @Test
    void givesTheSameRecordsInTheSameOrderWithOneThreadAndWithEight() throws Exception {
        long seed = new Random().nextLong();
        List<TimedEvent> events = busyHour(new Random(seed));

        List<String> byOne = replay(config(1, 100), new RecordedInMemory().inPartsOf(700, events), EVERYTHING);
        List<String> byEight = replay(config(8, 100), new RecordedInMemory().inPartsOf(700, events), EVERYTHING);

        assertThat(byOne).as("seed %d", seed).hasSizeGreaterThan(2000).isEqualTo(byEight);
        assertThat(byOne).anyMatch(line -> line.contains("TIMEOUT"));
        assertThat(byOne)
                .as("seed %d: more words than their place holds", seed)
                .anyMatch(line -> line.contains("GET /{id}/{id}") || line.contains("GET /place/{id}"));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 7})
    void givesTheSameRecordsInTheSameOrderWhateverTheNumberOfRouters(int routers) throws Exception {
        long seed = new Random().nextLong();
        List<TimedEvent> events = busyHour(new Random(seed));

        List<String> byOne = replay(routers(1, 100), new RecordedInMemory().inPartsOf(700, events), EVERYTHING);
        RecordedInMemory recording = new RecordedInMemory().inPartsOf(700, events);
        List<String> bySeveral = replay(routers(routers, 100), recording, EVERYTHING);

        assertThat(bySeveral).as("seed %d", seed).hasSizeGreaterThan(2000).isEqualTo(byOne);
        assertThat(recording.allGivenBack()).isTrue();
    }

    @Test
    void givesTheSameRecordsWithSeveralRoutersWhoseConnectionsHaveThreadsOfTheirOwn() throws Exception {
        List<TimedEvent> events = busyHour(new Random(3));
        Config threads =
                ConfigFactory.parseMap(Map.of("kyanos.actors.routers", 3)).withFallback(config(4, 100));

        List<String> byOne = replay(routers(1, 100), new RecordedInMemory().inPartsOf(700, events), EVERYTHING);
        List<String> bySeveral = replay(threads, new RecordedInMemory().inPartsOf(700, events), EVERYTHING);

        assertThat(bySeveral).isEqualTo(byOne);
    }

    @Test
    void countsEveryRequestOfAnEndpointUnderOneRouteInEveryRun() throws Exception {
        List<TimedEvent> events = new ArrayList<>();
        for (int connection = 1; connection <= 30; connection++) {
            events.add(new TimedEvent(1, opened(connection)));
        }
        for (int round = 10; round < 50; round++) {
            for (int connection = 1; connection <= 30; connection++) {
                exchange(events, connection, round * 1000L + connection, round - 10, "/kiosk/lockers/" + round);
            }
        }

        List<String> byEight = replay(config(8, 10_000), new RecordedInMemory().inPartsOf(500, events), EVERYTHING);

        assertThat(byEight).hasSize(1200);
        assertThat(byEight).allSatisfy(line -> assertThat(line).contains("GET /kiosk/lockers/{id}"));
    }

    @Test
    void ordersRecordsByTheirEnd() throws Exception {
        List<TimedEvent> events = busyHour(new Random(1));
        RecordedInMemory recording = new RecordedInMemory().inPartsOf(700, events);

        List<TrafficRecord> records = records(config(8, 100_000), recording, EVERYTHING);

        assertThat(records)
                .isSortedAccordingTo(Comparator.<TrafficRecord>comparingLong(
                                record -> record.times().endedAt())
                        .thenComparingLong(record -> record.connection().generation()));
        assertThat(recording.allGivenBack()).isTrue();
    }

    @Test
    void timesRequestsOutByTheClockOfTheEvents() throws Exception {
        RecordedInMemory recording = new RecordedInMemory()
                .then(10, opened(1), opened(2), write(1, 5, 0, get("/late")), write(2, 6, 0, get("/never")))
                .then(100 * SECOND, read(1, 100 * SECOND, 0, OK));

        List<TrafficRecord> records = records(config(1, 100), recording, EVERYTHING);

        assertThat(records).extracting(TrafficRecord::outcome).containsOnly(Outcome.UNANSWERED);
        assertThat(records)
                .extracting(record -> record.reason().orElseThrow())
                .containsExactly(Unanswered.TIMEOUT, Unanswered.TIMEOUT);
        assertThat(records)
                .extracting(record -> record.times().endedAt())
                .containsExactly(60 * SECOND + 6, 60 * SECOND + 7);
    }

    @Test
    void handsOverWhatWaitsAtTheEndOfTheFile() throws Exception {
        RecordedInMemory recording =
                new RecordedInMemory().then(10, opened(1), write(1, 5, 0, get("/last")), opened(2), opened(3));

        List<TrafficRecord> records = records(config(1, 100), recording, EVERYTHING);

        assertThat(records)
                .extracting(record -> record.reason().orElseThrow())
                .containsExactly(Unanswered.CAPTURE_LOSS);
    }

    @Test
    void knowsConnectionsThatWereOpenBefore() throws Exception {
        Opening opening = new Opening(
                Transport.TCP, new Endpoint(new byte[16], 77), Endpoint.NONE, Side.CLIENT, true, TraceState.UNSET);
        RecordedInMemory recording = new RecordedInMemory()
                .then(List.of(new KnownConnection(9, opening)), 20, write(9, 5, 0, get("/")), read(9, 6, 0, OK));

        List<TrafficRecord> records = records(config(1, 100), recording, EVERYTHING);

        assertThat(records).hasSize(1);
        assertThat(records.get(0).connection().local().port()).isEqualTo(77);
    }

    @Test
    void leavesOutConnectionsThatFiltersExclude() throws Exception {
        CaptureFilters toRedis = CaptureFilters.NONE.withRemotePorts(Choice.of(Set.of(PortRange.of(6379))));
        Opening wanted = new Opening(
                Transport.TCP, Endpoint.NONE, new Endpoint(new byte[16], 6379), Side.CLIENT, true, TraceState.UNSET);
        Opening unwanted = new Opening(
                Transport.TCP, Endpoint.NONE, new Endpoint(new byte[16], 80), Side.CLIENT, true, TraceState.UNSET);
        RecordedInMemory recording = new RecordedInMemory()
                .then(
                        List.of(new KnownConnection(8, unwanted), new KnownConnection(9, wanted)),
                        20,
                        write(8, 3, 0, get("/")),
                        read(8, 4, 0, OK),
                        write(9, 5, 0, get("/")),
                        read(9, 6, 0, OK),
                        closed(8, 10, 10, 10));

        List<TrafficRecord> records =
                records(config(1, 100), recording, new CaptureRequest(toRedis, Set.of(), Detail.NONE));

        assertThat(records)
                .extracting(record -> record.connection().generation())
                .containsExactly(9L);
    }

    @Test
    void leavesOutProcessesThatFiltersExcludeAndKeepsChildren() throws Exception {
        CaptureFilters ofShell = CaptureFilters.NONE.withNames(Choice.of(Set.of("sh")));
        RecordedInMemory recording = new RecordedInMemory()
                .then(
                        20,
                        EventEncoder.process(EventDecoder.KIND_RUNNING, 1, 11, 10, "curl", "curl"),
                        EventEncoder.process(EventDecoder.KIND_RUNNING, 1, 10, 1, "sh", "sh"),
                        EventEncoder.process(EventDecoder.KIND_RUNNING, 1, 12, 1, "wget", "wget"))
                .then(25, openedBy(1, 11), openedBy(2, 12), openedBy(3, 10))
                .then(40, exchangeOf(1, 11), exchangeOf(2, 12), answerOf(1, 11), answerOf(2, 12))
                .then(60, EventEncoder.process(EventDecoder.KIND_FORK, 50, 13, 11, "curl", "curl"))
                .then(80, exchangeOf(3, 13), answerOf(3, 13));

        List<TrafficRecord> records =
                records(config(1, 100), recording, new CaptureRequest(ofShell, Set.of(), Detail.NONE));

        assertThat(records).extracting(record -> record.connection().tgid()).containsExactly(11, 13);
    }

    /** Channels are read one after the other: the end of a connection often stands before its last data. */
    @Test
    void dropsNothingOfExcludedConnectionsWhereverTheirCloseEventIs() throws Exception {
        CaptureFilters servers = CaptureFilters.NONE.withSide(Side.SERVER);
        RecordedInMemory recording = new RecordedInMemory()
                .then(20, opened(1), closed(1, 32, get("/").length(), OK.length()), write(1, 18, 0, get("/")))
                .then(40, read(1, 31, 0, OK))
                .then(60, write(1, 32, 0, "more"));

        SelfStatistics statistics =
                statistics(config(1, 100), recording, new CaptureRequest(servers, Set.of(), Detail.NONE));

        assertThat(statistics.dropped().values()).hasSizeGreaterThan(10).containsOnly(0L);
        assertThat(statistics.finalPositionBytes()).isZero();
        assertThat(statistics.connectionsSeen()).isZero();
    }

    @Test
    void closesAConnectionWhoseCloseEventIsBeforeTheFirstCallOfAWantedProcess() throws Exception {
        CaptureFilters ofCurl = CaptureFilters.NONE.withNames(Choice.of(Set.of("curl")));
        RecordedInMemory recording = new RecordedInMemory()
                .then(
                        20,
                        EventEncoder.process(EventDecoder.KIND_RUNNING, 1, 11, 1, "curl", "curl"),
                        EventEncoder.process(EventDecoder.KIND_RUNNING, 1, 12, 1, "wget", "wget"))
                .then(25, openedBy(1, 12), closed(1, 35, get("/").length(), OK.length()))
                .then(40, exchangeOf(1, 11), answerOf(1, 11));

        SelfStatistics statistics =
                statistics(config(1, 100), recording, new CaptureRequest(ofCurl, Set.of(), Detail.NONE));

        assertThat(statistics.dropped().values()).containsOnly(0L);
        assertThat(statistics.connections()).containsEntry("open", 0L);
        assertThat(statistics.finalPositionBytes()).isEqualTo(get("/").length() + OK.length());
        assertThat(statistics.streamBytes().values().stream()
                        .mapToLong(bytes -> bytes)
                        .sum())
                .isEqualTo(statistics.finalPositionBytes());
    }

    @Test
    void survivesConnectionsThatDieOfABug() throws Exception {
        List<TimedEvent> events = busyHour(new Random(7));
        for (int i = 0; i < 10; i++) {
            int at = 100 + 100 * i;
            events.add(
                    at,
                    new TimedEvent(
                            events.get(at).at(), write(900 + i, events.get(at).at(), 0, "THROW")));
            events.add(at, new TimedEvent(events.get(at).at(), opened(900 + i)));
        }

        List<String> byOne = replay(config(1, 100), new RecordedInMemory().inPartsOf(300, events), EVERYTHING);
        List<String> byEight = replay(config(8, 100), new RecordedInMemory().inPartsOf(300, events), EVERYTHING);
        List<String> byFour = replay(routers(4, 100), new RecordedInMemory().inPartsOf(300, events), EVERYTHING);

        assertThat(byOne).isEqualTo(byEight).isEqualTo(byFour);
    }

    /** An hour of 200 connections that ask for many things; some get no answer, some close in time. */
    private static List<TimedEvent> busyHour(Random random) {
        List<TimedEvent> events = new ArrayList<>();
        int[] asked = new int[201];
        for (int connection = 1; connection <= 200; connection++) {
            events.add(new TimedEvent(1, opened(connection)));
        }
        long now = 10;
        for (int i = 0; i < 4000; i++) {
            now += random.nextInt(2 * 900_000_000);
            int connection = 1 + random.nextInt(200);
            if (asked[connection] < 0) {
                continue;
            }
            if (random.nextInt(300) == 0) {
                events.add(new TimedEvent(
                        now,
                        write(connection, now, asked[connection] * request().length(), request())));
                long end = now + 90 * SECOND;
                now += random.nextBoolean() ? 100 * SECOND : 0;
                events.add(new TimedEvent(Math.max(now, end), closed(connection, Math.max(now, end), 1, 1)));
                now = Math.max(now, end);
                asked[connection] = -1;
            } else {
                exchange(events, connection, now, asked[connection]++, word(random));
            }
        }
        return events;
    }

    private static String request() {
        return get(word(new Random(0)));
    }

    /** Always of the same length. */
    private static String word(Random random) {
        char[] letters = "abe".toCharArray();
        StringBuilder word = new StringBuilder("/place/");
        for (int i = 0; i < 4; i++) {
            word.append("bdgkmrst".charAt(random.nextInt(8))).append(letters[random.nextInt(3)]);
        }
        return word.toString();
    }

    private static void exchange(List<TimedEvent> events, int connection, long at, int index, String path) {
        String get = get(path);
        events.add(new TimedEvent(at, write(connection, at, (long) index * get.length(), get)));
        events.add(new TimedEvent(at + 500, read(connection, at + 500, (long) index * OK.length(), OK)));
    }

    private static byte[] exchangeOf(long generation, int tgid) {
        byte[] bytes = get("/").getBytes(StandardCharsets.ISO_8859_1);
        return EventEncoder.data(30, 30, generation, tgid, 3, Direction.EGRESS, 0, bytes, bytes.length);
    }

    private static byte[] answerOf(long generation, int tgid) {
        byte[] bytes = OK.getBytes(StandardCharsets.ISO_8859_1);
        return EventEncoder.data(31, 31, generation, tgid, 3, Direction.INGRESS, 0, bytes, bytes.length);
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }

    /** So many routers, each with its connections on its own thread. */
    private static Config routers(int number, int window) {
        return ConfigFactory.parseMap(Map.of("kyanos.actors.routers", number, "kyanos.replay.order-window", window))
                .withFallback(ConfigFactory.load())
                .resolve();
    }

    private static Config config(int threads, int window) {
        return ConfigFactory.parseMap(Map.of(
                        "kyanos.actors.routers",
                        1,
                        "kyanos.actors.connection-dispatcher.executor",
                        "fork-join-executor",
                        "kyanos.actors.connection-dispatcher.fork-join-executor.parallelism-min",
                        threads,
                        "kyanos.actors.connection-dispatcher.fork-join-executor.parallelism-max",
                        threads,
                        "kyanos.actors.connection-dispatcher.throughput",
                        1,
                        "kyanos.replay.order-window",
                        window))
                .withFallback(ConfigFactory.load())
                .resolve();
    }

    private static List<String> replay(Config config, RecordedEvents recording, CaptureRequest request)
            throws Exception {
        return records(config, recording, request).stream()
                .map(record -> record.connection().generation() + " " + record.times() + " "
                        + record.request().operation() + " " + record.request().text() + " "
                        + record.answer().map(Object::toString).orElse("-") + " " + record.reason())
                .toList();
    }

    private static List<TrafficRecord> records(Config config, RecordedEvents recording, CaptureRequest request)
            throws Exception {
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "replay", config);
        try {
            List<TrafficRecord> records = new ArrayList<>();
            Kyanos.get(system)
                    .replay(config, request, List.of(new ThrowingProtocol()), recording)
                    .records()
                    .runWith(Sink.foreach(records::addAll), system)
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
            return records;
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private static SelfStatistics statistics(Config config, RecordedEvents recording, CaptureRequest request)
            throws Exception {
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "replay", config);
        try {
            Capture capture = Kyanos.get(system).replay(config, request, List.of(), recording);
            capture.records()
                    .runWith(Sink.ignore(), system)
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
            return capture.statistics();
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private static byte[] opened(long generation) {
        return openedBy(generation, 10);
    }

    private static byte[] openedBy(long generation, int tgid) {
        return EventEncoder.opened(1, generation, tgid, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
    }

    private static byte[] write(long generation, long at, long position, String bytes) {
        return data(generation, at, Direction.EGRESS, position, bytes);
    }

    private static byte[] read(long generation, long at, long position, String bytes) {
        return data(generation, at, Direction.INGRESS, position, bytes);
    }

    private static byte[] data(long generation, long at, Direction direction, long position, String bytes) {
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        return EventEncoder.data(at, at, generation, 10, 3, direction, position, all, all.length);
    }

    private static byte[] closed(long generation, long at, long egressEnd, long ingressEnd) {
        return EventEncoder.closed(at, generation, 10, 3, egressEnd, ingressEnd, EventDecoder.CLOSE_NORMAL);
    }
}
