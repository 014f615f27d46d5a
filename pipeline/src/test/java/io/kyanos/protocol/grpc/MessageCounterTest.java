package io.kyanos.protocol.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.SpanList;
import io.kyanos.record.StreamedEvents;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCounterTest {

    private static final String TWO = "\0\0\0\0\3abc\1\0\0\0\2de";

    private final ParseResult result = new ParseResult();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 14, 15})
    void countsMessagesWhateverThePieces(int step) {
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, TWO, step);

        assertThat(counter.counts())
                .isEqualTo(new MessageCounts(2, 1, false, StreamedEvents.UNKNOWN, StreamedEvents.UNKNOWN));
        assertThat(counter.isWhole()).isTrue();
    }

    @Test
    void countsAMessageWithoutBytesAndNoneThatIsCut() {
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, "\0\0\0\0\0\0\0\0\0\3ab", 100);

        assertThat(counter.count()).isEqualTo(1);
        assertThat(counter.isWhole()).isFalse();
    }

    @Test
    void tellsWhenTheFirstAndTheLastMessageEnded() {
        result.timedBy(index -> 1000 + index);
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, TWO, 100);

        assertThat(counter.counts().firstAt()).isEqualTo(1007);
        assertThat(counter.counts().lastAt()).isEqualTo(1014);
        assertThat(untimed().counts().firstAt()).isEqualTo(StreamedEvents.UNKNOWN);
    }

    private MessageCounter untimed() {
        MessageCounter counter = RpcType.GRPC.newCounter(false);
        read(counter, TWO, 100);
        return counter;
    }

    @Test
    void countsOnBehindAHoleInTheMiddleOfAMessage() {
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, "\0\0\0\0\7ab", 100);
        counter.missed(5);
        read(counter, "\0\0\0\0\1x", 100);

        assertThat(counter.count()).isEqualTo(2);
        assertThat(counter.isLost()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\0\0", "\0\0\0\0\7ab"})
    void countsNothingBehindAHoleInWhichAMessageMayBegin(String before) {
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, before, 100);
        counter.missed(6);
        read(counter, TWO, 100);

        assertThat(counter.count()).isZero();
        assertThat(counter.counts().isMissed()).isTrue();
    }

    @Test
    void countsNothingBehindWhatIsNoPrefix() {
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, TWO + "{\"a\":1}" + TWO, 100);

        assertThat(counter.count()).isEqualTo(2);
        assertThat(counter.isLost()).isTrue();
    }

    @Test
    void takesLengthsForUnsigned() {
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, "\0\u00ff\u00ff\u00ff\u00ffabc", 100);
        counter.missed(0xffffffffL - 3);

        assertThat(counter.count()).isEqualTo(1);
        assertThat(counter.isWhole()).isTrue();
    }

    @Test
    void wantsBytesInWhichAMessageMayBegin() {
        MessageCounter counter = RpcType.GRPC.newCounter(true);

        read(counter, "\0\0\1\0\0ab", 100);

        assertThat(counter.wants(65534)).isFalse();
        assertThat(counter.wants(65535)).isTrue();
    }

    @Test
    void reportsPrefixesAsStructure() {
        SpanList spans = new SpanList();
        result.collectStructure(spans);

        read(RpcType.GRPC.newCounter(true), TWO, 100);

        assertThat(spans.count()).isEqualTo(2);
        assertThat(spans.from(1)).isEqualTo(8);
        assertThat(spans.to(1)).isEqualTo(13);
    }

    @ParameterizedTest
    @CsvSource({
        "'grpc-status:0\r\n', OK",
        "'grpc-status: 5\r\n', NOT_FOUND",
        "'grpc-message:grpc-status:9\r\ngrpc-status: 14\r\nx: y\r\n', UNAVAILABLE",
        "'grpc-status:13', INTERNAL",
        "'x-grpc-status:0\r\n', ",
        "'', ",
    })
    void readsTheStatusAmongTheTrailersInABody(String trailers, GrpcStatus status) {
        for (int step = 1; step < 9; step++) {
            MessageCounter counter = RpcType.GRPC_WEB.newCounter(true);

            read(counter, "\0\0\0\0\1x" + frame('\u0080', trailers), step);

            assertThat(counter.count()).isEqualTo(1);
            assertThat(counter.endStatus()).as("%d bytes at a time", step).isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | OK",
                "{\"error\":{\"code\":\"not_found\",\"message\":\"x\"}} | NOT_FOUND",
                "{\"error\": {\"code\": \"canceled\"}} | CANCELLED",
                "{\"error\":{\"message\":\"\\\"code\\\":\\\"internal\\\"\",\"code\":\"aborted\"}} | ABORTED",
                "{\"error\":{\"code\":\"strange\"}} |",
            })
    void readsTheStatusInTheJsonThatEndsAStreamOfConnect(String json, GrpcStatus status) {
        for (int step = 1; step < 9; step++) {
            MessageCounter counter = RpcType.CONNECT_STREAM.newCounter(true);

            read(counter, "\0\0\0\0\1x" + frame('\2', json), step);

            assertThat(counter.endStatus()).as("%d bytes at a time", step).isEqualTo(status);
        }
    }

    @Test
    void readsNoStatusOfAFrameThatIsCut() {
        MessageCounter counter = RpcType.CONNECT_STREAM.newCounter(true);

        String frame = frame('\2', "{}");
        read(counter, frame.substring(0, frame.length() - 1), 100);

        assertThat(counter.endStatus()).isNull();
    }

    private static String frame(char flags, String bytes) {
        return flags + "\0\0\0" + (char) bytes.length() + bytes;
    }

    private void read(MessageCounter counter, String bytes, int step) {
        ByteView view = ByteView.of(bytes);
        for (int at = 0; at < view.length(); at += step) {
            counter.read(view, at, Math.min(view.length(), at + step), result);
        }
    }
}
