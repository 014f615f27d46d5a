package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConnectionTest {

    private static final String GET = "GET /users HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String REDIS_GET = "*2\r\n$3\r\nGET\r\n$1\r\na\r\n";

    @Test
    void measuresAClientFromTheEntryOfItsFirstWriteToTheEndOfItsLastRead() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .entered(1_000)
                .writes(1_500, GET)
                .entered(1_600)
                .reads(4_000, OK.substring(0, 20))
                .entered(4_100)
                .reads(5_000, OK.substring(20));

        RecordTimes times = only(connection).times();
        assertThat(times.totalNanos()).isEqualTo(4_000);
        assertThat(times.startedAt()).isEqualTo(1_000 + ConnectionUnderTest.EPOCH_OFFSET_NANOS);
        assertThat(times.endedAt()).isEqualTo(5_000 + ConnectionUnderTest.EPOCH_OFFSET_NANOS);
    }

    @Test
    void measuresAServerFromTheEndOfItsFirstReadToTheEndOfItsLastWrite() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .entered(1_000)
                .reads(9_000_000_000L, GET.substring(0, 5))
                .reads(9_000_001_000L, GET.substring(5))
                .entered(9_000_002_000L)
                .writes(9_000_003_000L, OK.substring(0, 20))
                .writes(9_000_004_000L, OK.substring(20));

        RecordTimes times = only(connection).times();
        assertThat(times.totalNanos())
                .as("the blocked read is nobody's latency")
                .isEqualTo(4_000);
    }

    @Test
    void learnsTheSideOfAConnectionThatWasOpenBefore() {
        ConnectionUnderTest connection = ConnectionUnderTest.openBefore()
                .reads(1, GET)
                .writes(2, OK)
                .reads(3, GET)
                .writes(4, OK);

        assertThat(connection.records)
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.connection().side()).isEqualTo(Side.SERVER));
        assertThat(connection.traced).containsExactly(TraceState.FULL);
    }

    @Test
    void learnsTheSideOfAConnectionWhoseOpeningWasLost() {
        ConnectionUnderTest connection = new ConnectionUnderTest()
                .writes(1, GET)
                .reads(2, OK)
                .writes(3, GET)
                .reads(4, OK);

        assertThat(connection.records)
                .isNotEmpty()
                .allSatisfy(record -> assertThat(record.connection().side()).isEqualTo(Side.CLIENT));
    }

    @Test
    void doesNotTakeAnArgumentOfACommandForAReply() {
        ConnectionUnderTest connection = ConnectionUnderTest.openBefore()
                .reads(1, "$3\r\nkey\r\n")
                .writes(2, "+OK\r\n")
                .reads(3, "*2\r\n$3\r\nGET\r\n$1\r\na\r\n")
                .writes(4, "$1\r\n1\r\n")
                .reads(5, "*2\r\n$3\r\nGET\r\n$1\r\nb\r\n")
                .writes(6, "$1\r\n2\r\n")
                .closes(7, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.described()).contains("GET | b | OK");
        assertThat(connection.records)
                .allSatisfy(record -> assertThat(record.connection().side()).isEqualTo(Side.SERVER));
    }

    @Test
    void asksForHeadsWhenItsHeldEventsExceedTheirBound() {
        ConnectionUnderTest connection = ConnectionUnderTest.client();

        connection.writes(1, "?".repeat(1500)).writes(2, "?".repeat(1500));

        assertThat(connection.traced).containsExactly(TraceState.HEADS);
        assertThat(connection.books.dropped()).isEmpty();
        assertThat(connection.books.held().usedBytes()).isZero();
    }

    @Test
    void findsTheProtocolInAHeadOfALaterTurn() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, "?".repeat(1500))
                .writes(2, "?".repeat(1500))
                .traced(TraceState.HEADS)
                .reads(3, "?")
                .writes(4, GET)
                .traced(TraceState.FULL)
                .reads(5, OK)
                .writes(6, GET)
                .reads(7, OK);

        assertThat(connection.traced).containsExactly(TraceState.HEADS, TraceState.FULL);
        assertThat(connection.described()).isNotEmpty().containsOnly("GET /users | h/users | 200");
        assertThat(connection.books.dropped()).containsEntry(Loss.UNDECIDED, 1L);
    }

    @Test
    void isTracedNoFurtherWhenTooManyTurnsSayNothing() {
        ConnectionUnderTest connection = ConnectionUnderTest.client();
        connection.writes(1, "?".repeat(1500)).writes(2, "?".repeat(1500));
        for (int turn = 0; turn <= ConnectionUnderTest.MAX_UNDECIDED_TURNS; turn++) {
            connection.reads(10 + turn, "?").writes(11 + turn, "?");
        }
        connection.writes(100, GET).closes(101, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.traced).containsExactly(TraceState.HEADS, TraceState.OFF);
        assertThat(connection.records).isEmpty();
        assertThat(connection.streamBytes(Fate.GAP_UNTRACED)).isGreaterThanOrEqualTo(GET.length());
        assertThat(connection.accountedBytes()).isEqualTo(connection.books.finalPositions());
    }

    @Test
    void isTracedByHeadsAndThenNoFurtherWhenShortTurnsSayNothing() {
        ConnectionUnderTest connection = ConnectionUnderTest.client().traced(TraceState.UNSET);
        int turns = ConnectionUnderTest.MAX_UNDECIDED_TURNS;

        for (int turn = 0; turn <= turns / 2; turn++) {
            connection.writes(10, "?").reads(11, "?");
        }
        assertThat(connection.traced).containsExactly(TraceState.HEADS);
        assertThat(connection.books.held().usedBytes()).isZero();
        connection.traced(TraceState.HEADS);
        for (int turn = 0; turn <= turns / 2; turn++) {
            connection.writes(20, "?").reads(21, "?");
        }
        connection.closes(30, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.traced).containsExactly(TraceState.HEADS, TraceState.OFF);
        assertThat(connection.accountedBytes()).isEqualTo(connection.books.finalPositions());
    }

    @Test
    void repeatsWhatTheKernelSideHasNotHeardOrHasForgotten() {
        ConnectionUnderTest connection = ConnectionUnderTest.client().traced(TraceState.UNSET);

        connection.writes(1, GET).reads(2, OK).traced(TraceState.FULL).writes(3, GET);
        assertThat(connection.traced).containsExactly(TraceState.FULL, TraceState.FULL);

        connection.traced(TraceState.UNSET).reads(4, OK);
        assertThat(connection.traced).containsExactly(TraceState.FULL, TraceState.FULL, TraceState.FULL);
    }

    @Test
    void anotherGoesOnWhereOneHasBrokenOff() {
        ConnectionUnderTest first = ConnectionUnderTest.client().writes(1, GET).reads(2, OK.substring(0, 10));

        first.connection.breakOff();
        first.connection.breakOff();

        long reached = GET.length() + 10;
        assertThat(first.connection.reached()).isEqualTo(new Connection.Reached(GET.length(), 10));
        assertThat(first.books.finalPositions()).isEqualTo(reached);
        assertThat(first.accountedBytes()).isEqualTo(reached);
        assertThat(first.books.buffered().usedBytes()).isZero();
        assertThat(first.records).extracting(TrafficRecord::outcome).containsExactly(Outcome.UNANSWERED);

        ConnectionUnderTest second = ConnectionUnderTest.client();
        second.connection.resumeAt(first.connection.reached());
        second.connection.on(EventEncoder.read(
                EventEncoder.closed(9, ConnectionUnderTest.GENERATION, 100, 3, 500, 700, EventDecoder.CLOSE_NORMAL)));
        assertThat(second.books.finalPositions()).isEqualTo(1200 - reached);
        assertThat(second.accountedBytes()).isEqualTo(1200 - reached);
    }

    @Test
    void givesBackTheEventsItHeldWhenItBreaksOff() {
        ConnectionUnderTest connection = ConnectionUnderTest.client().writes(1, "?".repeat(100));

        connection.connection.breakOff();

        assertThat(connection.books.held().usedBytes()).isZero();
        assertThat(connection.accountedBytes()).isEqualTo(100);
        assertThat(connection.books.finalPositions()).isEqualTo(100);
    }

    @Test
    void doubtsTheProtocolOnceAndThenLeavesTheConnectionAlone() {
        String garbage = "?".repeat(ConnectionUnderTest.MAX_UNPARSED_BYTES + 1);
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, GET).reads(2, OK);

        connection.writes(3, garbage);
        assertThat(connection.traced).containsExactly(TraceState.FULL, TraceState.HEADS);

        connection.reads(4, "+OK\r\n").writes(5, REDIS_GET);
        assertThat(connection.traced).containsExactly(TraceState.FULL, TraceState.HEADS, TraceState.FULL);

        connection.writes(7, garbage).writes(8, GET).closes(9, EventDecoder.CLOSE_NORMAL);
        assertThat(connection.traced)
                .containsExactly(TraceState.FULL, TraceState.HEADS, TraceState.FULL, TraceState.OFF);
        assertThat(connection.accountedBytes()).isEqualTo(connection.books.finalPositions());
    }

    @Test
    void doubtsTheProtocolAgainAfterAnExchangeThatWasUnderstood() {
        String garbage = "?".repeat(ConnectionUnderTest.MAX_UNPARSED_BYTES + 1);
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, REDIS_GET).reads(2, "$1\r\n1\r\n");

        for (int at = 10; at < 40; at += 10) {
            connection
                    .loses(Direction.INGRESS, 100)
                    .reads(at, garbage)
                    .writes(at + 1, REDIS_GET)
                    .reads(at + 2, "$1\r\n1\r\n")
                    .writes(at + 3, REDIS_GET)
                    .reads(at + 4, "$1\r\n1\r\n");
        }
        connection.closes(50, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.traced)
                .containsExactly(
                        TraceState.FULL,
                        TraceState.HEADS,
                        TraceState.FULL,
                        TraceState.HEADS,
                        TraceState.FULL,
                        TraceState.HEADS,
                        TraceState.FULL);
        assertThat(connection.described()).hasSizeGreaterThanOrEqualTo(4);
        assertThat(connection.accountedBytes()).isEqualTo(connection.books.finalPositions());
    }

    @Test
    void leavesAConnectionOfAnUnwantedProtocolAlone() {
        ConnectionUnderTest connection = new ConnectionUnderTest(Set.of("redis"))
                .opened(EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT)
                .writes(1, GET)
                .reads(2, OK)
                .closes(3, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.traced).containsExactly(TraceState.OFF);
        assertThat(connection.records).isEmpty();
        assertThat(connection.accountedBytes()).isEqualTo(GET.length() + OK.length());
    }

    @Test
    void leavesAConnectionAloneThatTheKernelSideExcludes() {
        ConnectionUnderTest connection = new ConnectionUnderTest()
                .on(EventEncoder.traced(
                        EventEncoder.opened(
                                0,
                                ConnectionUnderTest.GENERATION,
                                1,
                                3,
                                EventDecoder.SIDE_CLIENT,
                                EventDecoder.ORIGIN_CONNECT),
                        TraceState.OFF))
                .writes(1, GET)
                .closes(2, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.records).isEmpty();
        assertThat(connection.streamBytes(Fate.GAP_UNTRACED)).isEqualTo(GET.length());
    }

    @Test
    void namesThePathOfAUnixSocketOnBothSides() {
        byte[] client = opened(EventDecoder.SIDE_CLIENT);
        byte[] server = opened(EventDecoder.SIDE_SERVER);
        ConnectionUnderTest asking = new ConnectionUnderTest()
                .on(EventEncoder.carriedBy(client, EventDecoder.TRANSPORT_UNIX, "", "/run/a.sock"))
                .writes(1, GET)
                .reads(2, OK);
        ConnectionUnderTest answering = new ConnectionUnderTest()
                .on(EventEncoder.carriedBy(server, EventDecoder.TRANSPORT_UNIX, "/run/a.sock", ""))
                .reads(1, GET)
                .writes(2, OK);

        for (ConnectionUnderTest either : List.of(asking, answering)) {
            assertThat(either.records)
                    .singleElement()
                    .extracting(TrafficRecord::connection)
                    .satisfies(description -> {
                        assertThat(description.transport()).isEqualTo(Transport.UNIX);
                        assertThat(description.peer()).isEqualTo("/run/a.sock");
                    });
        }
        assertThat(asking.records.get(0).connection().remote()).hasToString("/run/a.sock");
        assertThat(answering.records.get(0).connection().remote()).isEqualTo(Endpoint.UNNAMED);
    }

    @Test
    void countsDatagramsAndLeavesThemAloneAfterAWhile() {
        byte[] opened = EventEncoder.carriedBy(opened(EventDecoder.SIDE_CLIENT), EventDecoder.TRANSPORT_UDP, "", "");
        ConnectionUnderTest connection =
                new ConnectionUnderTest().on(opened).writes(1, GET).reads(2, OK);

        assertThat(connection.streamBytes(Fate.DATAGRAM)).isEqualTo(GET.length() + OK.length());
        assertThat(connection.traced).isEmpty();
        for (int i = 1; i < ConnectionUnderTest.MAX_UNDECIDED_TURNS; i++) {
            connection.writes(3 + i, GET);
        }
        assertThat(connection.traced).containsExactly(TraceState.OFF);
        connection.loses(Direction.INGRESS, 1000).closes(9, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.records).isEmpty();
        assertThat(connection.streamBytes(Fate.GAP_UNTRACED)).isEqualTo(1000);
        assertThat(connection.accountedBytes()).isEqualTo(connection.books.finalPositions());
    }

    private static byte[] opened(int side) {
        return EventEncoder.opened(0, ConnectionUnderTest.GENERATION, 1, 3, side, EventDecoder.ORIGIN_CONNECT);
    }

    @Test
    void passesOverWhatTheCapOfACallLeftOut() {
        String body = "x".repeat(10_000);
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n";
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .moves(2, Direction.INGRESS, head + body, head.length() + 100)
                .writes(3, GET)
                .reads(4, OK);

        assertThat(connection.described()).containsExactly("GET /users | h/users | 200", "GET /users | h/users | 200");
        assertThat(connection.records.get(0).truncated()).isFalse();
        assertThat(connection.records.get(0).answer().orElseThrow().wireBytes()).isEqualTo(head.length() + 10_000);
        assertThat(connection.records.get(1).truncated()).isFalse();
        assertThat(connection.streamBytes(Fate.PASSED_OVER)).isGreaterThanOrEqualTo(9_900);
    }

    @Test
    void saysThatABodyWasTruncatedIfPartOfItGotLost() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + "x".repeat(400))
                .loses(Direction.INGRESS, 500)
                .reads(3, "y".repeat(100));

        assertThat(connection.described()).containsExactly("GET /users | h/users | 200");
        assertThat(connection.records.get(0).truncated()).isTrue();
        assertThat(connection.records.get(0).answer().orElseThrow().wireBytes()).isEqualTo(41 + 1000);
    }

    @Test
    void endsAnAnswerWhoseChunksWereNotSeenWhereTheNextRequestBegins() {
        String body = "x".repeat(5000);
        String answer = CHUNKED + "1388\r\n" + body + "\r\n1388\r\n" + body + "\r\n0\r\n\r\n";
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, GET).moves(2, Direction.INGRESS, answer, 6000);
        assertThat(connection.records).isEmpty();

        connection.writes(30, GET);

        assertThat(connection.described()).containsExactly("GET /users | h/users | 200");
        assertThat(connection.records.get(0).truncated()).isTrue();
        assertThat(connection.records.get(0).answer().orElseThrow().wireBytes()).isEqualTo(answer.length());
        assertThat(connection.records.get(0).times().totalNanos()).isEqualTo(1);

        connection.reads(40, OK).closes(50, 0);
        assertThat(connection.described()).hasSize(2);
        assertThat(connection.records.get(1).truncated()).isFalse();
    }

    @Test
    void endsAnUploadWhoseChunksWereNotSeenWhereItsAnswerBegins() {
        String post = "POST /users HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        String body = "x".repeat(5000);
        String upload = post + "1388\r\n" + body + "\r\n1388\r\n" + body + "\r\n0\r\n\r\n";
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .moves(1, Direction.EGRESS, upload, 6000)
                .reads(5, OK)
                .writes(6, GET)
                .reads(7, OK);

        assertThat(connection.described()).containsExactly("POST /users | h/users | 200", "GET /users | h/users | 200");
        assertThat(connection.records.get(0).request().wireBytes()).isEqualTo(upload.length());
        assertThat(connection.records.get(0).truncated()).isTrue();
        assertThat(connection.records.get(0).times().totalNanos()).isEqualTo(4);
    }

    @Test
    void passesOverWhatFollowsAnUpgrade() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n")
                .writes(3, "HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n")
                .reads(4, GET)
                .writes(5, OK)
                .loses(Direction.INGRESS, 100)
                .closes(6, 0);

        assertThat(connection.described()).containsExactly("GET /chat | h/chat | 101");
        assertThat(connection.records.get(0).times().totalNanos()).isEqualTo(2);
        assertThat(connection.books.upgradedConnections()).containsOnly(entry(new Books.Key("http", "websocket"), 1L));
        assertThat(connection.streamBytes(Fate.UPGRADED)).isEqualTo(GET.length() + OK.length() + 100);
        assertThat(connection.streamBytes(Fate.UNPARSED)).isZero();
        assertThat(connection.traced).last().isEqualTo(TraceState.OFF);
    }

    @Test
    void staysWithHttpWhereAnUpgradeIsRefused() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, "GET /users HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n")
                .writes(2, OK)
                .reads(3, GET)
                .writes(4, OK);

        assertThat(connection.described()).hasSize(2).containsOnly("GET /users | h/users | 200");
        assertThat(connection.books.upgradedConnections()).isEmpty();
    }

    @Test
    void findsTheProtocolInsideOfATunnel() {
        ConnectionUnderTest connection = tunnel().writes(5, GET)
                .reads(9, OK)
                .writes(10, GET)
                .reads(11, OK)
                .closes(12, 0);

        assertThat(connection.described())
                .containsExactly("CONNECT | h:80 | 200", "GET /users | h/users | 200", "GET /users | h/users | 200");
        assertThat(connection.records.get(1).times().totalNanos()).isEqualTo(4);
        assertThat(connection.books.upgradedConnections()).containsOnly(entry(new Books.Key("http", "connect"), 1L));
        assertThat(connection.streamBytes(Fate.UPGRADED)).isZero();
    }

    @Test
    void passesOverATunnelThatNobodyUnderstands() {
        ConnectionUnderTest connection = tunnel();
        for (int i = 0; i < 10; i++) {
            connection.writes(10 + i, "\26\3\1\0?").reads(10 + i, "\26\3\3\0?");
        }
        connection.closes(30, 0);

        assertThat(connection.described()).containsExactly("CONNECT | h:80 | 200");
        assertThat(connection.streamBytes(Fate.UPGRADED)).isEqualTo(100);
        assertThat(connection.streamBytes(Fate.UNPARSED)).isZero();
        assertThat(connection.traced).last().isEqualTo(TraceState.OFF);
    }

    private static ConnectionUnderTest tunnel() {
        return ConnectionUnderTest.client()
                .writes(1, "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n")
                .reads(2, "HTTP/1.1 200 Connection established\r\n\r\n");
    }

    @Test
    void countsACapThatBreaksFramingAsCapped() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .moves(2, Direction.INGRESS, CHUNKED + "5\r\nhello\r\n0\r\n\r\n", CHUNKED.length());

        assertThat(connection.streamBytes(Fate.GAP_CAPPED)).isEqualTo(15);
    }

    @Test
    void countsWhatHeadsLeaveOutAsUntraced() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .traced(TraceState.HEADS)
                .moves(2, Direction.INGRESS, CHUNKED + "5\r\nhello\r\n0\r\n\r\n", CHUNKED.length());

        assertThat(connection.streamBytes(Fate.GAP_UNTRACED)).isEqualTo(15);
        assertThat(connection.streamBytes(Fate.GAP_CAPPED)).isZero();
    }

    @Test
    void parsesNothingOfWhatConcurrentCallsMoved() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, OK)
                .movesAtOnce(3, Direction.EGRESS, 2 * GET.length())
                .reads(4, OK + OK)
                .writes(5, GET)
                .reads(6, OK)
                .closes(7, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.described()).hasSize(2).first().isEqualTo("GET /users | h/users | 200");
        assertThat(connection.streamBytes(Fate.GAP_CONCURRENT)).isEqualTo(2L * GET.length());
        assertThat(connection.streamBytes(Fate.GAP_LOST)).isZero();
    }

    @Test
    void anotherCallOfTheSameStretchAddsNothing() {
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, GET).reads(2, OK).movesAtOnce(3, Direction.EGRESS, 50);
        connection.on(
                EventEncoder.concurrent(4, ConnectionUnderTest.GENERATION, 100, 3, Direction.EGRESS, GET.length(), 50));

        assertThat(connection.streamBytes(Fate.GAP_CONCURRENT)).isEqualTo(50);
        assertThat(connection.books.lateBytes()).isEqualTo(50);
    }

    @Test
    void heldBytesMovedByConcurrentCallsDecideNothing() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .movesAtOnce(1, Direction.EGRESS, 2 * GET.length())
                .reads(2, OK + OK)
                .writes(3, GET)
                .reads(4, OK)
                .closes(5, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.described()).hasSize(1);
        assertThat(connection.streamBytes(Fate.GAP_CONCURRENT)).isEqualTo(2L * GET.length());
    }

    @Test
    void bytesMissingWhileTheKernelsGuessWasReasonEnoughAreLost() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .traced(TraceState.UNSET)
                .guessed(2)
                .writes(1, GET)
                .reads(2, OK);
        connection.loses(Direction.INGRESS, 100).closes(3, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.streamBytes(Fate.GAP_LOST)).isEqualTo(100);
    }

    @Test
    void countsBytesThatNoEventBroughtAsLost() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, OK)
                .loses(Direction.INGRESS, 100)
                .closes(3, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.streamBytes(Fate.GAP_LOST)).isEqualTo(100);
    }

    @Test
    void saysHowAConnectionEndedBeforeTheAnswer() {
        assertThat(reasonAfterClose(EventDecoder.CLOSE_NORMAL)).isEqualTo(Unanswered.CLOSED);
        assertThat(reasonAfterClose(EventDecoder.CLOSE_RESET)).isEqualTo(Unanswered.RESET);
        assertThat(reasonAfterClose(EventDecoder.CLOSE_TIMEOUT)).isEqualTo(Unanswered.TIMEOUT);
        assertThat(reasonAfterClose(EventDecoder.CLOSE_REPLACED)).isEqualTo(Unanswered.CLOSED);
    }

    @Test
    void doesNotSayClosedWhenTheAnswerMayHaveBeenLost() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .loses(Direction.INGRESS, 50)
                .closes(2, EventDecoder.CLOSE_NORMAL);

        assertThat(only(connection).reason()).contains(Unanswered.CAPTURE_LOSS);
    }

    @Test
    void givesUpForLackOfCaptureWhenAbandoned() {
        ConnectionUnderTest connection = ConnectionUnderTest.client().writes(1, GET);

        connection.connection.abandon();

        assertThat(only(connection).reason()).contains(Unanswered.CAPTURE_LOSS);
        assertThat(connection.connection.isClosed()).isTrue();
    }

    @Test
    void givesUpARequestThatWaitsTooLong() {
        long timeout = ConnectionUnderTest.REQUEST_TIMEOUT.toNanos();
        ConnectionUnderTest connection = ConnectionUnderTest.client().writes(1_000, GET);

        connection.connection.timeOut(timeout + 999);
        assertThat(connection.records).isEmpty();
        assertThat(connection.connection.waiting()).isEqualTo(1);

        connection.connection.timeOut(timeout + 1_001);
        assertThat(only(connection).reason()).contains(Unanswered.TIMEOUT);
        assertThat(only(connection).times().totalNanos()).isEqualTo(RecordTimes.UNKNOWN);
        assertThat(connection.connection.waiting()).isZero();
    }

    @Test
    void countsDataAfterTheCloseAsLate() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, OK)
                .closes(3, EventDecoder.CLOSE_NORMAL)
                .writes(4, GET);

        assertThat(connection.records).hasSize(1);
        assertThat(connection.books.lateBytes()).isEqualTo(GET.length());
        assertThat(connection.accountedBytes()).isEqualTo(GET.length() + OK.length());
    }

    @Test
    void namesTheProcessThatUsesTheConnectionNow() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, GET)
                .writes(2, OK)
                .usedBy(200, 9)
                .reads(3, GET)
                .writes(4, OK);

        assertThat(connection.records.get(0).connection().process()).isEqualTo("process-100");
        assertThat(connection.records.get(1).connection().process()).isEqualTo("process-200");
        assertThat(connection.records.get(1).connection().tgid()).isEqualTo(200);
        assertThat(connection.records.get(1).connection().fd()).isEqualTo(9);
    }

    @Test
    void givesBackAllItsMemoryAtTheEnd() {
        ConnectionUnderTest undecided = ConnectionUnderTest.client().writes(1, "?".repeat(100));
        ConnectionUnderTest unfinished =
                ConnectionUnderTest.client().writes(1, GET).reads(2, "HTTP/1.1 200 OK\r\nX: ");
        assertThat(undecided.books.held().usedBytes()).isPositive();
        assertThat(unfinished.books.buffered().usedBytes()).isPositive();

        undecided.closes(3, EventDecoder.CLOSE_NORMAL);
        unfinished.closes(3, EventDecoder.CLOSE_NORMAL);

        assertThat(undecided.books.held().usedBytes()).isZero();
        assertThat(unfinished.books.buffered().usedBytes()).isZero();
        assertThat(unfinished.books.buffered().holders()).isZero();
    }

    private static Unanswered reasonAfterClose(int closeReason) {
        return only(ConnectionUnderTest.client().writes(1, GET).closes(2, closeReason))
                .reason()
                .orElseThrow();
    }

    private static TrafficRecord only(ConnectionUnderTest connection) {
        assertThat(connection.records).hasSize(1);
        return connection.records.get(0);
    }
}
