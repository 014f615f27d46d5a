package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActorSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "kyanos.actors.max-events-in-flight, 0",
        "kyanos.actors.max-events-in-flight, 16777217",
        "kyanos.actors.record-queue, 0",
        "kyanos.actors.record-queue, 65537",
        "kyanos.actors.max-processes, 0",
        "kyanos.actors.stop-timeout, -1 s",
        "kyanos.actors.ended-process-retention, -1 s",
        "kyanos.connection.max-open, 0",
        "kyanos.connection.max-open, -1",
    })
    void namesAValueThatIsOutOfItsBounds(String key, String value) {
        assertThatThrownBy(() -> ActorSettings.of(with(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(key)
                .hasMessageContaining("expected");
    }

    @ParameterizedTest
    @CsvSource({
        "kyanos.actors.max-events-in-flight, 1",
        "kyanos.actors.record-queue, 65536",
        "kyanos.connection.max-open, 1",
    })
    void takesValuesWithinTheirBounds(String key, String value) {
        assertThat(ActorSettings.of(with(key, value))).isNotNull();
    }

    private static Config with(String key, String value) {
        return ConfigFactory.parseString(key + " = " + value)
                .withFallback(ConfigFactory.load())
                .resolve();
    }
}
