package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Message;
import io.kyanos.record.TrafficRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection says that nobody wants; and that its records are the same whether the kernel side heeds it or not. */
class PassOverTest {

    private static final Detail LABELS = new Detail(true, 0, true);
    private static final Direction OUT = Direction.EGRESS;
    private static final Direction IN = Direction.INGRESS;
    private static final int LARGE = 300_000;
    private static final int RUNS = 40;

    /** One turn of an exchange. */
    private record Turn(Direction direction, byte[] bytes) {}

    /** What was told, and after how many calls the kernel side heeds it. */
    private record Told(Direction direction, long until, int atCall) {}

    /** A client's connection and the kernel side that captures it. */
    private static final class Run implements TraceControl {

        final List<TrafficRecord> records = new ArrayList<>();
        final List<Told> told = new ArrayList<>();
        final Books books = new Books(new MemoryBudget(1 << 20), new MemoryBudget(1 << 20));
        final Connection connection;
        final long[] positions = new long[2];
        long captured;
        long passedOver;

        private final boolean heeds;
        private final int lag;
        private final Deque<Told> waiting = new ArrayDeque<>();
        private final long[] until = new long[2];
        private int calls;

        Run(boolean heeds, int lag, Detail detail, int origin) {
            this.heeds = heeds;
            this.lag = lag;
            ConnectionSettings settings = new ConnectionSettings(
                    Protocols.of(ConfigFactory.parseResources("reference.conf").resolve()),
                    Set.copyOf(Protocols.names()),
                    detail,
                    1 << 17,
                    1 << 16,
                    64,
                    8,
                    1 << 14,
                    Duration.ofSeconds(60),
                    0);
            connection = new Connection(7, settings, books, this, process -> "process", records::add);
            int side = origin == EventDecoder.ORIGIN_FIRST_USE ? 0 : EventDecoder.SIDE_CLIENT;
            on(EventEncoder.opened(0, 7, 1, 3, side, origin));
        }

        static Run client() {
            return new Run(true, 0, LABELS, EventDecoder.ORIGIN_CONNECT);
        }

        @Override
        public void trace(long generation, TraceState state) {
            assertThat(generation).isEqualTo(7);
        }

        @Override
        public void passOver(long generation, Direction direction, long to) {
            assertThat(generation).isEqualTo(7);
            Told next = new Told(direction, to, calls + lag);
            told.add(next);
            waiting.add(next);
        }

        Run on(byte[] event) {
            connection.on(EventEncoder.read(event));
            return this;
        }

        Run moves(Direction direction, String bytes) {
            return moves(direction, bytes.getBytes(StandardCharsets.ISO_8859_1));
        }

        /** A call, in the pieces that the kernel side makes of it. */
        Run moves(Direction direction, byte[] bytes) {
            calls++;
            while (!waiting.isEmpty() && waiting.peek().atCall() < calls) {
                Told heard = waiting.remove();
                until[heard.direction().code()] = heeds ? heard.until() : 0;
            }
            long position = positions[direction.code()];
            int passed = (int) Math.max(0, Math.min(bytes.length, until[direction.code()] - position));
            positions[direction.code()] += bytes.length;
            if (passed > 0) {
                passedOver += passed;
                on(EventEncoder.passedOver(calls, calls + 1, 7, direction, position, passed));
            }
            if (passed < bytes.length) {
                byte[] rest = Arrays.copyOfRange(bytes, passed, bytes.length);
                captured += rest.length;
                byte[] piece =
                        EventEncoder.data(calls, calls + 1, 7, 1, 3, direction, position + passed, rest, rest.length);
                on(passed > 0 ? EventEncoder.continued(piece) : piece);
            }
            return this;
        }

        Run loses(Direction direction, int bytes) {
            positions[direction.code()] += bytes;
            return this;
        }

        Run closes() {
            return on(EventEncoder.closed(1_000_000, 7, 1, 3, positions[0], positions[1], 0));
        }

