package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DatagramsTest {

    private static final int NOBODY = 0;

    private final long[] positions = new long[2];
    private ConnectionUnderTest socket = udp(new ConnectionUnderTest());

    private static ConnectionUnderTest udp(ConnectionUnderTest of) {
        byte[] opened =
                EventEncoder.opened(0, ConnectionUnderTest.GENERATION, 100, 3, 0, EventDecoder.ORIGIN_FIRST_USE);
        return of.on(EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UDP, "", ""));
    }

    @Test
    void belongToTheirPeersWhicheverWayTheQuestionsGo() {
        sends(1, query(1, "a"), 53);
        sends(2, query(1, "b"), 54);
        receives(3, query(1, "c"), 4000);
        sends(4, response(1, "c"), 4000);
        receives(5, response(1, "b"), 54);
        receives(6, response(1, "a"), 53);

        assertThat(socket.described()).containsExactly("A | c | NOERROR", "A | b | NOERROR", "A | a | NOERROR");
        assertThat(socket.records)
                .extracting(TrafficRecord::connection)
                .extracting(ConnectionDescription::side)
                .containsExactly(Side.SERVER, Side.CLIENT, Side.CLIENT);
        assertThat(socket.records)
                .extracting(TrafficRecord::connection)
                .extracting(connection -> connection.remote().port())
                .containsExactly(4000, 54, 53);
        assertThat(socket.records).allSatisfy(record -> {
            assertThat(record.connection().transport()).isEqualTo(Transport.UDP);
            assertThat(record.protocol()).isEqualTo("dns");
        });
        assertThat(socket.connection.waiting()).isZero();
    }

    @Test
    void areOfBothSidesWithOnePeer() {
        sends(1, query(7, "a"), 53);
        receives(2, query(7, "b"), 53);
        sends(3, response(7, "b"), 53);
        receives(4, response(7, "a"), 53);

        assertThat(socket.described()).containsExactly("A | b | NOERROR", "A | a | NOERROR");
    }

    @Test
    void haveThePeerOfTheSocketWhereTheyNameNone() {
        sends(1, query(1, "a"), NOBODY);
        receives(2, response(1, "a"), 80);

        assertThat(socket.described()).containsExactly("A | a | NOERROR");
        assertThat(socket.records.get(0).connection().remote()).hasToString("127.0.0.1:80");
    }

    @Test
    void areTimedByTheirOwnCalls() {
        socket.entered(1_000);
        sends(1_500, query(1, "a"), 53);
        receives(9_000, response(1, "a"), 53);
        receives(20_000, query(1, "b"), 4000);
        sends(21_000, response(1, "b"), 4000);

        assertThat(socket.records.get(0).times().totalNanos()).isEqualTo(8_000);
        assertThat(socket.records.get(1).times().totalNanos()).isEqualTo(1_000);
    }

    @Test
    void showWhatTheSocketSpeaksHoweverLateTheyComeAndTheRestIsTracedInFull() {
        sends(1, "hello", 9);
        sends(2, "hello", 9);
        assertThat(socket.traced).isEmpty();

        sends(3, query(1, "a"), 53);
        receives(4, response(1, "a"), 53);

        assertThat(socket.described()).containsExactly("A | a | NOERROR");
        assertThat(socket.traced).containsExactly(TraceState.FULL);
        assertThat(socket.streamBytes(Fate.DATAGRAM)).isEqualTo(10);
        assertThat(socket.books.undecodedConnections(Undecoded.UDP)).isZero();
    }

    @Test
    void areIgnoredWhenTooManyAreOfNoKnownProtocol() {
        for (int i = 0; i <= ConnectionUnderTest.MAX_UNDECIDED_TURNS; i++) {
            assertThat(socket.traced).isEmpty();
            sends(i, "hello", 9);
        }

        assertThat(socket.traced).containsExactly(TraceState.OFF);
        assertThat(socket.books.undecodedConnections(Undecoded.UDP)).isEqualTo(1);
    }

    @Test
    void endAConversationInWhichTooManyInARowAreNotUnderstood() {
        sends(1, query(1, "a"), 53);
        for (int i = 0; i <= ConnectionUnderTest.MAX_UNDECIDED_TURNS; i++) {
            receives(2 + i, "hello", 53);
        }

        assertThat(socket.traced).containsExactly(TraceState.FULL, TraceState.OFF);
        assertThat(socket.records).singleElement().satisfies(record -> {
            assertThat(record.unanswered()).isEqualTo(Unanswered.CAPTURE_LOSS);
        });
        assertThat(socket.books.unparsedBytes()).containsOnly(Map.entry(new Books.Key("dns", "ended"), 20L));
    }

    @Test
    void areNotReadWhereTheirProtocolIsNotWanted() {
        socket = udp(new ConnectionUnderTest(Set.of("http")));
        sends(1, query(1, "a"), 53);
        receives(2, response(1, "a"), 53);

        assertThat(socket.records).isEmpty();
        assertThat(socket.traced).containsExactly(TraceState.OFF);
        assertThat(socket.books.undecodedConnections(Undecoded.UDP)).isZero();
    }

    @Test
    void giveUpTheOldestPeerWhenTooManyWaitAndCountIt() {
        for (int peer = 1; peer <= ConnectionUnderTest.MAX_PEERS + 2; peer++) {
            receives(peer, query(1, "n" + peer), 4000 + peer);
        }

        assertThat(socket.connection.waiting()).isEqualTo(ConnectionUnderTest.MAX_PEERS);
        assertThat(socket.described()).containsExactly("A | n1 | unanswered", "A | n2 | unanswered");
        assertThat(socket.records).extracting(TrafficRecord::unanswered).containsOnly(Unanswered.CAPTURE_LOSS);
        assertThat(socket.books.dropped()).containsEntry(Loss.TOO_MANY_PEERS, 2L);
    }

    @Test
    void holdNothingOfPeersThatWaitForNothing() {
        for (int peer = 0; peer < 5000; peer++) {
            receives(2 * peer, query(peer, "a"), 1024 + peer);
            sends(2 * peer + 1, response(peer, "a"), 1024 + peer);
            assertThat(socket.connection.waiting()).isZero();
        }

        assertThat(socket.records).hasSize(5000).allMatch(record -> record.outcome() == Outcome.OK);
        assertThat(socket.books.dropped()).isEmpty();
    }

    @Test
    void areUnansweredWhenNothingComesForTooLong() {
        sends(1, query(1, "a"), 53);
        sends(50, query(2, "b"), 54);
        socket.connection.timeOut(2 + ConnectionUnderTest.REQUEST_TIMEOUT.toNanos());

        assertThat(socket.described()).containsExactly("A | a | unanswered");
        assertThat(socket.records.get(0).unanswered()).isEqualTo(Unanswered.TIMEOUT);
        assertThat(socket.connection.waiting()).isEqualTo(1);
    }

    @Test
    void areUnansweredWhenTheSocketCloses() {
        sends(1, query(1, "a"), 53);
        closes(2);

        assertThat(socket.records.get(0).unanswered()).isEqualTo(Unanswered.CLOSED);
    }

    @Test
    void mayHaveBeenAnsweredWhereEventsWereLost() {
        sends(1, query(1, "a"), 53);
        positions[1] += 33;
        receives(2, query(2, "b"), 4000);
        sends(3, response(2, "b"), 4000);
        sends(4, query(3, "c"), 53);
        closes(5);

        assertThat(socket.described()).containsExactly("A | b | NOERROR", "A | a | unanswered", "A | c | unanswered");
        assertThat(socket.records.get(1).unanswered()).isEqualTo(Unanswered.CAPTURE_LOSS);
        assertThat(socket.books.streamBytes(Fate.GAP_LOST)).isEqualTo(33);
        assertBooksBalance();
    }

    @Test
    void areRecordsAlsoWhereOnlyTheirHeadsWereCaptured() {
        sends(1, query(1, "a"), 53);
        String whole = response(1, "a");
        moves(2, Direction.INGRESS, whole, whole.length() - 4, 53);

        assertThat(socket.records).singleElement().satisfies(record -> {
            assertThat(record.truncated()).isTrue();
            assertThat(record.answer().orElseThrow().status()).isEqualTo("NOERROR");
            assertThat(record.answer().orElseThrow().wireBytes()).isEqualTo(whole.length());
        });
        closes(3);
        assertThat(socket.streamBytes(Fate.GAP_CAPPED)).isEqualTo(4);
        assertBooksBalance();
    }

    @Test
    void leaveARequestInDoubtWhereNothingOfAnAnswerWasCaptured() {
        sends(1, query(1, "a"), 53);
        moves(2, Direction.INGRESS, response(1, "a"), 0, 53);
        closes(3);

        assertThat(socket.records.get(0).unanswered()).isEqualTo(Unanswered.CAPTURE_LOSS);
        assertBooksBalance();
    }

    @Test
    void areNoRecordsOfTheirOwnWhenRepeated() {
        sends(1, query(1, "a"), 53);
        sends(100, query(1, "a"), 53);
        receives(200, response(1, "a"), 53);
        receives(201, response(1, "a"), 53);

        assertThat(socket.records)
                .singleElement()
                .satisfies(record -> assertThat(record.times().totalNanos()).isEqualTo(199));
        assertThat(socket.books.repeatedMessages()).isEqualTo(2);
        assertThat(socket.books.unmatchedResponses()).isZero();
        assertThat(socket.connection.waiting()).isZero();
    }

    @Test
    void areTriedAsWhatTheyMayBeWhenMalformed() {
        sends(1, query(1, "a"), 53);
        // a refusal without the question
        receives(2, "\0\1\u0081\u0081\0\0\0\0\0\0\0\0", 53);
        // a query with no question, of which the answer is a cookie
        sends(3, "\0\2\1\0\0\0\0\0\0\0\0\1" + "\0\0\51\4\u00d0\0\0\0\0\0\0", 53);
        // nothing at all
        receives(4, "\0".repeat(16), 53);
        receives(4, "\0\2\u0081\u0080\0\0\0\0\0\0\0\0", 53);

        assertThat(socket.described()).containsExactly("A | a | FORMERR", "other |  | NOERROR");
    }

    private void assertBooksBalance() {
        assertThat(socket.accountedBytes()).isEqualTo(socket.books.finalPositions());
    }

    private void closes(long at) {
        socket.on(EventEncoder.closed(
                at, ConnectionUnderTest.GENERATION, 100, 3, positions[0], positions[1], EventDecoder.CLOSE_NORMAL));
    }

    private void sends(long at, String bytes, int port) {
        moves(at, Direction.EGRESS, bytes, bytes.length(), port);
    }

    private void receives(long at, String bytes, int port) {
        moves(at, Direction.INGRESS, bytes, bytes.length(), port);
    }

    private void moves(long at, Direction direction, String bytes, int captured, int port) {
        int which = direction == Direction.EGRESS ? 0 : 1;
        byte[] event = EventEncoder.data(
                socket.enteredOr(at),
                at,
                ConnectionUnderTest.GENERATION,
                100,
                3,
                direction,
                positions[which],
                bytes.getBytes(StandardCharsets.ISO_8859_1),
                captured);
        socket.on(port == NOBODY ? event : EventEncoder.withPeer(event, port));
        positions[which] += bytes.length();
    }

    private static String query(int id, String name) {
        return header(id, "\1\0") + "\0\0\0\0\0\0" + question(name);
    }

    private static String response(int id, String name) {
        return header(id, "\u0081\u0080") + "\0\1\0\0\0\0" + question(name) + "\u00c0\14\0\1\0\1\0\0\0\5\0\4\1\2\3\4";
    }

    private static String header(int id, String flags) {
        return String.valueOf(new char[] {(char) (id >> 8), (char) (id & 0xff)}) + flags + "\0\1";
    }

    private static String question(String name) {
        return (char) name.length() + name + "\0\0\1\0\1";
    }
}
