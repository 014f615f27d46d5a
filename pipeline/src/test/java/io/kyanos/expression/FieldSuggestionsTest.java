package io.kyanos.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FieldSuggestionsTest {

    @Test
    void namesUsedElsewhereLeadToExistingFields() {
        assertThat(FieldSuggestions.ELSEWHERE.values().stream()
                        .flatMap(fields -> Arrays.stream(fields.split(" or ")))
                        .distinct())
                .allMatch(field -> Fields.of(field) != null);
    }

    @Test
    void noFieldIsTakenForAnother() {
        assertThat(Fields.names()).allMatch(name -> !FieldSuggestions.ELSEWHERE.containsKey(name));
    }

    @Test
    void suggestsNothingForNamesLikeNoField() {
        assertThat(FieldSuggestions.of("zzzzzzzz")).isNull();
        assertThat(FieldSuggestions.of("x")).isNull();
    }
}
