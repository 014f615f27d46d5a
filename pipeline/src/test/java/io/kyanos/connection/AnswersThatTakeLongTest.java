package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.Outcome;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When an exchange counts as answered, when it is given up, and where an answer ends whose end was not seen. */
class AnswersThatTakeLongTest {

    private static final String GET = "GET /users HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String OTHER = "GET /orders HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final String TEXT_THAT_LOOKS_LIKE_AN_ANSWER = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final long TIMEOUT = ConnectionUnderTest.REQUEST_TIMEOUT.toNanos();

    @Test
    void aDownloadThatTakesLongerThanTheTimeoutIsAnswered() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + "x".repeat(100))
                .reads(TIMEOUT, "x".repeat(100));

        connection.connection.timeOut(TIMEOUT + 10);
        assertThat(connection.records).isEmpty();
        assertThat(connection.connection.waiting()).isPositive();

        connection.reads(2 * TIMEOUT, "x".repeat(100));
        assertThat(connection.described()).containsExactly("GET /users | h/users | 200");
        assertThat(only(connection).truncated()).isFalse();
        assertThat(only(connection).times().totalNanos()).isEqualTo(2 * TIMEOUT - 1);
        assertThat(connection.connection.waiting()).isZero();
    }

    @Test
    void aStreamUntilTheConnectionClosesIsAnsweredAtItsEnd() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, GET)
                .writes(2, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                .writes(TIMEOUT, "data: 1\n\n");

        connection.connection.timeOut(TIMEOUT + 10);
        assertThat(connection.records).isEmpty();

        connection.closes(TIMEOUT + 20, EventDecoder.CLOSE_NORMAL);
        assertThat(only(connection).outcome()).isEqualTo(Outcome.OK);
        assertThat(only(connection).truncated()).isFalse();
    }

    @Test
    void anAnswerThatFallsSilentIsGivenOutAsFarAsItCame() {
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, GET).reads(2, CHUNKED + "9\r\ndata: 1\n\n\r\n");

        connection.connection.timeOut(TIMEOUT + 1);
        assertThat(connection.records).isEmpty();
        connection.connection.timeOut(TIMEOUT + 3);

        assertThat(connection.described()).containsExactly("GET /users | h/users | 200");
        assertThat(only(connection).truncated()).isTrue();
        assertThat(only(connection).answer().orElseThrow().wireBytes())
                .isEqualTo(CHUNKED.length() + "9\r\ndata: 1\n\n\r\n".length());
        assertThat(connection.connection.waiting()).isZero();
    }

    @Test
    void whatComesAfterTheSilenceIsNoSecondAnswer() {
        ConnectionUnderTest connection =
                ConnectionUnderTest.client().writes(1, GET).reads(2, CHUNKED + "9\r\ndata: 1\n\n\r\n");
        connection.connection.timeOut(TIMEOUT + 3);

        connection
                .reads(2 * TIMEOUT, "9\r\ndata: 2\n\n\r\n0\r\n\r\n")
                .writes(2 * TIMEOUT + 1, OTHER)
                .reads(2 * TIMEOUT + 2, OK);

        assertThat(connection.described())
                .containsExactly("GET /users | h/users | 200", "GET /orders | h/orders | 200");
        assertThat(connection.records.get(1).truncated()).isFalse();
        assertThat(connection.accountedBytes())
                .isEqualTo(2L * OK.length()
                        - OK.length()
                        + GET.length()
                        + OTHER.length()
                        + CHUNKED.length()
                        + 2 * "9\r\ndata: 1\n\n\r\n".length()
                        + "0\r\n\r\n".length());
    }

    @Test
    void aRequestAfterAFlowingAnswerTimesOutByItself() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET + OTHER)
                .reads(2, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n")
                .reads(TIMEOUT, "x".repeat(100));

        connection.connection.timeOut(TIMEOUT + 2);
        assertThat(only(connection).reason()).contains(Unanswered.TIMEOUT);
        assertThat(only(connection).request().resource()).endsWith("/orders");

        connection.reads(TIMEOUT + 3, "x".repeat(200));
        assertThat(connection.records).hasSize(2);
        assertThat(connection.records.get(1).request().resource()).endsWith("/users");
        assertThat(connection.records.get(1).outcome()).isEqualTo(Outcome.OK);
    }

    @Test
    void textInsideABodyOfUnknownEndIsNoAnswer() {
        String body = "x".repeat(5000) + TEXT_THAT_LOOKS_LIKE_AN_ANSWER;
        String answer = CHUNKED + "1388\r\n" + "x".repeat(5000) + "\r\n" + "FFFF\r\n" + body;
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .moves(2, Direction.INGRESS, answer, 3000)
                .reads(3, TEXT_THAT_LOOKS_LIKE_AN_ANSWER + "xx")
                .reads(4, "xx" + TEXT_THAT_LOOKS_LIKE_AN_ANSWER)
                .writes(5, OTHER)
                .reads(6, OK);

        assertThat(connection.described())
                .containsExactly("GET /users | h/users | 200", "GET /orders | h/orders | 200");
        assertThat(connection.records.get(0).truncated()).isTrue();
    }

    @Test
    void theLastChunkAtTheEndOfACallEndsABodyWhoseChunksWereNotSeen() {
        String unseen = CHUNKED + "1388\r\n" + "x".repeat(5000) + "\r\n1388\r\n" + "x".repeat(5000);
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .moves(2, Direction.INGRESS, unseen, 3000)
                .reads(3, "\r\n0\r\n\r\n");

        assertThat(connection.described()).containsExactly("GET /users | h/users | 200");
        assertThat(only(connection).answer().orElseThrow().wireBytes()).isEqualTo(unseen.length() + 7L);
        assertThat(only(connection).times().totalNanos()).isEqualTo(2);
        // only the cap of a call has hidden bytes, so size and time are right
        assertThat(only(connection).truncated()).isFalse();
    }

    @Test
    void theLastChunkProvesWhereTheNextPipelinedAnswerBegins() {
        String unseen = CHUNKED + "1388\r\n" + "x".repeat(5000) + "\r\n1388\r\n" + "x".repeat(5000);
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET + OTHER)
                .moves(2, Direction.INGRESS, unseen, 3000)
                .reads(3, "\r\n0\r\n\r\n" + OK);

        assertThat(connection.described())
                .containsExactly("GET /users | h/users | 200", "GET /orders | h/orders | 200");
    }

    @Test
    void requestsAfterAnUnseenEndAreNotPairedByGuess() {
        String unseen = CHUNKED + "1388\r\n" + "x".repeat(5000) + "\r\n1388\r\n" + "x".repeat(5000);
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET + OTHER)
                .moves(2, Direction.INGRESS, unseen, 3000)
                .reads(3, "xx" + OK)
                .reads(4, "xx");

        connection.connection.timeOut(TIMEOUT + 3);
        assertThat(only(connection).request().resource()).endsWith("/orders");
        assertThat(only(connection).reason()).contains(Unanswered.CAPTURE_LOSS);

        connection.connection.timeOut(TIMEOUT + 5);
        assertThat(connection.records).hasSize(2);
        assertThat(connection.records.get(1).request().resource()).endsWith("/users");
        assertThat(connection.records.get(1).outcome()).isEqualTo(Outcome.OK);
        assertThat(connection.records.get(1).truncated()).isTrue();
    }

    @Test
    void theRestOfAnAnswerThatWasGivenUpIsNotSearchedForOthers() {
        String unseen = CHUNKED + "1388\r\n" + "x".repeat(5000) + "\r\n1388\r\n" + "x".repeat(5000);
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .moves(2, Direction.INGRESS, unseen, 3000)
                .writes(3, OTHER)
                .reads(4, "xx" + TEXT_THAT_LOOKS_LIKE_AN_ANSWER)
                .reads(5, OK);

        assertThat(connection.described())
                .containsExactly("GET /users | h/users | 200", "GET /orders | h/orders | 200");
    }

    @Test
    void anUploadWhoseChunksWereNotSeenEndsWithItsSilence() {
        String post = "POST /users HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .moves(
                        1,
                        Direction.EGRESS,
                        post + "1388\r\n" + "x".repeat(5000) + "\r\n1388\r\n" + "x".repeat(5000),
                        100);
        assertThat(connection.connection.waiting()).isPositive();

        connection.connection.timeOut(TIMEOUT + 2);

        assertThat(only(connection).reason()).contains(Unanswered.TIMEOUT);
    }

    @Test
    void whatTheServerCutsIsAnErrorOnBothSides() {
        List<ConnectionUnderTest> ends = new ArrayList<>();
        ends.add(ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + "x".repeat(100))
                .closes(3, EventDecoder.CLOSE_NORMAL, EventDecoder.END_PEER));
        ends.add(ConnectionUnderTest.server()
                .reads(1, GET)
                .writes(2, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + "x".repeat(100))
                .closes(3, EventDecoder.CLOSE_NORMAL, EventDecoder.END_LOCAL));

        for (ConnectionUnderTest end : ends) {
            assertThat(only(end).outcome()).isEqualTo(Outcome.ERROR);
            assertThat(only(end).answer().orElseThrow().status()).isEqualTo("200");
            assertThat(only(end).answer().orElseThrow().wireBytes()).isEqualTo(40 + 100);
            assertThat(attributes(only(end))).contains("reason=incomplete").doesNotContain("reason=OK");
            assertThat(only(end).truncated()).isFalse();
        }
    }

    @Test
    void aCutAnswerIsPairedByWhatItSaysOfItself() {
        ConnectionUnderTest client = ConnectionUnderTest.client()
                .writes(1, "CONNECT {\"verbose\":false}\r\nSUB _INBOX.k.7 1\r\nPUB svc.add _INBOX.k.7 3\r\n1+1\r\n")
                .reads(2, "MSG _INBOX.k.7 1 300\r\n2 and much more")
                .closes(3, EventDecoder.CLOSE_NORMAL, EventDecoder.END_PEER);

        TrafficRecord answered = client.records.get(client.records.size() - 1);
        assertThat(answered.request().operation()).isEqualTo("REQUEST");
        assertThat(answered.outcome()).isEqualTo(Outcome.ERROR);
        assertThat(attributes(answered)).contains("reason=incomplete");
    }

    @Test
    void aRequestThatIsAnsweredBeforeItsHeadHasEndedIsOneRecordWithItsAnswer() {
        String head = "GET /users HTTP/1.1\r\nHost: h\r\nCookie: " + "c".repeat(1000);
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, head.substring(0, 500))
                .reads(2, head.substring(500))
                .writes(3, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .closes(4, EventDecoder.CLOSE_NORMAL, EventDecoder.END_LOCAL);

        assertThat(connection.described()).containsExactly("GET /users | /users | 400");
        assertThat(only(connection).request().wireBytes()).isEqualTo(head.length());
        assertThat(only(connection).truncated()).isTrue();
        assertThat(only(connection).times().totalNanos()).isEqualTo(2);
    }

    @Test
    void aRequestThatEndsInItsHeadIsUnanswered() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, OTHER)
                .reads(2, OK)
                .writes(3, "GET /users HTTP/1.1\r\nHost: h\r\nCook")
                .closes(4, EventDecoder.CLOSE_NORMAL, EventDecoder.END_LOCAL);

        assertThat(connection.records).hasSize(2);
        assertThat(connection.records.get(1).reason()).contains(Unanswered.CLOSED);
        assertThat(connection.records.get(1).truncated()).isTrue();
    }

    @Test
    void aCutAnswerShowsItsEndpointByItsStatus() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, "GET /quokkas HTTP/1.1\r\nHost: h\r\n\r\n")
                .writes(2, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + "x".repeat(100))
                .closes(3, EventDecoder.CLOSE_NORMAL, EventDecoder.END_LOCAL);

        assertThat(only(connection).request().operation()).isEqualTo("GET /quokkas");
    }

    @Test
    void whatTheClientCutsIsItsOwnErrorAlone() {
        ConnectionUnderTest client = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, CHUNKED + "64\r\n" + "x".repeat(50))
                .closes(3, EventDecoder.CLOSE_NORMAL, EventDecoder.END_LOCAL);
        ConnectionUnderTest server = ConnectionUnderTest.server()
                .reads(1, GET)
                .writes(2, CHUNKED + "64\r\n" + "x".repeat(50))
                .closes(3, EventDecoder.CLOSE_RESET, EventDecoder.END_PEER);

        assertThat(only(client).outcome()).isEqualTo(Outcome.ERROR);
        assertThat(attributes(only(client))).contains("reason=incomplete");
        assertThat(only(server).outcome()).isEqualTo(Outcome.OK);
        assertThat(only(server).truncated()).isTrue();
        assertThat(only(server).answer().orElseThrow().wireBytes()).isEqualTo(CHUNKED.length() + 4 + 50);
    }

    @Test
    void whatTheEndOfTheCaptureCutsKeepsItsStatus() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, "HTTP/1.1 404 Not Found\r\nContent-Length: 300\r\n\r\n" + "x".repeat(100));

        connection.connection.abandon();

        assertThat(only(connection).outcome()).isEqualTo(Outcome.CLIENT_ERROR);
        assertThat(only(connection).truncated()).isTrue();
    }

    @Test
    void anAnswerOfALostEndIsNoErrorOfTheServer() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + "x".repeat(100))
                .loses(Direction.INGRESS, 100)
                .closes(3, EventDecoder.CLOSE_NORMAL, EventDecoder.END_PEER);

        assertThat(only(connection).outcome()).isEqualTo(Outcome.OK);
        assertThat(only(connection).truncated()).isTrue();
    }

    @Test
    void aBodyUntilTheCloseIsWholeUnlessTheConnectionWasReset() {
        String head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
        ConnectionUnderTest closed = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, head + "xx")
                .closes(3, EventDecoder.CLOSE_NORMAL, EventDecoder.END_PEER);
        ConnectionUnderTest reset = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, head + "xx")
                .closes(3, EventDecoder.CLOSE_RESET, EventDecoder.END_PEER);

        assertThat(only(closed).outcome()).isEqualTo(Outcome.OK);
        assertThat(only(reset).outcome()).isEqualTo(Outcome.ERROR);
    }

    private static List<String> attributes(TrafficRecord record) {
        List<String> found = new ArrayList<>();
        record.answer().orElseThrow().attributes((name, value) -> found.add(name + "=" + value));
        return found;
    }

    private static TrafficRecord only(ConnectionUnderTest connection) {
        assertThat(connection.records).hasSize(1);
        return connection.records.get(0);
    }
}
