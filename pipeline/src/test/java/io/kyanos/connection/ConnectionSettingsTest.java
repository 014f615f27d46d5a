package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "max-held, 65535",
        "max-held, 2 GiB",
        "max-buffered, 1 KiB",
        "max-unparsed, 0",
        "max-calls, 0",
        "max-calls, 1048577",
        "max-undecided-turns, 0",
        "request-timeout, 0 s",
        "request-timeout, -1 s",
        "protocols, '[http, smtp]'",
    })
    void namesAValueThatIsOutOfItsBounds(String key, String value) {
        assertThatThrownBy(() -> settings(key, value, Set.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kyanos.connection." + key)
                .hasMessageContaining("expected");
    }

    @ParameterizedTest
    @CsvSource({"max-held, 64 KiB", "max-buffered, 1 GiB", "max-calls, 1", "max-undecided-turns, 1048576"})
    void takesValuesAtTheirBounds(String key, String value) {
        assertThat(settings(key, value, Set.of())).isNotNull();
    }

    @Test
    void wantsAllProtocolsThatAreConfiguredWhenNoneIsNamed() {
        ConnectionSettings settings = settings("protocols", "[redis]", Set.of());

        assertThat(settings.protocols()).extracting(Protocol::name).containsExactly("redis");
        assertThat(settings.wanted()).containsExactly("redis");
    }

    @Test
    void acceptsTheAliasesOfAProtocol() {
        assertThat(settings("protocols", "[valkey, redis]", Set.of()).protocols())
                .extracting(Protocol::name)
                .containsExactly("redis");
    }

    @Test
    void looksForAllProtocolsUnlessSomeAreConfigured() {
        ConnectionSettings settings = settings("protocols", "[]", Set.of());

        assertThat(settings.protocols())
                .extracting(Protocol::name)
                .isEqualTo(Protocols.of(
                                ConfigFactory.parseResources("reference.conf").resolve())
                        .stream()
                        .map(Protocol::name)
                        .toList());
        assertThat(settings.wanted()).containsExactlyInAnyOrderElementsOf(Protocols.names());
    }

    @Test
    void readsWhatCarriesAConfiguredProtocol() {
        ConnectionSettings settings = settings("protocols", "[grpc]", Set.of());

        assertThat(settings.protocols()).extracting(Protocol::name).containsExactly("http2");
        assertThat(settings.wanted()).containsExactly("grpc");
    }

    @Test
    void looksForAllProtocolsWhenOneIsWanted() {
        ConnectionSettings settings = settings("max-calls", "1", Set.of("redis"));

        assertThat(settings.protocols())
                .extracting(Protocol::name)
                .isEqualTo(Protocols.of(
                                ConfigFactory.parseResources("reference.conf").resolve())
                        .stream()
                        .map(Protocol::name)
                        .toList());
        assertThat(settings.wanted()).containsExactly("redis");
    }

    private static ConnectionSettings settings(String key, String value, Set<String> wanted) {
        Config config = ConfigFactory.parseString("kyanos.connection." + key + " = " + value)
                .withFallback(ConfigFactory.parseResources("reference.conf"))
                .resolve();
        return ConnectionSettings.of(config, wanted, Detail.NONE, 0);
    }
}
