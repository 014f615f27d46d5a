package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtocolsTest {

    @ParameterizedTest
    @CsvSource({
        "kyanos.http.words, some, some (expected: answered or known)",
        "kyanos.http.words-per-place, 0, 0 (expected: 1 to 1000)",
        "kyanos.http.words-per-place, 1001, 1001 (expected: 1 to 1000)",
        "kyanos.http.max-servers, 0, 0 (expected: 1 to 1000000)",
        "kyanos.http.max-routes, 1000001, 1000001 (expected: 1 to 1000000)",
    })
    void refusesWhatMakesNoSenseForRoutes(String key, String value, String message) {
        assertThatThrownBy(() -> of(key + " = " + value))
                .isInstanceOf(ConfigException.BadValue.class)
                .hasMessageContaining(key)
                .hasMessageContaining(message);
    }

    @Test
    void takesEveryWayToShowWords() {
        assertThat(of("kyanos.http.words = known")).hasSameSizeAs(of("kyanos.http.words = answered"));
    }

    private static List<Protocol> of(String setting) {
        return Protocols.of(ConfigFactory.parseString(setting)
                .withFallback(ConfigFactory.parseResources("reference.conf"))
                .resolve());
    }
}
