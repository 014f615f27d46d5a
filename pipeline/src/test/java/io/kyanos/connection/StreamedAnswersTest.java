package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.record.StreamedEvents;
import io.kyanos.record.TrafficRecord;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events of streamed answers get the times of the calls that carried their ends, however bodies are framed. */
class StreamedAnswersTest {

    private static final String GET = "GET /events HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    private static final String CHUNKED = STREAM + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String LINES =
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n";
    private static final String LAST_CHUNK = "0\r\n\r\n";
    private static final long TIMEOUT = ConnectionUnderTest.REQUEST_TIMEOUT.toNanos();

    @Test
    void atAClientTheFirstEventIsTimedFromTheRequestsWriteToTheReadOfItsEnd() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .entered(1000)
                .writes(1500, GET)
                .reads(2000, CHUNKED)
                .reads(3000, chunk("data: a\n"))
                .reads(4000, chunk("\n"))
                .reads(6000, chunk("data: b\n\n"))
                .reads(6500, LAST_CHUNK);

        assertThat(attributes(connection))
                .containsEntry("events", "2")
                .containsEntry("first_event_ms", "0.003")
                .containsEntry("median_gap_ms", "0.002")
                .containsEntry("largest_gap_ms", "0.002")
                .doesNotContainKey("events_missed");
    }

    @Test
    void atAServerItIsTimedFromTheRequestsReadToTheWriteOfItsEnd() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .entered(1)
                .reads(1000, GET)
                .writes(2000, CHUNKED)
                .entered(3000)
                .writes(3500, chunk("data: a\n\n"))
                .entered(5000)
                .writes(7500, chunk("data: b\n\n"))
                .writes(8000, LAST_CHUNK);

        assertThat(attributes(connection))
                .containsEntry("events", "2")
                .containsEntry("first_event_ms", "0.0025")
                .containsEntry("largest_gap_ms", "0.004");
    }

    @Test
    void eventsOfOneReadHaveNoTimeBetweenThem() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, CHUNKED + chunk("data: a\n\n") + chunk("data: b\n\ndata: c\n\n"))
                .reads(9000, chunk("data: d\n\n") + LAST_CHUNK);

        StreamedEvents events = events(connection);
        assertThat(events.count()).isEqualTo(4);
        assertThat(events.gaps()).isEqualTo(3);
        assertThat(events.gapSumNanos()).isEqualTo(7000);
        assertThat(events.medianGapNanos()).isLessThan(100);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void countsTheSameByEachFramingAndInPiecesOfAnySize(String end) {
        String body = (": hello##data: a##event: x#data: b#data: c##id: 9##" + "data: d##").replace("#", end);
        StringBuilder chunks = new StringBuilder();
        for (int i = 0; i < body.length(); i += 7) {
            chunks.append(chunk(body.substring(i, Math.min(body.length(), i + 7))));
        }
        for (String answer : new String[] {
            CHUNKED + chunk(body) + LAST_CHUNK,
            CHUNKED + chunks + LAST_CHUNK,
            STREAM + "Content-Length: " + body.length() + "\r\n\r\n" + body,
            STREAM + "Connection: close\r\n\r\n" + body
        }) {
            for (int piece = 1; piece < 40; piece++) {
                ConnectionUnderTest connection = ConnectionUnderTest.client().writes(1, GET);
                long now = 1000;
                for (int at = 0; at < answer.length(); at += piece) {
                    connection.reads(now++, answer.substring(at, Math.min(answer.length(), at + piece)));
                }
                connection.closes(now, EventDecoder.CLOSE_NORMAL);

                StreamedEvents events = events(connection);
                assertThat(events.count()).as("%s by %d", answer, piece).isEqualTo(3);
                assertThat(events.gaps()).isEqualTo(2);
                assertThat(events.isMissed()).isFalse();
            }
        }
    }

    @Test
    void theLastLineOfABodyEndsWithItsLastByteNotWithTheConnection() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, LINES)
                .reads(3000, "{\"n\":1}\n{\"n\"")
                .reads(4000, ":2}")
                .closes(900_000, EventDecoder.CLOSE_NORMAL);

        assertThat(attributes(connection)).containsEntry("events", "2").containsEntry("largest_gap_ms", "0.001");
    }

    @Test
    void ofAnAnswerThatItsConnectionsEndCutsOnlyWholeEventsCount() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, CHUNKED + chunk("data: a\n\n") + "9\r\ndata: b")
                .closes(3000, EventDecoder.CLOSE_NORMAL);

        assertThat(attributes(connection)).containsEntry("events", "1").containsEntry("reason", "incomplete");
    }

    @Test
    void ofAnAnswerThatFallsSilentTheEventsUpToThenAreTold() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(2, CHUNKED + chunk("data: a\n\n") + chunk("data: b\n\n"));
        connection.connection.timeOut(TIMEOUT + 3);
        connection.reads(2 * TIMEOUT, chunk("data: c\n\n") + LAST_CHUNK);

        assertThat(events(connection).count()).isEqualTo(2);
    }

    @Test
    void whatIsBeyondTheCapOfACallMayHaveBeenEvents() {
        String large = chunk("data: " + "x".repeat(3000) + "\n\ndata: b\n\n");
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, CHUNKED)
                .moves(3000, Direction.INGRESS, large, 1000)
                .reads(4000, chunk("data: c\n\n") + chunk("data: d\n\n"))
                .reads(4500, LAST_CHUNK);

        assertThat(attributes(connection))
                .containsEntry("events_missed", "true")
                .doesNotContainKey("largest_gap_ms");
        assertThat(events(connection).count()).isBetween(0L, 4L);
    }

    @Test
    void insideABodyOfKnownLengthCountingGoesOnAfterALoss() {
        String event = "data: 0123456789\n\n";
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, STREAM + "Content-Length: " + 10 * event.length() + "\r\n\r\n")
                .reads(3000, event + event)
                .loses(Direction.INGRESS, 3L * event.length())
                .reads(5000, event + event)
                .reads(6000, event)
                .reads(7500, event + event);

        // Of the event behind the loss it is not known where it began.
        assertThat(attributes(connection))
                .containsEntry("events", "6")
                .containsEntry("events_missed", "true")
                .containsEntry("first_event_ms", "0.002")
                .containsEntry("largest_gap_ms", "0.0015");
        assertThat(events(connection).gaps()).isEqualTo(4);
    }

    @Test
    void inChunksCountingGoesOnAfterALossWithTheNextCallThatHoldsWholeOnes() {
        String event = chunk("data: a\n\n");
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, CHUNKED + event)
                .loses(Direction.INGRESS, 500)
                .reads(3000, "a\n\n\r\n" + event)
                .reads(4000, event + event)
                .reads(5000, event)
                .reads(6500, event + LAST_CHUNK)
                .writes(9000, GET)
                .reads(9500, "HTTP/1.1 204 No Content\r\n\r\n");

        StreamedEvents events =
                connection.records.get(0).answer().orElseThrow().streamed().orElseThrow();
        assertThat(connection.records).hasSize(2);
        // The first line after a loss may be the end of any.
        assertThat(events.count()).isEqualTo(4);
        assertThat(events.gaps()).isEqualTo(2);
        assertThat(events.largestGapNanos()).isEqualTo(1500);
        assertThat(events.isMissed()).isTrue();
    }

    @Test
    void whereOnlyHeadsAreCapturedTheCountIsTheLeast() {
        ConnectionUnderTest connection = ConnectionUnderTest.client().writes(1000, GET);
        connection
                .traced(TraceState.HEADS)
                .moves(2000, Direction.INGRESS, CHUNKED + chunk("data: a\n\n") + chunk("data: b\n\n"), 90)
                .traced(TraceState.FULL)
                .closes(3000, EventDecoder.CLOSE_NORMAL);

        assertThat(attributes(connection)).containsEntry("events_missed", "true");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: application/json\r\n",
                "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n",
                "Content-Encoding: br\r\nContent-Type: text/event-stream\r\n",
                ""
            })
    void whatIsNoStreamOrIsCodedHasNoEvents(String fields) {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 9\r\n\r\ndata: a\n\n");

        assertThat(only(connection).answer().orElseThrow().streamed()).isEmpty();
        assertThat(attributes(connection)).doesNotContainKey("events");
    }

    @Test
    void aTransferCodingHidesEventsAsAContentCodingDoes() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, STREAM + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk("data: a\n\n") + LAST_CHUNK);

        assertThat(only(connection).answer().orElseThrow().streamed()).isEmpty();
    }

    @Test
    void theAnswerToAHeadHasNone() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET.replace("GET", "HEAD"))
                .reads(2000, CHUNKED);

        assertThat(only(connection).answer().orElseThrow().streamed()).isEmpty();
    }

    @Test
    void theNextAnswerOfTheConnectionCountsAnew() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1000, GET)
                .reads(2000, CHUNKED + chunk("data: a\n\ndata: b\n\n") + LAST_CHUNK)
                .writes(3000, GET)
                .reads(4000, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ndata: a\n\n")
                .writes(5000, GET)
                .reads(6000, CHUNKED + chunk("data: a\n\n") + LAST_CHUNK);

        assertThat(connection.records)
                .extracting(record -> record.answer()
                        .orElseThrow()
                        .streamed()
                        .map(StreamedEvents::count)
                        .orElse(-1L))
                .containsExactly(2L, -1L, 1L);
    }

    private static String chunk(String content) {
        return Integer.toHexString(content.getBytes(StandardCharsets.ISO_8859_1).length) + "\r\n" + content + "\r\n";
    }

    private static TrafficRecord only(ConnectionUnderTest connection) {
        assertThat(connection.records).hasSize(1);
        return connection.records.get(0);
    }

    private static StreamedEvents events(ConnectionUnderTest connection) {
        return only(connection).answer().orElseThrow().streamed().orElseThrow();
    }

    private static Map<String, String> attributes(ConnectionUnderTest connection) {
        Map<String, String> all = new LinkedHashMap<>();
        only(connection).answer().orElseThrow().attributes((attribute, value) -> all.put(attribute.name(), value));
        return all;
    }
}
