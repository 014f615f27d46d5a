package io.kyanos.protocol.http2;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Http2GuessTest {

    private static final ByteView NOTHING = ByteView.of("");
    private static final String PREFACE = "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a";
    private static final int OFTEN = 1000;

    @ParameterizedTest
    @CsvSource({
        PREFACE + ", REQUEST",
        "505249202a, UNSURE",
        "505249202b, NO",
        // settings of nghttpd and of grpc
        "00000c040000000000000300000064000100010000, RESPONSE",
        "000006040000000000fe0300000001, RESPONSE",
        // the acknowledgement of settings is of either side, like settings that set nothing
        "000000040100000000, UNSURE",
        "000000040000000000, UNSURE",
        "0000, UNSURE",
        "00000c04, UNSURE",
        // in the middle: a request, an answer, data that go on
        "00000501040000000d828684bebf, REQUEST",
        "00000101040000000d88, RESPONSE",
        "000005000000000001, NO"
    })
    void knowsHowAConnectionBeginsAndGoesOn(String hex, Guess expected) {
        assertThat(Http2Guess.guess(hex(hex), NOTHING)).isEqualTo(expected);
    }

    /* Of HTTP/1, of Kafka; types, flags and streams that do not fit each other. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "474554202f20485454502f312e310d0a",
                "504f5354202f20485454502f312e310d0a",
                "000000230012000400000001000a636f6e73756d6572",
                "000000090000000000000000",
                "0000000000000000000000000000",
                "00000a0b0000000001000000",
                "00000a010200000001828684",
                "00000a010400000000828684",
                "0000050104ffffffff828684bebf",
                "000006040000000001000300000064",
                "ff0006040000000000000300000064"
            })
    void refusesForeignBytesWithoutMakingAnything(String hex) {
        ByteView head = hex(hex);
        int refused = refuse(head);

        long before = allocatedBytes();
        refuse(head);
        long allocated = allocatedBytes() - before;

        assertThat(refused).isEqualTo(2 * OFTEN);
        assertThat(allocated).as("bytes, less than one object a time").isLessThan(OFTEN);
    }

    @Test
    void aServerThatAnswersThePrefaceMaySetNothing() {
        assertThat(Http2Guess.guess(hex("000000040000000000"), hex(PREFACE))).isEqualTo(Guess.RESPONSE);
    }

    private static int refuse(ByteView head) {
        int refused = 0;
        for (int i = 0; i < OFTEN; i++) {
            refused += Http2Guess.guess(head, NOTHING) == Guess.NO ? 1 : 0;
            refused += Http2Guess.anywhere(head) == Guess.NO ? 1 : 0;
        }
        return refused;
    }

    private static long allocatedBytes() {
        ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);
        return threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private static ByteView hex(String text) {
        byte[] bytes = HexFormat.of().parseHex(text);
        return new ByteView(bytes, 0, bytes.length);
    }
}