        List<String> described() {
            return records.stream()
                    .map(record -> FlowRun.described(record) + " "
                            + record.request().wireBytes() + " "
                            + record.answer().map(Message::wireBytes) + " " + record.times() + " "
                            + record.truncated())
                    .toList();
        }

        List<String> toldPositions() {
            return told.stream()
                    .map(each -> each.direction() + " " + each.until())
                    .toList();
        }

        long accounted() {
            return Arrays.stream(Fate.values()).mapToLong(books::streamBytes).sum();
        }
    }

    @Test
    void theEndOfALargeResponseIsToldOnce() {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n";

        Run run = Run.client().moves(OUT, "GET /a HTTP/1.1\r\n\r\n").moves(IN, head + "b".repeat(1000));
        run.moves(IN, "b".repeat(1000)).moves(IN, "b".repeat(LARGE - 2000));

        assertThat(run.toldPositions()).containsExactly("INGRESS " + (head.length() + LARGE));
        assertThat(run.records).hasSize(1);
        assertThat(run.passedOver).isEqualTo(LARGE - 1000);
    }

    @Test
    void aBodyOfWhichLittleIsLeftIsNotTold() {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n";
        int left = (int) ParseStage.PASS_OVER_LEAST - 1;

        Run run = Run.client().moves(OUT, "GET /a HTTP/1.1\r\n\r\n").moves(IN, head + "b".repeat(LARGE - left));

        assertThat(run.told).isEmpty();
    }

