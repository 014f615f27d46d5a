package io.kyanos.recording;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

class RedactorTest {

    private static final BiConsumer<ByteView, ParseResult> NOTHING = (line, result) -> {};
    private static final BiConsumer<ByteView, ParseResult> MARK = (line, result) -> {
        result.structure(0, 1);
        result.structure(line.length() - 1, line.length());
    };
    private static final BiConsumer<ByteView, ParseResult> BUG = (line, result) -> {
        throw new IllegalStateException("a bug, made for the test");
    };

    private static final long SECOND = 1_000_000_000L;
    private static final int CAPACITY = 4;

    private final List<byte[]> events = new ArrayList<>();
    private Redactor redactor = redactor(MARK);
    private long now = SECOND;

    @Test
    void leavesNothingWhereAParserReportsNothing() {
        redactor = redactor(NOTHING);
        opens(1);
        egress(1, 0, "?name and password\n");
        ingress(1, 0, "!answer\n");

        assertThat(left()).containsExactly("0".repeat(19), "0".repeat(8));
    }

    @Test
    void leavesWhatIsReportedAndNothingElse() {
        opens(1);
        egress(1, 0, "?one\n?two\n");

        assertThat(left()).containsExactly("?000\n?000\n");
    }

    @Test
    void leavesWhatIsReportedOfALineInSeveralEvents() {
        opens(1);
        egress(1, 0, "?on");
        egress(1, 3, "e");
        egress(1, 4, "\n");

        assertThat(left()).containsExactly("?00", "0", "\n");
    }

    @Test
    void overwritesWhatLeavesBeforeItIsDecided() {
        opens(1);
        egress(1, 0, "?one\n?secr");
        assertThat(left()).containsExactly("?000\n00000");

        egress(1, 10, "et\n?two\n");

        assertThat(left()).containsExactly("00\n?000\n");
    }

    @Test
    void overwritesWhatNoProtocolKnowsByZeroBytes() {
        opens(1);
        egress(1, 0, "what is this");

        assertThat(left()).containsExactly(zeros(12));
    }

    @Test
    void overwritesGarbageBetweenMessagesByZeroBytesUpToALineEnd() {
        opens(1);
        egress(1, 0, "?one\ngarbage\r\n?two\n");

        assertThat(left()).containsExactly("?000\n" + zeros(7) + "\r\n?000\n");
    }

    @Test
    void overwritesBytesThatComeAgain() {
        opens(1);
        egress(1, 0, "?one\n");
        egress(1, 0, "?one\n");
        egress(1, 3, "e\n?two\n");

        assertThat(left()).containsExactly("?000\n", zeros(5), zeros(2) + "?000\n");
    }

    @Test
    void overwritesBytesThatComeOutOfOrder() {
        opens(1);
        egress(1, 0, "?one\n");
        egress(1, 10, "?three\n");
        egress(1, 5, "?two\n");

        assertThat(left()).containsExactly("?000\n", "?00000\n", zeros(5));
    }

    @Test
    void findsStructureAfterBytesThatWereNotCaptured() {
        opens(1);
        event(EventEncoder.data(
                ++now, now, 1, 1, 3, Direction.EGRESS, 0, "?one\n?two\n".getBytes(StandardCharsets.ISO_8859_1), 7));
        egress(1, 10, "?three\n");

        assertThat(left()).containsExactly("?000\n" + zeros(2), "?00000\n");
    }

    @Test
    void knowsAConnectionThatWasOpenBefore() {
        egress(1, 70_000, "?one\n");
        ingress(1, 90_000, "!two\n");

        assertThat(left()).containsExactly("?000\n", "!000\n");
    }

    @Test
    void leavesNothingOfAnIgnoredConnection() {
        event(EventEncoder.traced(
                EventEncoder.opened(++now, 1, 1, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT),
                TraceState.OFF));
        egress(1, 0, "?one\n");

        assertThat(left()).containsExactly(zeros(5));
    }

    @Test
    void overwritesDatagramsOfWhichNoProtocolIsKnown() {
        opensForDatagrams();
        egress(1, 0, "?one\n");
        egress(1, 0, "?one\n");

        assertThat(left()).containsExactly(zeros(5), zeros(5));
    }

    @Test
    void leavesTheAddressOfADatagramsPeer() {
        opensForDatagrams();
        byte[] datagram = EventEncoder.fromPeer(
                EventEncoder.data(
                        ++now, now, 1, 1, 3, Direction.INGRESS, 0, "?one\n".getBytes(StandardCharsets.US_ASCII), 5),
                53);
        byte[] before = datagram.clone();
        event(datagram);

        assertThat(left()).containsExactly(zeros(5));
        int payload = EventEncoder.read(datagram).payloadIndex();
        assertThat(Arrays.copyOf(datagram, payload)).isEqualTo(Arrays.copyOf(before, payload));
        assertThat(EventEncoder.read(datagram).peerPort()).isEqualTo(53);
    }

