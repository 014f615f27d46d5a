package io.kyanos.packet;

import static io.kyanos.packet.Bytes.ip4;
import static io.kyanos.packet.Bytes.ip6;
import static io.kyanos.packet.Bytes.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.packet.PacketStatistics.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class DuplicatesTest {

    private static final int RAW = 101;
    private static final int UDP = 17;
    private static final long MILLISECOND = 1_000_000L;
    private static final byte[] QUESTION = udp(53, "question".getBytes(StandardCharsets.US_ASCII));

    private final Decoded decoded = new Decoded();

    @Test
    void countsACopyFromAnotherInterfaceOnce() {
        ask(1, 77, 0);
        ask(2, 77, MILLISECOND);
        ask(3, 77, 2 * MILLISECOND);

        assertThat(decoded.packets).hasSize(1);
        assertThat(decoded.count(Reason.DUPLICATE)).isEqualTo(2);
    }

    @Test
    void countsACopyWithoutIdentificationOnce() {
        ask(1, 0, 0);
        ask(2, 0, MILLISECOND);

        assertThat(decoded.packets).hasSize(1);
    }

    @Test
    void countsACopyBehindARouterOnce() {
        byte[] routed = ip6(UDP, QUESTION);
        routed[7]--;

        decoded.frame(RAW, 0, 0, ip6(UDP, QUESTION), 56);
        decoded.frame(RAW, 0, 10 * MILLISECOND, routed, 56);

        assertThat(decoded.packets).hasSize(1);
    }

    @Test
    void countsWhatIsSentAgainTwice() {
        ask(1, 77, 0);
        ask(1, 78, MILLISECOND / 10);
        ask(1, 0, 0);
        ask(1, 0, 2 * MILLISECOND);
        ask(2, 0, 300 * MILLISECOND);
        ask(1, 77, 5000 * MILLISECOND);

        assertThat(decoded.packets).hasSize(6);
    }

    @Test
    void countsTheCopiesOfEachOfTwoThatAreSentAtOnce() {
        ask(1, 77, 0);
        ask(1, 78, 1000);
        ask(2, 77, 2000);
        ask(2, 78, 3000);

        assertThat(decoded.packets).hasSize(2);
    }

    @Test
    void doesNotTakeASteadyRepetitionForOneDatagram() {
        for (int i = 0; i < 1000; i++) {
            ask(1, 0, i * 600_000L);
        }

        assertThat(decoded.packets).hasSize(500);
    }

    @Test
    void looksAtTheWholePayload() {
        for (int at = 8; at < QUESTION.length; at++) {
            byte[] other = QUESTION.clone();
            other[at]++;
            decoded.frame(RAW, 0, 0, ip4(UDP, other), 36);
        }

        assertThat(decoded.packets).hasSize(QUESTION.length - 8);
    }

    @Test
    void forgetsTheOldestOnly() {
        for (int id = 1; id < 4096; id++) {
            ask(1, id, id * 1000L);
        }
        for (int id = 4000; id < 4096; id++) {
            ask(2, id, 5 * MILLISECOND);
        }

        assertThat(decoded.packets).hasSize(4095);
    }

    private void ask(int interfaceNumber, int id, long timeNanos) {
        byte[] packet = ip4(UDP, id, 0, QUESTION);
        decoded.frame(RAW, interfaceNumber, timeNanos, Arrays.copyOf(packet, packet.length), packet.length);
    }
}
