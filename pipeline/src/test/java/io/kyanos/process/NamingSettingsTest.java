package io.kyanos.process;

import static io.kyanos.event.NameSource.MAIN_CLASS;
import static io.kyanos.event.NameSource.PROGRAM;
import static io.kyanos.event.NameSource.SCRIPT;
import static io.kyanos.event.NameSource.SYSTEMD_UNIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.FoundNames;
import io.kyanos.event.NameSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamingSettingsTest {

    @Test
    void namesByProgramUnlessAsked() {
        NamingSettings settings = NamingSettings.of(ConfigFactory.parseResources("reference.conf"));

        assertThat(settings.nameBy()).containsExactly(PROGRAM);
        assertThat(settings.sought()).isEmpty();
        assertThat(settings.nameOf(java(Map.of(MAIN_CLASS, "Shop")))).isEqualTo("java");
    }

    @Test
    void takesTheFirstNameThatExists() {
        NamingSettings settings = settings("name-by = [systemd-unit, main-class, script]");

        assertThat(settings.sought()).containsExactlyInAnyOrder(SYSTEMD_UNIT, MAIN_CLASS, SCRIPT);
        assertThat(settings.nameOf(java(Map.of(MAIN_CLASS, "Shop", SYSTEMD_UNIT, "shop"))))
                .isEqualTo("shop");
        assertThat(settings.nameOf(java(Map.of(MAIN_CLASS, "Shop")))).isEqualTo("Shop");
        assertThat(settings.nameOf(java(Map.of()))).isEqualTo("java");
        assertThat(settings("name-by = [script, program]").nameOf(java(Map.of(MAIN_CLASS, "Shop"))))
                .isEqualTo("java");
    }

    @Test
    void fallsBackToTheProgramWhereThereIsNoRoom() {
        NamingSettings settings = settings("name-by = [systemd-unit, main-class]");

        assertThat(settings.nameOf(java(Map.of(MAIN_CLASS, "Shop", SYSTEMD_UNIT, "shop")), name -> false))
                .isEqualTo("java");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name-by = [comm]                | kyanos.process.name-by': comm (expected: some of [main-class, script, systemd-unit, program])",
                "name-by = []                    | kyanos.process.name-by': [] (expected: some of",
                "name-by = [program, main-class] | kyanos.process.name-by': program before others (expected: last",
                "max-names = 0                   | kyanos.process.max-names': 0 (expected: 1 to 65536)",
            })
    void refusesWhatCannotBeMeant(String setting, String message) {
        assertThatThrownBy(() -> settings(setting))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }

    private static NamingSettings settings(String setting) {
        return NamingSettings.of(ConfigFactory.parseString("kyanos.process { " + setting + " }")
                .withFallback(ConfigFactory.parseResources("reference.conf")));
    }

    private static EventDecoder java(Map<NameSource, String> names) {
        EventDecoder event =
                EventEncoder.read(EventEncoder.process(EventDecoder.KIND_EXEC, 1, 7, 1, "java", "java", "java"));
        return names.isEmpty()
                ? event
                : EventEncoder.read(FoundNames.of(List.of(names).get(0)).behind(event));
    }
}
