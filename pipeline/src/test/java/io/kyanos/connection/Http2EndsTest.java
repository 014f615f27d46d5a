package io.kyanos.connection;

import static io.kyanos.connection.Http2Frames.PREFACE;
import static io.kyanos.connection.Http2Frames.SETTINGS;
import static io.kyanos.connection.Http2Frames.data;
import static io.kyanos.connection.Http2Frames.frame;
import static io.kyanos.connection.Http2Frames.get;
import static io.kyanos.connection.Http2Frames.goaway;
import static io.kyanos.connection.Http2Frames.ok;
import static io.kyanos.connection.Http2Frames.reset;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How streams end that have not been answered to their end. */
class Http2EndsTest {

    private final ConnectionUnderTest server =
            ConnectionUnderTest.server().reads(1, PREFACE + SETTINGS).writes(2, SETTINGS);
    private final ConnectionUnderTest client =
            ConnectionUnderTest.client().writes(1, PREFACE + SETTINGS).reads(2, SETTINGS);

    @AfterEach
    void theBooksBalance() {
        for (ConnectionUnderTest connection : List.of(server, client)) {
            Books books = connection.books;
            assertThat(books.parsedMessages())
                    .isEqualTo(2 * books.matchedRequests()
                            + books.unansweredRequests()
                            + books.oneWayMessages()
                            + books.unmatchedResponses()
                            + books.repeatedMessages());
        }
    }

    @Test
    void tellsStreamsAsRefusedAfterTheLastOneThatAServerServes() {
        server.reads(10, get(1, "/users") + get(3, "/orders") + get(5, "/items"))
                .writes(20, goaway(1, 0))
                .reads(30, get(7, "/users"))
                .writes(40, ok(1, true));

        assertThat(server.described())
                .containsExactly(
                        "GET /orders | h/orders | REFUSED_STREAM",
                        "GET /items | h/items | REFUSED_STREAM",
                        "GET /users | h/users | REFUSED_STREAM",
                        "GET /users | h/users | 200");
        assertThat(server.records)
                .extracting(record -> record.times().totalNanos())
                .containsExactly(10L, 10L, RecordTimes.UNKNOWN, 30L);
        assertThat(server.records.get(0).outcome()).isEqualTo(Outcome.SERVER_ERROR);
        assertThat(server.records.get(0).times().firstByteNanos()).isEqualTo(RecordTimes.UNKNOWN);
        assertThat(server.books.openStreams().values()).containsOnly(0L);
    }

