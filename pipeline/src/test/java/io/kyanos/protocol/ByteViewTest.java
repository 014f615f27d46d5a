package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ByteViewTest {

    @Test
    void findsTheFirstByteWhereverItLies() {
        Random random = new Random(1);
        byte[] values = {0, 1, '\n', '\r', ' ', 0x7f, (byte) 0x80, (byte) 0x81, (byte) 0xff};
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(40)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = values[random.nextInt(values.length)];
            }
            int offset = random.nextInt(bytes.length);
            ByteView view = new ByteView(bytes, offset, random.nextInt(bytes.length - offset + 1));
            byte value = values[random.nextInt(values.length)];
            int from = random.nextInt(4) - 1;
            int to = random.nextInt(view.length() + 4);

            assertThat(view.indexOf(value, from, to)).isEqualTo(firstOf(view, value, from, to));
        }
    }

    @Test
    void findsTheFirstCrLfThatLiesWithinIt() {
        ByteView view = new ByteView("..\r..\r\n..\r\n\r".getBytes(StandardCharsets.US_ASCII), 1, 11);

        assertThat(view.indexOfCrLf(0, view.length())).isEqualTo(4);
        assertThat(view.indexOfCrLf(5, view.length())).isEqualTo(8);
        assertThat(view.indexOfCrLf(9, view.length())).isEqualTo(-1);
        assertThat(view.indexOfCrLf(0, 4)).isEqualTo(-1);
    }

    @Test
    void doesNotFindACrLfThatItHoldsPartly() {
        ByteView view = new ByteView("abc\r\n".getBytes(StandardCharsets.US_ASCII), 0, 4);

        assertThat(view.indexOfCrLf(0, view.length())).isEqualTo(-1);
    }

    @Test
    void readsNothingOutsideOfItself() {
        ByteView view = new ByteView(new byte[10], 2, 5);

        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> view.byteAt(-1));
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> view.byteAt(5));
    }

    private static int firstOf(ByteView view, byte value, int from, int to) {
        for (int i = Math.max(from, 0); i < Math.min(to, view.length()); i++) {
            if (view.byteAt(i) == value) {
                return i;
            }
        }
        return -1;
    }
}
