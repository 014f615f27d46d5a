package io.kyanos.connection;

import static io.kyanos.connection.Http2Frames.PREFACE;
import static io.kyanos.connection.Http2Frames.SETTINGS;
import static io.kyanos.connection.Http2Frames.data;
import static io.kyanos.connection.Http2Frames.frame;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.kyanos.event.EventDecoder;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A request of HTTP/1 that asks for HTTP/2, and is answered in it. */
class UpgradeToHttp2Test {

    private static final String ASKS =
            "Host: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + "HTTP2-Settings: AAEAAQAA\r\n";
    private static final String GET = "GET /users?page=2 HTTP/1.1\r\n" + ASKS + "\r\n";
    private static final String POST = "POST /users HTTP/1.1\r\n" + ASKS + "Content-Length: 3\r\n\r\nabc";
    private static final String SWITCH = "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]";

    /** A table of 65536 bytes, as HTTP2-Settings allows, and status 200; then five bytes. */
    private static final String ANSWER = frame(1, 4, 1, "\77\341\377\3\210") + data(1, 5, true);

    @Test
    void givesOneRecordOfTheRequestAndTheAnswerOfStreamOne() {
        ConnectionUnderTest connection = ConnectionUnderTest.server()
                .reads(1, POST)
                .writes(3, SWITCH)
                .writes(4, SETTINGS)
                .reads(5, PREFACE + SETTINGS)
                .writes(9, ANSWER)
                .closes(10, 0);

        assertThat(connection.described()).containsExactly("POST /users | h/users | 200");
        TrafficRecord record = connection.records.get(0);
        assertThat(record.protocol()).isEqualTo("http2");
        assertThat(record.times().totalNanos()).isEqualTo(8);
        assertThat(record.request().wireBytes()).isEqualTo(POST.length());
        assertThat(record.answer().orElseThrow().wireBytes()).isEqualTo(ANSWER.length());
        assertThat(values(record, "stream")).containsExactly("1");
        assertThat(values(record, "method")).containsExactly("POST");
        assertThat(values(record, "body_bytes")).containsExactly("3", "5");
        assertThat(connection.books.upgradedConnections()).containsOnly(entry(new Books.Key("http", "h2c"), 1L));
        assertThat(connection.streamBytes(Fate.UNPARSED)).isZero();
        assertThat(connection.streamBytes(Fate.UPGRADED)).isZero();
    }

    @Test
    void tellsTheRequestAsUnansweredWhereStreamOneNeverEnds() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, GET)
                .reads(3, SWITCH + SETTINGS)
                .writes(5, PREFACE + SETTINGS)
                .closes(10, 0);

        assertThat(connection.described()).containsExactly("GET /users | h/users | unanswered");
        assertThat(connection.records.get(0).protocol()).isEqualTo("http2");
    }

    @Test
    void leavesTheAnswerThatSwitchesWhereNobodyWantsHttp2() {
        ConnectionUnderTest connection = new ConnectionUnderTest(Set.of("http"))
                .opened(EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT)
                .writes(1, GET)
                .reads(3, SWITCH + SETTINGS)
                .writes(5, PREFACE + SETTINGS)
                .reads(7, ANSWER)
                .closes(10, 0);

        assertThat(connection.described()).containsExactly("GET /users | h/users | 101");
        assertThat(connection.records.get(0).protocol()).isEqualTo("http");
        assertThat(connection.records.get(0).times().totalNanos()).isEqualTo(2);
    }

    @Test
    void staysWithHttpHoweverOftenAClientAsksInVain() {
        ConnectionUnderTest connection = ConnectionUnderTest.client();
        for (int i = 0; i < 100; i++) {
            connection.writes(10 * i, i % 2 == 0 ? GET : POST).reads(10 * i + 5, OK);
        }

        assertThat(connection.records)
                .hasSize(100)
                .allSatisfy(record -> assertThat(record.protocol()).isEqualTo("http"))
                .allSatisfy(record -> assertThat(record.times().totalNanos()).isEqualTo(5));
        assertThat(connection.books.upgradedConnections()).isEmpty();
    }

    @Test
    void takesOverTheSecondRequestWhereTheFirstWasAskedInVain() {
        ConnectionUnderTest connection = ConnectionUnderTest.client()
                .writes(1, POST)
                .reads(2, OK)
                .writes(3, GET)
                .reads(4, SWITCH)
                .writes(5, PREFACE + SETTINGS)
                .reads(9, SETTINGS + ANSWER)
                .closes(10, 0);

        assertThat(connection.described()).containsExactly("POST /users | h/users | 200", "GET /users | h/users | 200");
        assertThat(connection.records).extracting(TrafficRecord::protocol).containsExactly("http", "http2");
        assertThat(connection.records.get(1).times().totalNanos()).isEqualTo(6);
    }

    @Test
    void decidesOnWordsOfThePathByTheAnswer() {
        String get = GET.replace("/users?page=2", "/kiosks/7");
        for (String status : List.of("200", "404")) {
            ConnectionUnderTest connection = ConnectionUnderTest.server()
                    .reads(1, get)
                    .writes(3, SWITCH + SETTINGS)
                    .reads(5, PREFACE + SETTINGS)
                    .writes(9, frame(1, 5, 1, status.equals("200") ? "\210" : "\215"))
                    .closes(10, 0);

            assertThat(connection.described())
                    .containsExactly(
                            status.equals("200")
                                    ? "GET /kiosks/{id} | h/kiosks/7 | 200"
                                    : "GET /{id}/{id} | h/kiosks/7 | 404");
        }
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
