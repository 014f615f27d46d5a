package io.kyanos.cli.screen;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisplayTextTest {

    @ParameterizedTest
    @CsvSource({"abc, 3", "\u4e2d\u6587, 4", "\ud55c, 2", "e\u0301, 1", "\ud83d\ude00, 2", "\u2764\ufe0f, 2", "'', 0"})
    void countsColumnsAndNotCharacters(String text, int columns) {
        assertThat(DisplayText.width(text)).isEqualTo(columns);
    }

    @ParameterizedTest
    @CsvSource({
        "abcdef, 6, abcdef, abcdef",
        "abcdef, 5, abcd\u2026, \u2026cdef",
        "abcdef, 1, \u2026, \u2026",
        "abcdef, 0, '', ''",
        "\u4e2d\u6587\u4e2d\u6587, 5, \u4e2d\u6587\u2026, \u2026\u4e2d\u6587",
        "\u4e2d\u6587\u4e2d\u6587, 4, \u4e2d\u2026, \u2026\u6587",
        "e\u0301e\u0301e\u0301, 2, e\u0301\u2026, \u2026e\u0301"
    })
    void cutsBetweenCharactersAndSaysSo(String text, int columns, String beginning, String end) {
        assertThat(DisplayText.fit(text, columns)).isEqualTo(beginning);
        assertThat(DisplayText.fitEnd(text, columns)).isEqualTo(end);
    }

    @Test
    void neverSplitsASurrogatePair() {
        String faces = "\ud83d\ude00".repeat(10);

        for (int columns = 0; columns < 20; columns++) {
            assertThat(DisplayText.fit(faces, columns).codePoints()).noneMatch(c -> c >= 0xd800 && c < 0xe000);
            assertThat(DisplayText.fitEnd(faces, columns).codePoints()).noneMatch(c -> c >= 0xd800 && c < 0xe000);
        }
    }
}