    @Test
    void overwritesWhatIsNoEvent() {
        byte[] cut = Arrays.copyOf(
                EventEncoder.data(1, 1, 1, 1, 3, Direction.EGRESS, 0, "?one\n".getBytes(StandardCharsets.US_ASCII), 5),
                83);

        redactor.event(cut, 0, cut.length);
        redactor.beforeWrite();

        assertThat(cut).containsOnly(0);
    }

    @Test
    void aBugInAParserCostsOnlyItsConnection() {
        redactor = redactor((line, result) -> (line.byteAt(1) == 'b' ? BUG : MARK).accept(line, result));
        opens(1);
        opens(2);
        egress(1, 0, "?one\n?bug\n?two\n");
        egress(2, 0, "?one\n");
        egress(1, 15, "?three\n");

        assertThat(left()).containsExactly("?000\n" + zeros(10), "?000\n", zeros(7));
        assertThat(redactor.usedBytes()).isZero();
    }

    @Test
    void forgetsTheLongestSilentFirst() {
        for (long connection = 1; connection <= 3L * CAPACITY; connection++) {
            opens(connection);
            egress(connection, 0, "?one\n?two");
        }
        assertThat(left()).hasSize(3 * CAPACITY).containsOnly("?000\n0000");
        assertThat(redactor.connections()).isEqualTo(CAPACITY);

        egress(1, 9, "\n");
        egress(1, 10, "?three\n");
        egress(3L * CAPACITY, 9, "\n?three\n");

        assertThat(left()).containsExactly("\n", "?00000\n", "\n?00000\n");
        assertThat(redactor.connections()).isEqualTo(CAPACITY);
    }

    @Test
    void knowsAConnectionUntilTheBlockOfItsEndLeaves() {
        opens(1);
        egress(1, 0, "?one\n?tw");
        event(EventEncoder.closed(++now, 1, 1, 3, 10, 0, EventDecoder.CLOSE_NORMAL));
        egress(1, 8, "o\n");

        assertThat(left()).containsExactly("?000\n?00", "0\n");
        assertThat(redactor.connections()).isZero();
        assertThat(redactor.usedBytes()).isZero();
    }

    @Test
    void endsByTheEventsTimeWhatASilenceEnds() {
        redactor = new Redactor(settings());
        event(EventEncoder.opened(++now, 1, 1, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT));
        egress(1, 0, "GET /users HTTP/1.1\r\n\r\n");
        ingress(1, 0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx");
        ingress(1, 4000, "of a chunk whose size was lost");
        String next = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        ingress(1, 4030, next);
        now += 130 * SECOND;
        ingress(1, 4030 + next.length(), next);

        List<String> left = left();

        assertThat(left.get(3)).as("within the open message").isEqualTo(zeros(next.length()));
        assertThat(left.get(4)).as("after a silence").isEqualTo("HTTP/1.1 200 00\r\nContent-Length: 2\r\n\r\n00");
    }

    private static Redactor redactor(BiConsumer<ByteView, ParseResult> structure) {
        ConnectionSettings settings = settings();
        return new Redactor(
                new ConnectionSettings(
                        List.of(new LineProtocol(structure)),
                        Set.of("line"),
                        Detail.NONE,
                        settings.maxHeldBytes(),
                        settings.maxBufferedBytes(),
                        settings.maxCalls(),
                        settings.maxUndecidedTurns(),
                        settings.maxUnparsedBytes(),
                        settings.requestTimeout(),
                        0),
                CAPACITY);
    }

    static ConnectionSettings settings() {
        return ConnectionSettings.of(
                ConfigFactory.parseResources("reference.conf").resolve(), Set.of(), Detail.NONE, 0);
    }

    private void opens(long connection) {
        event(EventEncoder.opened(++now, connection, 1, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT));
    }

    private void opensForDatagrams() {
        event(EventEncoder.carriedBy(
                EventEncoder.opened(++now, 1, 1, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_FIRST_USE),
                EventDecoder.TRANSPORT_UDP,
                "",
                ""));
    }

    private void egress(long connection, long position, String text) {
        data(connection, Direction.EGRESS, position, text);
    }

    private void ingress(long connection, long position, String text) {
        data(connection, Direction.INGRESS, position, text);
    }

    private void data(long connection, Direction direction, long position, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        event(EventEncoder.data(++now, now, connection, 1, 3, direction, position, bytes, bytes.length));
    }

    private void event(byte[] event) {
        events.add(event);
        redactor.event(event, 0, event.length);
    }

    /** Lets the block leave: the payload of its data events. */
    private List<String> left() {
        redactor.beforeWrite();
        List<String> left = new ArrayList<>();
        for (byte[] bytes : events) {
            EventDecoder event = EventEncoder.read(bytes);
            if (event.kind() == EventDecoder.KIND_DATA) {
                left.add(new String(bytes, event.payloadIndex(), event.captured(), StandardCharsets.ISO_8859_1));
            }
        }
        events.clear();
        return left;
    }

    private static String zeros(int count) {
        return "\0".repeat(count);
    }
}
