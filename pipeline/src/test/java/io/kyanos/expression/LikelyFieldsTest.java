package io.kyanos.expression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LikelyFieldsTest {

    @Test
    void namesOfOtherPlacesLeadToFieldsThatThereAre() {
        assertThat(LikelyFields.ELSEWHERE.values().stream()
                        .flatMap(fields -> Arrays.stream(fields.split(" or ")))
                        .distinct())
                .allMatch(field -> Fields.of(field) != null);
    }

    @Test
    void noFieldIsTakenForAnother() {
        assertThat(Fields.names()).allMatch(name -> !LikelyFields.ELSEWHERE.containsKey(name));
    }

    @Test
    void whatIsLikeNothingIsNotGuessed() {
        assertThat(LikelyFields.of("zzzzzzzz")).isNull();
        assertThat(LikelyFields.of("x")).isNull();
    }
}
