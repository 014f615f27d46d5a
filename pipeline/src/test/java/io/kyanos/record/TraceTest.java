package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SPAN = "b7ad6b7169203331";

    @Test
    void holdsIds() {
        assertThat(new Trace(TRACE, SPAN, "").isNone()).isFalse();
        assertThat(new Trace(SPAN, "", "").isNone()).isFalse();
        assertThat(new Trace("", "", "3D8E1F9A-0000-4abc-8def-001122334455").isNone())
                .isFalse();
        assertThat(new Trace("", "", TRACE).isNone()).isFalse();
        assertThat(Trace.NONE.isNone()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "secret, '', ''",
        "0AF7651916CD43DD8448EB211C80319C, '', ''",
        "00000000000000000000000000000000, '', ''",
        "0000000000000000, '', ''",
        "0af7651916cd43dd8448eb211c80319, '', ''",
        "'', b7ad6b7169203331, ''",
        "0af7651916cd43dd8448eb211c80319c, 0000000000000000, ''",
        "0af7651916cd43dd8448eb211c80319c, b7ad6b71692033, ''",
        "'', '', 4711",
        "'', '', mario@example.org-0123456789abcd",
        "'', '', 3d8e1f9a-0000-4abc-8def_001122334455",
        "'', '', 3d8e1f9a00004abc8def001122334455----",
    })
    void holdsNothingElse(String trace, String span, String request) {
        assertThatThrownBy(() -> new Trace(trace, span, request))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "0af7651916cd43dd8448eb211c80319c\n", "\u0660af7651916cd43dd8448eb211c80319c"})
    void distinguishesIdsFromOtherText(String text) {
        assertThat(Trace.isTraceId(text)).isFalse();
        assertThat(Trace.isSpanId(text)).isFalse();
        assertThat(Trace.isRequestId(text)).isFalse();
    }
}
