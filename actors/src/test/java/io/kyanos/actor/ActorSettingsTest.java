package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActorSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "kyanos.actors.max-events-in-flight, 0",
        "kyanos.actors.max-events-in-flight, 16777217",
        "kyanos.actors.routers, 0",
        "kyanos.actors.routers, 65",
        "kyanos.actors.routers, many",
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
        "kyanos.actors.routers, 64",
        "kyanos.actors.routers, auto",
        "kyanos.actors.record-queue, 65536",
        "kyanos.connection.max-open, 1",
    })
    void takesValuesWithinTheirBounds(String key, String value) {
        assertThat(ActorSettings.of(with(key, value))).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 1", "7, 1, 6", "8, 2, 7", "16, 4, 8", "64, 4, 8"})
    void choosesTheNumberOfRoutersByThatOfProcessors(int processors, int ofKernel, int ofReplay) {
        ActorSettings settings = ActorSettings.of(with("kyanos.actors.routers", "auto"));

        assertThat(settings.routersOf(false, processors)).isEqualTo(ofKernel);
        assertThat(settings.routersOf(true, processors)).isEqualTo(ofReplay);
    }

    @Test
    void routersShareTheEventsInFlight() {
        ActorSettings settings = ActorSettings.of(with("kyanos.actors.max-events-in-flight", "10"));

        assertThat(IntStream.range(0, 4).map(number -> settings.maxEventsInFlight(new Share(number, 4))))
                .containsExactly(3, 3, 2, 2);
    }

    @Test
    void refusesLessThanAnEventForEachRouter() {
        assertThatThrownBy(() -> ActorSettings.of(ConfigFactory.parseString("kyanos.actors.routers = 8")
                        .withFallback(with("kyanos.actors.max-events-in-flight", "7"))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kyanos.actors.max-events-in-flight")
                .hasMessageContaining("8, or more");
    }

    private static Config with(String key, String value) {
        return ConfigFactory.parseString(key + " = " + value)
                .withFallback(ConfigFactory.load())
                .resolve();
    }
}
