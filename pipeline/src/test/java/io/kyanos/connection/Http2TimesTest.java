package io.kyanos.connection;

import static io.kyanos.connection.Http2Frames.PREFACE;
import static io.kyanos.connection.Http2Frames.SETTINGS;
import static io.kyanos.connection.Http2Frames.data;
import static io.kyanos.connection.Http2Frames.get;
import static io.kyanos.connection.Http2Frames.initialWindow;
import static io.kyanos.connection.Http2Frames.ok;
import static io.kyanos.connection.Http2Frames.post;
import static io.kyanos.connection.Http2Frames.reset;
import static io.kyanos.connection.Http2Frames.windowUpdate;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the answers of streams began, and for how long windows have stopped their bodies. */
class Http2TimesTest {

    private static final int FIRST_WINDOW = 65_535;
    private static final String REQUEST = "request_stalled_ms";
    private static final String RESPONSE = "response_stalled_ms";

    @Test
    void tellsFirstAndLastByteOfStreamsThatOverlap() {
        ConnectionUnderTest server = server(SETTINGS)
                .reads(10, get(1, "/users") + get(3, "/orders"))
                .writes(20, ok(3, false))
                .writes(30, ok(1, false) + data(1, 5, false))
                .writes(40, data(3, 5, true))
                .writes(50, data(1, 5, true));

        assertThat(server.described()).containsExactly("GET /orders | h/orders | 200", "GET /users | h/users | 200");
        assertThat(server.records)
                .extracting(record -> record.times().firstByteNanos())
                .containsExactly(10L, 20L);
        assertThat(server.records)
                .extracting(record -> record.times().totalNanos())
                .containsExactly(30L, 40L);
    }

    @Test
    void tellsWhenAnAnswerBeganThatTheClientHasReset() {
        ConnectionUnderTest server = server(SETTINGS)
                .reads(10, get(1, "/users") + get(3, "/orders"))
                .writes(20, ok(1, false))
                .reads(50, reset(1, 8) + reset(3, 8));

        assertThat(server.records)
                .extracting(record -> record.times().firstByteNanos())
                .containsExactly(10L, RecordTimes.UNKNOWN);
        assertThat(server.records)
                .extracting(record -> record.times().totalNanos())
                .containsExactly(40L, 40L);
    }

    @Test
    void countsTheTimeThatAStreamsWindowIsUsedUp() {
        ConnectionUnderTest server = server(initialWindow(100))
                .reads(3, get(1, "/users"))
                .writes(5, ok(1, false))
                .writes(10, data(1, 60, false))
                .writes(20, data(1, 40, false))
                .reads(55, windowUpdate(1, 50))
                .writes(60, data(1, 50, false))
                .reads(65, windowUpdate(1, 50))
                .writes(80, data(1, 10, true));

        assertThat(values(server, RESPONSE)).containsExactly(millis(35 + 5));
        assertThat(values(server, REQUEST)).isEmpty();
    }

    @Test
    void countsTheSameOfAnUpload() {
        ConnectionUnderTest client = ConnectionUnderTest.client()
                .writes(1, PREFACE + SETTINGS)
                .reads(2, initialWindow(100))
                .writes(3, post(1, "/users"))
                .writes(10, data(1, 100, false))
                .reads(30, windowUpdate(1, 100))
                .writes(31, data(1, 50, true))
                .reads(40, ok(1, true));

        assertThat(values(client, REQUEST)).containsExactly(millis(20));
        assertThat(values(client, RESPONSE)).isEmpty();
    }

    @Test
    void countsForEachStreamThatTheConnectionsWindowIsUsedUp() {
        ConnectionUnderTest server = server(initialWindow(1 << 20))
                .reads(3, get(1, "/users") + get(3, "/orders") + get(5, "/items"))
                .writes(5, ok(1, false) + ok(5, false))
                .writes(10, data(1, FIRST_WINDOW, false))
                .writes(20, ok(3, false))
                .reads(40, windowUpdate(0, 1000))
                .writes(41, data(3, 10, true))
                .writes(42, data(1, 10, true))
                .writes(43, data(5, 0, true));

        assertThat(server.described())
                .containsExactly(
                        "GET /orders | h/orders | 200", "GET /users | h/users | 200", "GET /items | h/items | 200");
        assertThat(values(server.records.get(0), RESPONSE)).containsExactly(millis(20));
        assertThat(values(server.records.get(1), RESPONSE)).containsExactly(millis(30));
        assertThat(values(server.records.get(2), RESPONSE))
                .as("one that had nothing to say")
                .isEmpty();
    }

