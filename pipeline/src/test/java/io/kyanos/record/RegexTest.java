package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {

    @Test
    void isSearchedSomewhere() {
        assertThat(Regex.compile("v\\d+/").isFoundIn("/api/v12/users")).isTrue();
        assertThat(Regex.compile("^v\\d").isFoundIn("/api/v12/users")).isFalse();
    }

    @Test
    void hostileTextIsSearchedAllTheSame() {
        // a search that goes back would take 2 to the power of the length
        String hostile = "a".repeat(50_000) + "!";

        assertThat(Regex.compile("^(a+)+$").isFoundIn(hostile)).isFalse();
        assertThat(Regex.compile("(x+x+)+y").isFoundIn("x".repeat(50_000))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "a**",
                "[z-a]",
                "(?=ahead)",
                "(a)\\1",
                "\\",
                "a{2,1}",
                "((a{100}){100}){100}",
                "(((x{60}){60}){60}"
            })
    void refusesInOneLine(String text) {
        assertThatThrownBy(() -> Regex.compile(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("[^\\n]+");
    }

    @Test
    void repetitionsMayBeLongButNotThoseOfRepetitions() {
        assertThat(Regex.compile("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
                        .isFoundIn("123e4567-e89b-12d3-a456-426614174000"))
                .isTrue();
        assertThat(Regex.compile("a{1000}").isFoundIn("a".repeat(1000))).isTrue();
        assertThatThrownBy(() -> Regex.compile("(a{1000}){1000}")).hasMessageContaining("repetitions");
    }

    @Test
    void longOrDeepOnesAreRefused() {
        assertThatThrownBy(() -> Regex.compile("a".repeat(Regex.MAX_CHARACTERS + 1)))
                .hasMessage("1001 characters (expected: <= 1000)");
        assertThat(Regex.compile("(".repeat(400) + "a" + ")".repeat(400)).isFoundIn("a"))
                .isTrue();
    }
}
