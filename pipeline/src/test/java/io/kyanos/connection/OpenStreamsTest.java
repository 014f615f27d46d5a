package io.kyanos.connection;

import static io.kyanos.connection.Http2Frames.PREFACE;
import static io.kyanos.connection.Http2Frames.SETTINGS;
import static io.kyanos.connection.Http2Frames.data;
import static io.kyanos.connection.Http2Frames.get;
import static io.kyanos.connection.Http2Frames.ok;
import static io.kyanos.connection.Http2Frames.post;
import static io.kyanos.connection.Http2Frames.reset;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import org.junit.jupiter.api.Test;

/** What the books say of streams while they are open, and how long they may be. */
class OpenStreamsTest {

    private static final long HOUR = 3_600_000_000_000L;
    private static final long TIMEOUT = ConnectionUnderTest.REQUEST_TIMEOUT.toNanos();

    private final ConnectionUnderTest connection =
            ConnectionUnderTest.server().reads(1, PREFACE + SETTINGS).writes(2, SETTINGS);

    @Test
    void countsStreamsWhileTheyAreOpen() {
        connection.reads(3, get(1, "/users") + get(3, "/orders") + post(5, "/users"));
        assertThat(open()).isEqualTo(3);

        connection.writes(4, ok(1, true) + ok(3, false));
        assertThat(open()).isEqualTo(2);

        connection.reads(5, reset(5, 8)).writes(6, data(3, 10, true));
        assertThat(open()).isZero();
        assertThat(connection.books.openStreams()).containsOnlyKeys(new Books.Key("http2", "server"));
    }

    @Test
    void countsNoneAfterTheConnectionsEnd() {
        connection.reads(3, get(1, "/users") + get(3, "/orders"));
        assertThat(open()).isEqualTo(2);

        connection.closes(10, 0);
        assertThat(open()).isZero();
        assertThat(connection.described())
                .containsExactly("GET /users | h/users | unanswered", "GET /orders | h/orders | unanswered");
    }

    @Test
    void countsNoneOfAConnectionWhoseParserHasFailed() {
        connection.reads(3, get(1, "/users"));
        connection.connection.breakOff();

        assertThat(open()).isZero();
    }

    @Test
    void countsNoneOfAConnectionThatIsAbandoned() {
        connection.reads(3, get(1, "/users"));
        connection.connection.abandon();

        assertThat(open()).isZero();
    }

    @Test
    void countsNoLongerWhatALossHasLeftWithoutAnEnd() {
        connection.reads(3, get(1, "/users")).writes(4, ok(1, false)).loses(Direction.EGRESS, 1000);
        connection.writes(5, SETTINGS + SETTINGS);
        assertThat(open()).isEqualTo(1);

        connection.connection.timeOut(HOUR);
        assertThat(open()).isZero();
    }

    @Test
    void waitsForHoursForTheEndOfARequestAndOfAnAnswer() {
        connection.reads(3, post(1, "/users")).reads(4, post(3, "/orders")).writes(5, ok(3, false));
        for (long at = HOUR; at < 5 * HOUR; at += HOUR) {
            connection.reads(at, data(1, 100, false)).writes(at, data(3, 100, false));
            connection.connection.timeOut(at + HOUR / 2);
            assertThat(open()).isEqualTo(2);
        }

        connection.reads(5 * HOUR, data(1, 0, true)).connection.timeOut(5 * HOUR + TIMEOUT - 1);
        assertThat(open()).isEqualTo(2);
        connection.writes(6 * HOUR, ok(1, true) + data(3, 0, true));
        assertThat(connection.described())
                .containsExactly("POST /users | h/users | 200", "POST /orders | h/orders | 200");
        assertThat(open()).isZero();
    }

    @Test
    void waitsForAnAnswerNoLongerThanAllowedFromTheRequestsEnd() {
        connection.reads(3, post(1, "/users")).reads(HOUR, data(1, 10, true));

        connection.connection.timeOut(HOUR + TIMEOUT);
        assertThat(connection.described()).isEmpty();
        connection.connection.timeOut(HOUR + TIMEOUT + 1);
        assertThat(connection.described()).containsExactly("POST /users | h/users | unanswered");
    }

    @Test
    void waitsFromTheBeginningWhereTheEndOfARequestMayBeMissing() {
        connection.reads(3, post(1, "/users")).loses(Direction.INGRESS, 1000);
        connection.reads(4, SETTINGS + SETTINGS).connection.timeOut(4 + TIMEOUT);

        assertThat(connection.described()).containsExactly("POST /users | h/users | unanswered");
    }

    private long open() {
        return connection.books.openStreams().getOrDefault(new Books.Key("http2", "server"), 0L);
    }
}
