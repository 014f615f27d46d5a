package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ContentCodingTest {

    private static final long SEED = System.nanoTime();
    private static final byte[] TEXT = text();
    private static final int MANY = 64 * 1024 * 1024;

    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of(ContentCoding.GZIP, Coded.gzip(TEXT)),
                Arguments.of(ContentCoding.DEFLATE, Coded.zlib(TEXT)),
                Arguments.of(ContentCoding.DEFLATE, Coded.rawDeflate(TEXT)),
                Arguments.of(ContentCoding.BROTLI, Coded.brotli(TEXT)),
                Arguments.of(ContentCoding.ZSTD, Coded.zstd(TEXT)));
    }

    static Stream<Arguments> bombs() {
        byte[] zeros = new byte[MANY];
        return Stream.of(
                Arguments.of(ContentCoding.GZIP, Coded.gzip(zeros)),
                Arguments.of(ContentCoding.DEFLATE, Coded.zlib(zeros)),
                Arguments.of(ContentCoding.BROTLI, Coded.brotli(zeros)),
                Arguments.of(ContentCoding.ZSTD, Coded.zstd(zeros)));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void decodesWhatOtherEncodersProduce(ContentCoding coding, byte[] coded) {
        ContentCoding.Decoded decoded = coding.decode(coded, coded.length, TEXT.length + 1);

        assertThat(decoded.end()).isEqualTo(ContentCoding.End.REACHED);
        assertThat(shown(decoded)).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void givesTheBeginningOfACutBody(ContentCoding coding, byte[] coded) {
        int most = 0;
        for (int length = 0; length < coded.length; length++) {
            ContentCoding.Decoded decoded = coding.decode(coded, length, TEXT.length + 1);

            assertThat(Arrays.copyOf(TEXT, decoded.length()))
                    .as("of %d bytes", length)
                    .isEqualTo(shown(decoded));
            assertThat(decoded.end()).as("of %d bytes", length).isIn(ContentCoding.End.CUT, ContentCoding.End.REACHED);
            assertThat(decoded.length() == TEXT.length || decoded.end() == ContentCoding.End.CUT)
                    .as("of %d bytes", length)
                    .isTrue();
            most = Math.max(most, decoded.length());
        }
        assertThat(most > 0).as("something of a body without its end").isEqualTo(!coding.needsWholeBlocks());
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void givesNoMoreThanAskedFor(ContentCoding coding, byte[] coded) {
        ContentCoding.Decoded decoded = coding.decode(coded, coded.length, 100);

        assertThat(shown(decoded)).isEqualTo(Arrays.copyOf(TEXT, 100));
        assertThat(decoded.end()).isEqualTo(ContentCoding.End.REACHED);
    }

    @ParameterizedTest
    @MethodSource("bombs")
    void stopsEarlyAtABomb(ContentCoding coding, byte[] coded) {
        ContentCoding.Decoded decoded = coding.decode(coded, coded.length, Integer.MAX_VALUE);

        assertThat(decoded.length()).isLessThanOrEqualTo(ContentCoding.MAX_WORK_BYTES);
        assertThat(decoded.bytes()).hasSizeLessThanOrEqualTo(Math.max(ContentCoding.MAX_WORK_BYTES, coded.length));
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void survivesWhateverIsWrong(ContentCoding coding, byte[] coded) {
        Random random = new Random(SEED);
        for (int run = 0; run < 3000; run++) {
            byte[] wrong = coded.clone();
            for (int i = random.nextInt(5); i >= 0; i--) {
                int at = random.nextBoolean()
                        ? random.nextInt(Math.min(20, wrong.length))
                        : random.nextInt(wrong.length);
                wrong[at] = (byte) random.nextInt(256);
            }
            int limit = 1 + random.nextInt(2 * TEXT.length);

            ContentCoding.Decoded decoded = coding.decode(wrong, 1 + random.nextInt(wrong.length), limit);

            assertThat(decoded.length()).as("seed %d, run %d", SEED, run).isBetween(0, limit);
        }
    }

    @ParameterizedTest
    @MethodSource("bodies")
    void survivesRandomBytes(ContentCoding coding, byte[] coded) {
        Random random = new Random(SEED);
        for (int run = 0; run < 3000; run++) {
            byte[] bytes = new byte[1 + random.nextInt(300)];
            random.nextBytes(bytes);
            System.arraycopy(coded, 0, bytes, 0, Math.min(random.nextInt(12), bytes.length));

            ContentCoding.Decoded decoded = coding.decode(bytes, bytes.length, 1000);

            assertThat(decoded.length()).as("seed %d, run %d", SEED, run).isBetween(0, 1000);
        }
    }

    @Test
    void refusesBrotliWindowsThatAreOutOfProportion() {
        byte[] large = Coded.brotli(new byte[1 << 23], 24);

        ContentCoding.Decoded decoded = ContentCoding.BROTLI.decode(large, large.length, 100);

        assertThat(decoded.end()).isEqualTo(ContentCoding.End.BROKEN);
        assertThat(decoded.length()).isZero();
    }

    @Test
    void givesTheBlocksOfALargeZstdBodyThatAreThere() {
        byte[] large = new byte[3_000_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = TEXT[(i * 31 + i / 977) % TEXT.length];
        }
        byte[] coded = Coded.zstd(large);
        int half = coded.length / 2;

        ContentCoding.Decoded decoded = ContentCoding.ZSTD.decode(coded, half, 400_000);

        assertThat(decoded.length()).isGreaterThan(100_000);
        assertThat(shown(decoded)).isEqualTo(Arrays.copyOf(large, decoded.length()));
    }

    private static byte[] shown(ContentCoding.Decoded decoded) {
        return Arrays.copyOf(decoded.bytes(), decoded.length());
    }

    private static byte[] text() {
        StringBuilder text = new StringBuilder();
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            text.append("{\"id\":")
                    .append(random.nextInt())
                    .append(",\"name\":\"user ")
                    .append(i)
                    .append("\"}\n");
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