    @Test
    void countsNothingWhereABodyEndsWithItsWindow() {
        ConnectionUnderTest server = server(initialWindow(100))
                .reads(3, get(1, "/users"))
                .writes(5, ok(1, false) + data(1, 100, false))
                .reads(50, windowUpdate(1, 100))
                .writes(60, data(1, 0, true));

        assertThat(values(server, RESPONSE)).containsExactly("0");
    }

    @Test
    void openWindowsBySettingsAsWell() {
        ConnectionUnderTest server = server(initialWindow(0))
                .reads(3, get(1, "/users"))
                .writes(10, ok(1, false))
                .reads(30, initialWindow(100))
                .writes(31, data(1, 100, false))
                .reads(40, initialWindow(50) + windowUpdate(1, 20))
                .reads(50, windowUpdate(1, 60))
                .writes(51, data(1, 30, true));

        assertThat(values(server, RESPONSE)).containsExactly(millis(20 + 19));
    }

    @Test
    void countsWhatAStreamHasWaitedThatIsReset() {
        ConnectionUnderTest server = server(initialWindow(100))
                .reads(3, get(1, "/users"))
                .writes(10, ok(1, false) + data(1, 100, false))
                .reads(90, reset(1, 8));

        assertThat(server.described()).containsExactly("GET /users | h/users | CANCEL");
        assertThat(values(server, RESPONSE)).containsExactly(millis(80));
    }

    @Test
    void tellsNothingOfWindowsOnceAnythingIsMissing() {
        ConnectionUnderTest server = server(initialWindow(100))
                .reads(3, get(1, "/users"))
                .writes(10, ok(1, false) + data(1, 100, false))
                .loses(Direction.INGRESS, 13)
                .reads(50, SETTINGS + windowUpdate(1, 100))
                .writes(60, data(1, 10, true));

        assertThat(server.described()).containsExactly("GET /users | h/users | 200");
        assertThat(values(server, RESPONSE)).isEmpty();
    }

    @Test
    void tellsNothingOfWindowsOfAConnectionThatWasOpenBefore() {
        ConnectionUnderTest connection = ConnectionUnderTest.openBefore()
                .reads(3, get(7, "/users"))
                .writes(10, ok(7, false) + data(7, 100, false))
                .reads(20, get(9, "/users"))
                .writes(60, data(7, 10, true))
                .writes(70, ok(9, false) + data(9, 100, true));

        assertThat(connection.described()).isNotEmpty();
        assertThat(connection.records)
                .allSatisfy(record -> assertThat(values(record, RESPONSE)).isEmpty());
    }

    @Test
    void knowsTheWindowsThatAnUpgradeHasAgreedOn() {
        String get = "GET /users HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                + "HTTP2-Settings: AAQAAABk\r\n\r\n";
        ConnectionUnderTest server = ConnectionUnderTest.server()
                .reads(1, get)
                .writes(2, "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" + SETTINGS)
                .writes(10, ok(1, false) + data(1, 100, false))
                .reads(40, PREFACE + initialWindow(100) + windowUpdate(1, 100))
                .writes(50, data(1, 10, true));

        assertThat(server.described()).containsExactly("GET /users | h/users | 200");
        assertThat(values(server, RESPONSE)).containsExactly(millis(30));
    }

    private static ConnectionUnderTest server(String clientsSettings) {
        return ConnectionUnderTest.server().reads(1, PREFACE + clientsSettings).writes(2, SETTINGS);
    }

    private static List<String> values(ConnectionUnderTest connection, String attribute) {
        assertThat(connection.records).hasSize(1);
        return values(connection.records.get(0), attribute);
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

    private static String millis(int nanos) {
        return "0.0000" + (nanos % 10 == 0 ? Integer.toString(nanos / 10) : Integer.toString(nanos));
    }
}