    @Test
    void aBodyThatLastsUntilTheEndIsNotTold() {
        Run run = Run.client()
                .moves(OUT, "GET /a HTTP/1.0\r\n\r\n")
                .moves(IN, "HTTP/1.0 200 OK\r\n\r\n" + "b".repeat(LARGE));

        assertThat(run.told).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "application/x-ndjson"})
    void aStreamOfEventsIsNotToldAndTheNextBodyIs(String type) {
        String length = "Content-Length: " + LARGE + "\r\n\r\n";
        String line = "data: 1\n\n\n";

        Run run = Run.client()
                .moves(OUT, "GET /a HTTP/1.1\r\n\r\n")
                .moves(IN, "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n" + length + line);
        assertThat(run.told).isEmpty();
        run.moves(IN, line.repeat(LARGE / line.length() - 1))
                .moves(OUT, "GET /a HTTP/1.1\r\n\r\n")
                .moves(IN, "HTTP/1.1 200 OK\r\n" + length);

        assertThat(run.told).hasSize(1);
        assertThat(run.records
                        .get(0)
                        .answer()
                        .orElseThrow()
                        .streamed()
                        .orElseThrow()
                        .count())
                .isEqualTo(LARGE / line.length());
    }

    @Test
    void nothingIsToldWhereTextIsKept() {
        Run run = new Run(true, 0, new Detail(true, 100, true), EventDecoder.ORIGIN_CONNECT);

        run.moves(OUT, "GET /a HTTP/1.1\r\n\r\n")
                .moves(IN, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\nb");

        assertThat(run.told).isEmpty();
    }

    @Test
    void nothingIsToldWhereStructureIsReported() {
        Run run = new Run(true, 0, LABELS, EventDecoder.ORIGIN_CONNECT);
        Run reporting = new Run(true, 0, LABELS, EventDecoder.ORIGIN_CONNECT);
        reporting.connection.reportStructureTo((direction, from, to) -> {});

        for (Run each : List.of(run, reporting)) {
            each.moves(OUT, "*1\r\n$4\r\nPING\r\n").moves(IN, "+PONG\r\n");
            each.moves(OUT, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$" + LARGE + "\r\nv");
        }

        assertThat(run.told).hasSize(1);
        assertThat(reporting.told).isEmpty();
    }

    @Test
    void aMessageThatASearchHasFoundTellsNothingButTheNextDoes() {
        String set = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$" + LARGE + "\r\n";
        Run run = Run.client().moves(OUT, "*1\r\n$4\r\nPING\r\n").moves(IN, "+PONG\r\n");
        run.loses(OUT, 100);

        run.moves(OUT, set + "v".repeat(LARGE - 1)).moves(OUT, "v\r\n");
        assertThat(run.told).isEmpty();

        run.moves(OUT, set);
        assertThat(run.toldPositions()).containsExactly("EGRESS " + (run.positions[0] + LARGE + 2));
    }

    @Test
    void whatWasToldIsTakenBackAtTheEnd() {
        Run run = Run.client()
                .moves(OUT, "GET /a HTTP/1.1\r\n\r\n")
                .moves(IN, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\nb");

        run.closes();

        assertThat(run.toldPositions()).hasSize(2).last().isEqualTo("INGRESS 0");
        assertThat(run.accounted()).isEqualTo(run.positions[0] + run.positions[1]);
    }

    @Test
    void whatWasToldIsTakenBackWhereAParserHasThrown() {
        Run run = Run.client()
                .moves(OUT, "GET /a HTTP/1.1\r\n\r\n")
                .moves(IN, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\nb");

        run.connection.breakOff();

        assertThat(run.toldPositions()).last().isEqualTo("INGRESS 0");
    }

    @Test
    void whatWasToldIsTakenBackWhereAnotherProtocolTakesOver() {
        Run run = Run.client()
                .moves(OUT, "GET /a HTTP/1.1\r\n\r\n")
                .moves(IN, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n" + "b".repeat(LARGE))
                .moves(OUT, "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n");
        assertThat(run.toldPositions()).isEmpty();
        run.moves(IN, "HTTP/1.1 200 OK\r\n\r\n");
        run.moves(OUT, "GET /b HTTP/1.1\r\n\r\n")
                .moves(IN, "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\nb");

        assertThat(run.toldPositions()).containsExactly("INGRESS " + (run.positions[1] + LARGE - 1));

        run.moves(IN, "b".repeat(LARGE - 1)).closes();
        assertThat(run.records).hasSize(3);
    }

    @Test
    void aLossInsideTruncatesTheMessageAndWhatWasNotWantedDoesNot() {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n";
        for (int lost : new int[] {0, 10}) {
            Run run = Run.client().moves(OUT, "GET /a HTTP/1.1\r\n\r\n").moves(IN, head);
            run.moves(IN, "b".repeat(1000)).loses(IN, lost).moves(IN, "b".repeat(LARGE - 1000 - lost));

            assertThat(run.records).hasSize(1);
            assertThat(run.records.get(0).truncated()).isEqualTo(lost > 0);
            assertThat(run.books.streamBytes(Fate.PASSED_OVER)).isEqualTo(LARGE);
            assertThat(run.books.streamBytes(Fate.GAP_LOST)).isZero();
        }
    }

    @Test
    void bytesThatWereNotWantedKeepTheirFateWhereTheyAreNotUnderstood() {
        Run run = Run.client();

        run.on(EventEncoder.passedOver(1, 2, 7, IN, 0, 5000));
        run.positions[1] = 5000;
        run.closes();

        assertThat(run.books.streamBytes(Fate.PASSED_OVER)).isEqualTo(5000);
        assertThat(run.accounted()).isEqualTo(5000);
    }

    /** Names of protocols with exchanges of theirs below. */
    static List<String> protocols() {
        return List.of("http", "redis", "nats", "postgresql", "mysql");
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void recordsAreTheSameWhetherItIsHeededOrNot(String protocol) {
        long passedOver = 0;
        for (int seed = 0; seed < RUNS; seed++) {
            Run all = run(protocol, seed, false, true);
            Run less = run(protocol, seed, true, true);
            String what = protocol + ", seed " + seed;

            assertThat(all.passedOver).isZero();
            assertThat(less.described()).as(what).isEqualTo(all.described()).isNotEmpty();
            for (Fate fate : Fate.values()) {
                assertThat(less.books.streamBytes(fate))
                        .as("%s, %s", what, fate)
                        .isEqualTo(all.books.streamBytes(fate));
            }
            assertThat(less.captured + less.passedOver).as(what).isEqualTo(less.accounted());
            passedOver += less.passedOver;
        }
        assertThat(passedOver).isGreaterThan(RUNS * (long) LARGE / 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "redis", "nats"})
    void afterLossesFromTheMiddleAndCutShortBooksBalanceAndNoRecordIsMissing(String protocol) {
        for (int seed = 0; seed < RUNS; seed++) {
            Run all = run(protocol, seed, false, false);
            Run less = run(protocol, seed, true, false);
            String what = protocol + ", seed " + seed;

            assertThat(less.described()).as(what).isEqualTo(all.described());
            assertThat(less.accounted()).as(what).isEqualTo(less.positions[0] + less.positions[1]);
        }
    }

    /** Exchanges in calls of random sizes; of some, if not {@code whole}, the event is lost, and the end may cut any. */
    private static Run run(String protocol, int seed, boolean heeds, boolean whole) {
        Random random = new Random(seed);
        boolean fromBeginning = whole || random.nextBoolean();
        Run run = new Run(
                heeds,
                random.nextInt(4),
                LABELS,
                fromBeginning ? EventDecoder.ORIGIN_CONNECT : EventDecoder.ORIGIN_FIRST_USE);
        List<Turn> turns = turns(protocol, random);
        int cut = whole ? turns.size() : random.nextInt(2 * turns.size());
        for (int i = 0; i < turns.size() && i <= cut; i++) {
            Turn turn = turns.get(i);
            int length = i == cut ? random.nextInt(turn.bytes().length) : turn.bytes().length;
            int at = 0;
            while (at < length) {
                int end = Math.min(length, at + 1 + random.nextInt(at == 0 ? 8_000 : 90_000));
                if (!whole && random.nextInt(12) == 0) {
                    run.loses(turn.direction(), end - at);
                } else {
                    run.moves(turn.direction(), Arrays.copyOfRange(turn.bytes(), at, end));
                }
                at = end;
            }
        }
        return run.closes();
    }

    private static List<Turn> turns(String protocol, Random random) {
        List<Turn> turns = new ArrayList<>();
        if (protocol.equals("nats")) {
            turns.add(turn(IN, "INFO {\"server_id\":\"S\",\"version\":\"2.10\",\"max_payload\":1048576}\r\n"));
            turns.add(turn(OUT, "CONNECT {\"verbose\":false}\r\nPING\r\n"));
            turns.add(turn(IN, "PONG\r\n"));
        } else if (protocol.equals("postgresql")) {
            turns.add(new Turn(OUT, startup()));
            turns.add(new Turn(IN, join(frame('R', new byte[4]), frame('Z', "I"))));
        }
        if (protocol.equals("mysql")) {
            String greeting = "\n8.4.6\0\1\0\0\0abcdefgh\0\u00ff\u00ff\u00ff\2\0\u00ff\u00df\25" + "\0".repeat(10)
                    + "abcdefghijkl\0mysql_native_password\0";
            turns.add(new Turn(IN, packet(0, greeting)));
            turns.add(new Turn(OUT, packet(1, "\0\202\0\1\0\0\0\1\55" + "\0".repeat(23) + "joe\0\0")));
            turns.add(new Turn(IN, packet(2, "\0\0\0\2\0\0\0")));
        }
        int exchanges = 2 + random.nextInt(4);
        for (int i = 0; i < exchanges; i++) {
            int size = random.nextInt(3) == 0 ? random.nextInt(100) : LARGE + random.nextInt(1000);
            exchange(protocol, size, random.nextBoolean(), turns);
        }
        return turns;
    }

    private static void exchange(String protocol, int size, boolean isFirst, List<Turn> turns) {
        String body = "b".repeat(size);
        switch (protocol) {
            case "http" -> {
                String posted = isFirst ? "POST /p HTTP/1.1\r\nContent-Length: " + size + "\r\n\r\n" + body : "";
                turns.add(turn(OUT, posted + "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"));
                turns.add(turn(
                        IN,
                        (isFirst ? "HTTP/1.1 204 No Content\r\n\r\n" : "")
                                + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + (size == 0 ? "" : Integer.toHexString(size) + "\r\n" + body + "\r\n")
                                + "3\r\nend\r\n0\r\n\r\n"
                                + "HTTP/1.1 404 Not Found\r\nContent-Length: " + size + "\r\n\r\n" + body));
            }
            case "redis" -> {
                turns.add(turn(
                        OUT,
                        "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$" + size + "\r\n" + body + "\r\n"
                                + "*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n*1\r\n$4\r\nPING\r\n"));
                turns.add(turn(
                        IN,
                        "+OK\r\n*2\r\n$" + size + "\r\n" + body + "\r\n$2\r\nbb\r\n" + (isFirst ? "+PONG" : "-ERR x")
                                + "\r\n"));
            }
            case "nats" -> {
                turns.add(turn(OUT, "PUB a " + size + "\r\n" + body + "\r\nPUB b 2\r\nhi\r\nSUB c 1\r\n"));
                turns.add(turn(IN, "MSG c 1 " + size + "\r\n" + body + "\r\nMSG c 1 2\r\nhi\r\n"));
            }
            case "mysql" -> {
                String value =
                        "\u00fd" + (char) (size & 0xff) + (char) ((size >> 8) & 0xff) + (char) (size >> 16) + body;
                turns.add(new Turn(OUT, packet(0, "\3INSERT INTO t VALUES ('" + body + "')")));
                turns.add(new Turn(IN, packet(1, "\0\1\0\2\0\0\0")));
                turns.add(new Turn(OUT, packet(0, "\3SELECT v FROM t")));
                turns.add(new Turn(
                        IN,
                        join(
                                packet(1, "\1"),
                                packet(2, "\3def\0\0\0\1v\0\f\77\0\13\0\0\0\375\0\0\0\0\0"),
                                packet(3, value),
                                packet(4, "\u00fe\0\0\2\0\0\0"))));
            }
            default -> {
                turns.add(new Turn(OUT, frame('Q', "SELECT v FROM t\0")));
                ByteBuffer row = ByteBuffer.allocate(6 + size);
                row.putShort((short) 1).putInt(size).put(body.getBytes(StandardCharsets.ISO_8859_1));
                ByteBuffer described = ByteBuffer.allocate(22);
                described.putShort((short) 1).put("v\0".getBytes(StandardCharsets.ISO_8859_1));
                turns.add(new Turn(
                        IN,
                        join(
                                frame('T', described.array()),
                                frame('D', row.array()),
                                frame('C', "SELECT 1\0"),
                                frame('Z', "I"))));
            }
        }
    }

    private static Turn turn(Direction direction, String bytes) {
        return new Turn(direction, bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] startup() {
        byte[] parameters = "user\0u\0\0".getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(8 + parameters.length)
                .putInt(8 + parameters.length)
                .putInt(3 << 16)
                .put(parameters)
                .array();
    }

    private static byte[] packet(int sequence, String payload) {
        byte[] content = payload.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(4 + content.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(content.length | (sequence << 24))
                .put(content)
                .array();
    }

    private static byte[] frame(char type, String content) {
        return frame(type, content.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] frame(char type, byte[] content) {
        return ByteBuffer.allocate(5 + content.length)
                .put((byte) type)
                .putInt(4 + content.length)
                .put(content)
                .array();
    }

    private static byte[] join(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(
                Arrays.stream(parts).mapToInt(part -> part.length).sum());
        Arrays.stream(parts).forEach(all::put);
        return all.array();
    }
}
