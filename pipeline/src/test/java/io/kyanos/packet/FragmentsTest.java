package io.kyanos.packet;

import static io.kyanos.packet.Bytes.hex;
import static io.kyanos.packet.Bytes.ip4;
import static io.kyanos.packet.Bytes.ip6;
import static io.kyanos.packet.Bytes.join;
import static io.kyanos.packet.Bytes.u16;
import static io.kyanos.packet.Bytes.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.packet.PacketStatistics.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FragmentsTest {

    private static final int RAW = 101;
    private static final int UDP = 17;
    private static final int MORE = 0x2000;
    private static final byte[] DATAGRAM = udp(53, "0123456789abcdefghij".getBytes(StandardCharsets.US_ASCII));
    private static final String WHOLE = "udp 10.0.0.1:40000>10.0.0.2:53 0123456789abcdefghij 20/20";

    private final Decoded decoded = new Decoded();

    @Test
    void joinsFragmentsInEveryOrder() {
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int i = 0; i < orders.length; i++) {
            for (int part : orders[i]) {
                decoded.frame(RAW, part(i, part));
            }
        }

        assertThat(decoded.packets).hasSize(orders.length).containsOnly(WHOLE);
    }

    @Test
    void joinsFragmentsOfIp6() {
        String over6 = WHOLE.replace("10.0.0.1", "fd00::1").replace("10.0.0.2", "fd00::2");

        decoded.frame(RAW, part6(8, 28, false));
        decoded.frame(RAW, part6(0, 8, true));

        assertThat(decoded.packets).containsExactly(over6);
    }

    @Test
    void keepsWhatCameFirstWhereFragmentsOverlap() {
        byte[] forged = DATAGRAM.clone();
        Arrays.fill(forged, 8, forged.length, (byte) 'X');

        decoded.frame(RAW, part(DATAGRAM, 1, 0, 16, true));
        decoded.frame(RAW, part(forged, 1, 0, 24, true));
        decoded.frame(RAW, part(DATAGRAM, 1, 16, 28, false));

        assertThat(decoded.packets).containsExactly("udp 10.0.0.1:40000>10.0.0.2:53 01234567XXXXXXXXghij 20/20");
    }

    @Test
    void countsCopiesOfFragmentsOfADatagramThatIsWhole() {
        for (int copy = 0; copy < 2; copy++) {
            decoded.frame(RAW, part(1, 0));
            decoded.frame(RAW, part(1, 1));
            decoded.frame(RAW, part(1, 2));
        }
        decoded.decoder.finish();

        assertThat(decoded.packets).containsExactly(WHOLE);
        assertThat(decoded.count(Reason.DUPLICATE)).isEqualTo(3);
        assertThat(decoded.count(Reason.FRAGMENT_INCOMPLETE)).isZero();
    }

    @Test
    void joinsADatagramWhoseIdentificationComesAgain() {
        for (int part = 0; part < 3; part++) {
            decoded.frame(RAW, 0, 0, part(1, part), 60);
        }
        for (int part = 0; part < 3; part++) {
            decoded.frame(RAW, 0, 2_000_000_000L, part(1, part), 60);
        }

        assertThat(decoded.packets).containsExactly(WHOLE, WHOLE);
    }

    @Test
    void countsFragmentsWhoseOthersDoNotCome() {
        decoded.frame(RAW, 0, 0, part(1, 0), 36);
        decoded.frame(RAW, 0, Fragments.MAX_WAIT_NANOS + 1, part(2, 0), 36);

        assertThat(decoded.count(Reason.FRAGMENT_INCOMPLETE)).isEqualTo(1);

        decoded.decoder.finish();

        assertThat(decoded.count(Reason.FRAGMENT_INCOMPLETE)).isEqualTo(2);
        assertThat(decoded.packets).isEmpty();
    }

    @Test
    void holdsABoundedNumber() {
        for (int id = 0; id < 3 * Fragments.MAX_WAITING; id++) {
            decoded.frame(RAW, part(id, 0));
        }

        assertThat(decoded.count(Reason.FRAGMENT_OVER_LIMIT)).isEqualTo(2 * Fragments.MAX_WAITING);
    }

    @Test
    void holdsABoundedNumberOfBytes() {
        byte[] far = join(new byte[8], new byte[65_528 - 1480]);
        for (int id = 0; id < 200; id++) {
            decoded.frame(RAW, ip4(UDP, id, MORE | 1480 / 8, Arrays.copyOf(far, 64_000)));
        }

        assertThat(decoded.count(Reason.FRAGMENT_OVER_LIMIT)).isBetween(60L, 100L);
    }

    @Test
    void keepsWhatWasCapturedOfFragmentsThatAreCut() {
        byte[] second = part(1, 1);
        decoded.frame(RAW, part(1, 0));
        decoded.frame(RAW, 0, 0, Arrays.copyOf(second, second.length - 5), second.length);
        decoded.frame(RAW, part(1, 2));

        assertThat(decoded.packets).containsExactly("udp 10.0.0.1:40000>10.0.0.2:53 012 3/20");
    }

    @Test
    void refusesFragmentsThatCannotBe() {
        decoded.frame(RAW, ip4(UDP, 1, MORE, new byte[7]));
        decoded.frame(RAW, ip4(UDP, 1, 0x1fff, new byte[16]));
        decoded.frame(RAW, ip4(UDP, 1, 1, new byte[0]));

        assertThat(decoded.count(Reason.MALFORMED_NETWORK)).isEqualTo(3);
    }

    private static byte[] part(int id, int number) {
        return part(DATAGRAM, id, number * 8, number == 2 ? DATAGRAM.length : number * 8 + 8, number < 2);
    }

    private static byte[] part(byte[] datagram, int id, int from, int to, boolean hasMore) {
        return ip4(UDP, id, (hasMore ? MORE : 0) | from / 8, Arrays.copyOfRange(datagram, from, to));
    }

    private static byte[] part6(int from, int to, boolean hasMore) {
        byte[] head = join(hex("11 00"), u16(from | (hasMore ? 1 : 0)), hex("00000009"));
        return ip6(44, join(head, Arrays.copyOfRange(DATAGRAM, from, to)));
    }
}