    /** A number that stands for a status that was said before. */
    @Test
    void isAnsweredByAStatusThatWasMissed() {
        String numbered = frame(1, 5, 3, "\276");
        ConnectionUnderTest begun = ConnectionUnderTest.openBefore()
                .reads(10, get(1, "/users"))
                .writes(20, ok(1, true))
                .reads(30, get(3, "/zork/frotz"))
                .writes(40, numbered);

        assertThat(begun.described())
                .containsExactly("GET /users | h/users | 200", "GET /{id}/{id} | h/zork/frotz | unknown");
        TrafficRecord record = begun.records.get(1);
        assertThat(record.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(record.unanswered()).isNull();
        assertThat(record.times().totalNanos()).isEqualTo(10);
    }

    @Test
    void refusesNothingWhereAServerOnlySaysThatItWillGoAway() {
        server.reads(10, get(1, "/users") + get(3, "/orders"))
                .writes(20, goaway(Integer.MAX_VALUE, 0))
                .writes(40, ok(1, true) + ok(3, true))
                .writes(50, goaway(3, 0))
                .closes(60, 0);

        assertThat(server.described()).containsExactly("GET /users | h/users | 200", "GET /orders | h/orders | 200");
    }

    @Test
    void leavesAnswersThatHaveBegunToEnd() {
        server.reads(10, get(1, "/users") + get(3, "/orders"))
                .writes(20, ok(3, false) + goaway(1, 0))
                .writes(30, data(3, 10, true) + reset(1, 7));

        assertThat(server.described())
                .containsExactly("GET /orders | h/orders | 200", "GET /users | h/users | REFUSED_STREAM");
    }

    @Test
    void passesOverWhatAGoawaySaysToPeople() {
        server.reads(10, get(1, "/users")).writes(20, goaway(1, 0, "too many pings ".repeat(100)) + ok(1, true));

        assertThat(server.described()).containsExactly("GET /users | h/users | 200");
        assertThat(server.streamBytes(Fate.UNPARSED)).isZero();
    }

    @Test
    void tellsAnAnswerThatTheServersEndCutsAsIncomplete() {
        for (ConnectionUnderTest connection : List.of(cutByThisServer(), client)) {
            if (connection == client) {
                client.writes(10, get(1, "/users"))
                        .reads(20, ok(1, false))
                        .reads(30, data(1, 10, false))
                        .closes(60, 0);
            }
            assertThat(connection.described()).containsExactly("GET /users | h/users | 200");
            TrafficRecord record = connection.records.get(0);
            assertThat(record.outcome()).isEqualTo(Outcome.ERROR);
            assertThat(record.truncated()).isFalse();
            assertThat(values(record, "reason")).containsExactly("incomplete");
            assertThat(values(record, "body_bytes")).containsExactly("0", "10");
            assertThat(record.times().firstByteNanos()).isEqualTo(10);
            assertThat(record.times().totalNanos()).isEqualTo(20);
        }
    }

    @Test
    void countsOfABodyThatIsCutWhatHasCome() {
        String frame = data(1, 100, true);
        client.writes(10, get(1, "/users"))
                .reads(20, ok(1, false))
                .reads(30, data(1, 10, false) + frame.substring(0, 9 + 30))
                .closes(60, 0);

        assertThat(client.described()).containsExactly("GET /users | h/users | 200");
        assertThat(values(client.records.get(0), "body_bytes")).containsExactly("0", "40");
        assertThat(client.records.get(0).answer().orElseThrow().wireBytes()).isEqualTo(10 + 19 + 39);
    }

    @Test
    void learnsWordsOfAPathOfAnAnswerThatIsCut() {
        client.writes(10, get(1, "/kiosks/7")).reads(20, ok(1, false)).closes(60, 0);

        assertThat(client.described()).containsExactly("GET /kiosks/{id} | h/kiosks/7 | 200");
    }

    private ConnectionUnderTest cutByThisServer() {
        return server.reads(10, get(1, "/users"))
                .writes(20, ok(1, false))
                .writes(30, data(1, 10, false))
                .closes(60, 0, EventDecoder.END_LOCAL);
    }

    @Test
    void tellsAnAnswerOnlyAsTruncatedWhoseClientDidNotWaitForItsEnd() {
        server.reads(10, get(1, "/users")).writes(20, ok(1, false)).closes(60, 0, EventDecoder.END_PEER);

        assertThat(server.described()).containsExactly("GET /users | h/users | 200");
        assertThat(server.records.get(0).outcome()).isEqualTo(Outcome.OK);
        assertThat(server.records.get(0).truncated()).isTrue();
    }

    @Test
    void leavesAnAnswerUnansweredWhoseEndMayBeMissing() {
        client.writes(10, get(1, "/users"))
                .reads(20, ok(1, false))
                .loses(Direction.INGRESS, 100)
                .reads(30, SETTINGS + SETTINGS)
                .closes(60, 0);

        assertThat(client.described()).containsExactly("GET /users | h/users | unanswered");
        assertThat(client.records.get(0).unanswered()).isEqualTo(Unanswered.CAPTURE_LOSS);
    }

    @Test
    void tellsAnAnswerAsTruncatedThatTheEndOfTheCaptureCuts() {
        client.writes(10, get(1, "/users") + get(3, "/orders")).reads(20, ok(1, false));
        client.connection.abandon();

        assertThat(client.described())
                .containsExactly("GET /users | h/users | 200", "GET /orders | h/orders | unanswered");
        assertThat(client.records.get(0).truncated()).isTrue();
        assertThat(client.records.get(1).unanswered()).isEqualTo(Unanswered.CAPTURE_LOSS);
    }

    @Test
    void leavesAnAnswerUnansweredThatAClientMayHaveReset() {
        client.writes(10, get(1, "/users"))
                .reads(20, ok(1, false))
                .loses(Direction.EGRESS, 13)
                .writes(30, SETTINGS + SETTINGS)
                .closes(60, 0);

        assertThat(client.described()).containsExactly("GET /users | h/users | unanswered");
    }

    private static List<String> values(TrafficRecord record, String attribute) {
        List<Value> all = new ArrayList<>();
        record.request().attributes(Details.into(all));
        record.answer().ifPresent(answer -> answer.attributes(Details.into(all)));
        return all.stream()
                .filter(value -> value.of().name().equals(attribute))
                .map(Value::text)
                .toList();
    }
}
