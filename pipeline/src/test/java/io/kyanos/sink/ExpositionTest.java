package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpositionTest {

    private static final String OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "application/openmetrics-text;version=1.0.0                                       | open",
                "Application/OpenMetrics-Text; Version=\"1.0.0\"                                  | open",
                "application/openmetrics-text                                                     | open",
                "text/plain                                                                       | text",
                "*/*                                                                              | text",
                "text/*;q=0.5, application/*                                                      | open",
                "application/json                                                                 | text",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8                  | text",
                "application/openmetrics-text;q=0                                                 | text",
                "application/openmetrics-text; q=0.0, */*                                         | text",
                "application/openmetrics-text;version=1.0.0;q=0, text/plain;q=0.1                 | text",
                "text/plain;q=0                                                                   | open",
                "text/plain;q=0, */*;q=0.1                                                        | open",
                "text/plain;q=0.4, application/openmetrics-text;q=0.3                             | text",
                "text/plain;q=0.3, application/openmetrics-text;q=0.4                             | open",
                "text/plain, application/openmetrics-text                                         | open",
                "application/openmetrics-text;q=0.9, text/plain;version=0.0.4                     | text",
                "application/openmetrics-text;version=2.0.0, text/plain;q=0.2                     | text",
                "application/openmetrics-text;version=2.0.0;q=0, application/openmetrics-text     | open",
                "application/openmetrics-text;q=2, text/plain;q=0.2                               | text",
            })
    void givesWhatWeighsMostAndNothingThatIsRefused(String accept, String expected) {
        assertThat(Exposition.contentType(accept)).isEqualTo(expected.equals("open") ? OPEN : TEXT);
        assertThat(Exposition.isRefused(accept)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Prometheus 2.42, 2.0 and 3.1
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                        + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
                        + "application/openmetrics-text;version=0.0.1;q=0.5,"
                        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            })
    void prometheusGetsOpenMetrics(String accept) {
        assertThat(Exposition.contentType(accept)).isEqualTo(OPEN);
    }

    @Test
    void withoutAHeaderItIsText() {
        assertThat(Exposition.contentType(null)).isEqualTo(TEXT);
        assertThat(Exposition.contentType("")).isEqualTo(TEXT);
        assertThat(Exposition.contentType(" , ;, ;q=1")).isEqualTo(TEXT);
        assertThat(Exposition.isRefused(null)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"*/*;q=0", "text/plain;q=0, application/openmetrics-text;q=0", "application/json, */*;q=0.000"})
    void reportsWhenEverythingIsRefused(String accept) {
        assertThat(Exposition.isRefused(accept)).isTrue();
    }

    @Test
    void aHeaderWithoutAnEndIsReadInPart() {
        String accept = "text/html,".repeat(100_000) + "application/openmetrics-text";

        assertThat(Exposition.contentType(accept)).isEqualTo(TEXT);
    }
}
