package io.kyanos.protocol.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataTextTest {

    @ParameterizedTest
    @CsvSource({
        "1H, 1 hour",
        "3H, 3 hours",
        "1M, 1 minute",
        "16700M, 16700 minutes",
        "90S, 90 s",
        "1010m, 1010 ms",
        "1000m, 1 s",
        "250u, 250 us",
        "99999999n, 99999999 ns",
        "0n, 0 s",
        "99999999H, 99999999 hours",
        "99999999M, 99999999 minutes",
    })
    void readsDeadlinesInAllUnits(String value, String duration) {
        assertThat(MetadataText.ofTimeout(ByteView.of(value))).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "S", "1", "1s", "1 S", "-1S", "123456789S", "1SS"})
    void readsNoDeadlineWhereThereIsNone(String value) {
        assertThat(MetadataText.ofTimeout(ByteView.of(value))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"2500, 2500 ms", "1000, 1 s", "0, 0 s", "1x, ''", "'', ''", "12345678901, ''"})
    void readsDeadlinesInMilliseconds(String value, String duration) {
        assertThat(MetadataText.ofTimeoutMillis(ByteView.of(value))).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource({
        "CgsM, 0a0b0c",
        "Cg==, 0a",
        "Cg, 0a",
        "'CgsM,Cg', '0a0b0c,0a'",
        "'CgsM, Cg==', '0a0b0c,0a'",
        "'', ''",
        "C, C",
        "'no, base64!', 'no, base64!'",
    })
    void showsBytesInHexadecimalDigitsHoweverTheyAreSpelt(String value, String shown) {
        assertThat(MetadataText.ofBinary(ByteView.of(value))).isEqualTo(shown);
    }

    @Test
    void showsRawBytesBehindANul() {
        assertThat(MetadataText.ofBinary(ByteView.of("\0\n,\u00ff"))).isEqualTo("0a2cff");
        assertThat(MetadataText.ofBinary(ByteView.of("\0"))).isEmpty();
    }

    @Test
    void cutsManyBytes() {
        assertThat(MetadataText.ofBinary(ByteView.of("\0" + "a".repeat(256)))).isEqualTo("61".repeat(256));
        assertThat(MetadataText.ofBinary(ByteView.of("\0" + "a".repeat(257)))).isEqualTo("61".repeat(256) + "...");
    }

    @ParameterizedTest
    @CsvSource({
        "no such user, no such user",
        "no%20such%20user, no such user",
        "100%25, 100%",
        "100%, 100%",
        "%zz%4, %zz%4",
        "%C3%A4, ä",
        "a%0Ab%1b[31m, a.b.[31m",
        "'', ''",
    })
    void decodesMessagesAndShowsWhatCannotSteerATerminal(String value, String shown) {
        assertThat(MetadataText.ofMessage(ByteView.of(value))).isEqualTo(shown);
    }
}
