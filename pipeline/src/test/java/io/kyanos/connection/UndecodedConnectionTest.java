package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A connection of which nothing is read is counted once, by what it speaks. */
class UndecodedConnectionTest {

    private static final String GET = "GET /users HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String RECORD = "\u0017\u0003\u0003\0\30" + "e".repeat(24);

    @Test
    void isLeftAloneAtTheFirstBytesOfTls() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, UnsupportedProtocolsTest.CLIENT_HELLO)
                .reads(2, UnsupportedProtocolsTest.SERVER_HELLO)
                .writes(3, RECORD)
                .closes(4, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.TLS, 1L));
        assertThat(connection.traced).containsExactly(TraceState.OFF);
        assertThat(connection.books.held().usedBytes()).isZero();
        assertThat(connection.books.dropped()).isEmpty();
        assertThat(connection.accountedBytes()).isEqualTo(connection.books.finalPositions());
    }

    @Test
    void isKnownByAServerThatReadsTheHeadOfARecordAlone() {
        String hello = UnsupportedProtocolsTest.CLIENT_HELLO;
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, hello.substring(0, 5))
                .reads(2, hello.substring(5))
                .closes(3, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.TLS, 1L));
    }

    @Test
    void isKnownInItsMiddleByTwoRecordsInARow() {
        ConnectionUnderTest connection = ConnectionUnderTest.openBefore()
                .reads(1, "x".repeat(300))
                .reads(2, RECORD.substring(0, 5))
                .reads(3, RECORD.substring(5));
        assertThat(undecoded(connection)).isEmpty();

        connection.reads(4, RECORD.substring(0, 5));

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.TLS, 1L));
        assertThat(connection.traced).endsWith(TraceState.OFF);
    }

    @Test
    void isKnownInItsMiddleByTwoRecordsOfOneCall() {
        ConnectionUnderTest connection =
                ConnectionUnderTest.openBefore().writes(1, RECORD).writes(2, RECORD + "rest");

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.TLS, 1L));
    }

    @Test
    void isKnownInItsMiddleByARecordInEachDirection() {
        ConnectionUnderTest connection =
                ConnectionUnderTest.openBefore().writes(1, RECORD).reads(2, RECORD);

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.TLS, 1L));
    }

    @Test
    void isNotTakenForTlsAsOneCallInTheMiddleLooksLikeIt() {
        ConnectionUnderTest connection = ConnectionUnderTest.openBefore()
                .writes(1, RECORD)
                .writes(2, GET)
                .reads(3, OK)
                .writes(4, GET)
                .reads(5, OK)
                .closes(6, EventDecoder.CLOSE_NORMAL);

        assertThat(connection.records).hasSize(2);
        assertThat(undecoded(connection)).isEmpty();
    }

    @Test
    void isNotTakenForTlsByThePiecesOfACall() {
        byte[] record = RECORD.getBytes(StandardCharsets.ISO_8859_1);
        ConnectionUnderTest connection = ConnectionUnderTest.openBefore();
        for (int piece = 0; piece < 3; piece++) {
            connection.on(EventEncoder.continued(EventEncoder.data(
                    1,
                    1,
                    ConnectionUnderTest.GENERATION,
                    100,
                    3,
                    Direction.INGRESS,
                    (long) piece * record.length,
                    record,
                    record.length)));
        }

        assertThat(undecoded(connection)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"websocket, WEBSOCKET", "TLS/1.0, TLS", "example, UNKNOWN"})
    void isCountedWhenItIsHandedOn(String upgrade, Undecoded expected) {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: " + upgrade + "\r\n\r\n")
                .reads(2, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + upgrade + "\r\n\r\n")
                .writes(3, "frames")
                .closes(4, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(connection)).isEqualTo(Map.of(expected, 1L));
    }

    @Test
    void isCountedByWhatATunnelHolds() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n")
                .reads(2, "HTTP/1.1 200 Connection established\r\n\r\n")
                .writes(3, UnsupportedProtocolsTest.CLIENT_HELLO)
                .closes(4, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.TLS, 1L));
        assertThat(connection.accountedBytes()).isEqualTo(connection.books.finalPositions());
    }

    @Test
    void isUnknownWhenItEndsUndecided() {
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, "?!").closes(2, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.UNKNOWN, 1L));
    }

    @Test
    void isUnknownOnceTheBoundsOfInferenceAreReached() {
        ConnectionUnderTest connection = ConnectionUnderTest.client();
        connection.writes(1, "?".repeat(1500)).writes(2, "?".repeat(1500));
        assertThat(undecoded(connection)).isEmpty();
        for (int turn = 0; turn <= ConnectionUnderTest.MAX_UNDECIDED_TURNS; turn++) {
            connection.reads(10 + turn, "?").writes(11 + turn, "?");
        }

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.UNKNOWN, 1L));
        connection.closes(100, EventDecoder.CLOSE_NORMAL);
        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.UNKNOWN, 1L));
        assertThat(connection.books.dropped()).isEmpty();
    }

    @Test
    void isCountedWhenTheCaptureEndsBeforeIt() {
        ConnectionUnderTest connection = ConnectionUnderTest.client().writes(1, "?!");

        connection.connection.abandon();

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.UNKNOWN, 1L));
    }

    @Test
    void isNotCountedWhereNothingWasSaid() {
        ConnectionUnderTest connection = ConnectionUnderTest.client().closes(2, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(connection)).isEmpty();
    }

    @Test
    void isNotCountedWhereItIsReadOrNotWanted() {
        ConnectionUnderTest read = ConnectionUnderTest.client().writes(1, GET).reads(2, OK);
        ConnectionUnderTest unwanted = new ConnectionUnderTest(Set.of("redis"))
                .opened(EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT)
                .writes(1, GET)
                .reads(2, OK);

        read.closes(3, EventDecoder.CLOSE_NORMAL);
        unwanted.closes(3, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(read)).isEmpty();
        assertThat(undecoded(unwanted)).isEmpty();
        assertThat(unwanted.books.dropped()).isEmpty();
    }

    @Test
    void isNotCountedWhereAFilterEndsIt() {
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, "?!").closes(2, EventDecoder.CLOSE_FILTERED);

        assertThat(undecoded(connection)).isEmpty();
    }

    @Test
    void isCountedSeparatelyOnAUnixSocketOfUnknownProtocol() {
        byte[] opened = EventEncoder.opened(0, 7, 100, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
        byte[] unix = EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UNIX, "", "/run/a.sock");

        ConnectionUnderTest unknown = new ConnectionUnderTest().on(unix).writes(1, "?!");
        ConnectionUnderTest tls = new ConnectionUnderTest().on(unix).writes(1, UnsupportedProtocolsTest.CLIENT_HELLO);
        unknown.closes(2, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(unknown)).isEqualTo(Map.of(Undecoded.UNIX, 1L));
        assertThat(undecoded(tls)).isEqualTo(Map.of(Undecoded.TLS, 1L));
    }

    @Test
    void isOfUdpWhenNoneOfItsDatagramsIsRead() {
        byte[] opened = EventEncoder.opened(0, 7, 100, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
        ConnectionUnderTest connection = new ConnectionUnderTest()
                .on(EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UDP, "", ""))
                .writes(1, "query")
                .reads(2, "answer");
        assertThat(undecoded(connection)).isEmpty();
        connection.closes(3, EventDecoder.CLOSE_NORMAL);

        assertThat(undecoded(connection)).isEqualTo(Map.of(Undecoded.UDP, 1L));
    }

    private static Map<Undecoded, Long> undecoded(ConnectionUnderTest connection) {
        Map<Undecoded, Long> counts = new EnumMap<>(Undecoded.class);
        for (Undecoded reason : Undecoded.values()) {
            if (connection.books.undecodedConnections(reason) > 0) {
                counts.put(reason, connection.books.undecodedConnections(reason));
            }
        }
        return counts;
    }
}
