package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DetailTest {

    @Test
    void keepsAttributesWhereHeadersAreAskedFor() {
        Detail detail = Detail.NONE.withHeaders(Set.of("x-tenant"));

        assertThat(detail.attributes()).isTrue();
        assertThat(detail.headers()).containsExactly("x-tenant");
        assertThat(detail.withHeaders(Set.of())).isEqualTo(new Detail(true, 0, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "X-Tenant"})
    void refusesNamesThatNoFieldCanHave(String name) {
        assertThatThrownBy(() -> Detail.NONE.withHeaders(Set.of(name)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("header: '" + name + "' (expected: a name in lower case of at most 128 characters)");
    }

    @Test
    void refusesMoreHeadersThanItsBound() {
        Set<String> many = IntStream.rangeClosed(0, Detail.MAX_HEADERS)
                .mapToObj(i -> "x-" + i)
                .collect(Collectors.toSet());

        assertThatThrownBy(() -> Detail.NONE.withHeaders(many))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("headers: 33 (expected: <= 32)");
    }

    @Test
    void refusesHeadersWithoutAttributes() {
        assertThatThrownBy(() -> new Detail(false, 0, true, Set.of("x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("headers: [x] (expected: none without attributes)");
    }
}
