package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigRenderOptions;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.sink.MetricsSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {

    private static final String LISTEN = "kyanos.exporter.listen";
    private static final Path ROOT = Path.of("..");
    private static final Pattern ASKED_FOR = Pattern.compile(
            "(?:System.getProperty|Integer.getInteger|Long.getLong|Boolean.getBoolean)[(]\\s*[\"](kyanos[.][^\"]+)[\"]");

    @TempDir
    Path folder;

    @Test
    void systemPropertiesAreSettings() {
        Config config = load(null, List.of(), "kyanos.exporter.threads=7", "pekko.loglevel=DEBUG");

        assertThat(config.getInt("kyanos.exporter.threads")).isEqualTo(7);
        assertThat(config.getString("pekko.loglevel")).isEqualTo("DEBUG");
    }

    @Test
    void theCommandLineOverridesPropertiesAndTheseOverrideTheFile() throws IOException {
        Path file = file("my.conf", "kyanos.exporter { listen = \"file:1\", threads = 3, max-connections = 5 }");

        Config config =
                load(file, List.of(LISTEN + "=set:1"), LISTEN + "=property:1", "kyanos.exporter.max-connections=6");

        assertThat(config.getString(LISTEN)).isEqualTo("set:1");
        assertThat(config.getInt("kyanos.exporter.max-connections")).isEqualTo(6);
        assertThat(config.getInt("kyanos.exporter.threads")).isEqualTo(3);
    }

    @Test
    void aFileMayReferToProperties() throws IOException {
        Path file =
                file("my.conf", "kyanos.exporter { threads = ${kyanos.exporter.max-connections}, listen = ${where} }");

        Config config = load(file, List.of(), "kyanos.exporter.max-connections=6", "where=there:1");

        assertThat(config.getInt("kyanos.exporter.threads")).isEqualTo(6);
        assertThat(config.getString(LISTEN)).isEqualTo("there:1");
    }

    @Test
    void theFileMayBeNamedByAProperty() throws IOException {
        Path file = file("my.conf", LISTEN + " = \"file:1\"");

        assertThat(load(null, List.of(), "config.file=" + file).getString(LISTEN))
                .isEqualTo("file:1");
        assertThat(load(null, List.of(), "config.url=" + file.toUri()).getString(LISTEN))
                .isEqualTo("file:1");
        assertThat(load(null, List.of(), "config.resource=/kyanos-pekko.conf").hasPath("pekko.loglevel"))
                .isTrue();
        assertThat(load(null, List.of(LISTEN + "=set:1"), "config.file=" + file).getString(LISTEN))
                .isEqualTo("set:1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config.file=/no/such.conf     | -Dconfig.file: /no/such.conf (expected: a file that exists)",
                "config.resource=no/such.conf  | -Dconfig.resource: no/such.conf (expected: on the class path",
                "config.url=nowhere            | -Dconfig.url: nowhere (expected: a URL, like",
                "config.url=file:/no/such.conf | -Dconfig.url: file:/no/such.conf (expected: a URL that can be read)",
            })
    void aFileThatIsNotThereIsAnError(String property, String message) {
        assertThatThrownBy(() -> load(null, List.of(), property))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void thereIsOneFile() throws IOException {
        Path file = file("my.conf", "");

        assertThatThrownBy(() -> load(file, List.of(), "config.file=other.conf"))
                .isInstanceOf(UsageException.class)
                .hasMessageStartingWith("--config " + file + " and -Dconfig.file other.conf: several settings files");
        assertThatThrownBy(() -> load(null, List.of(), "config.url=file:/a", "config.file=b"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("-Dconfig.file b and -Dconfig.url file:/a: several");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kyanos.exporter.lisen=x | system property: kyanos.exporter.lisen: unknown key. Hint: did you mean "
                        + LISTEN,
                "kyanos.exporter=5       | system property: kyanos.exporter: a text (expected: a section)",
                "kyanos.http.routes=/a   | system property: kyanos.http.routes: a text (expected: a list)",
                "kyanos.http.routes.a=/a | system property: kyanos.http.routes: a section (expected: a list)",
            })
    void aWrongPropertyIsNamedWithItsOrigin(String property, String message) {
        assertThatThrownBy(() -> load(null, List.of(), property))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kyanos.exporter.threads=many    | kyanos.exporter.threads has type STRING rather than NUMBER",
                "kyanos.exporter.threads=0       | kyanos.exporter.threads': 0 (expected: 1 to 64)",
                "kyanos.shutdown-timeout=10      | kyanos.shutdown-timeout",
            })
    void aWrongValueIsNamedWithItsOrigin(String property, String message) {
        Config config = load(null, List.of(), property);

        assertThatThrownBy(() -> Settings.of(config))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("system property: ")
                .hasMessageContaining(message);
    }

    @Test
    void aListIsWrittenInBracketsOrByIndexes() {
        List<String> labels = List.of("protocol", "side");

        assertThat(requestLabels("kyanos.metrics.labels.requests=[protocol,side]"))
                .isEqualTo(labels);
        assertThat(requestLabels("kyanos.metrics.labels.requests.0=protocol", "kyanos.metrics.labels.requests.1=side"))
                .isEqualTo(labels);
    }

    @ParameterizedTest
    @ValueSource(strings = {NativeLibrary.PATH_PROPERTY, "kyanos.it.transport", "kyanos.fuzz.seconds", "kyanos.home"})
    void propertiesThatAreNotSettingsAreIgnored(String property) {
        assertThat(load(null, List.of(), property + "=x").hasPath(property)).isFalse();
    }

    @Test
    void systemPropertiesReadByTheCodeAreNotSettings() throws IOException {
        List<String> asked;
        try (Stream<Path> files = Files.walk(ROOT)) {
            asked = files.filter(file -> file.toString().endsWith(".java")
                            && !file.toString().contains("/target/"))
                    .flatMap(file -> ASKED_FOR.matcher(text(file)).results().map((MatchResult found) -> found.group(1)))
                    .toList();
        }

        assertThat(asked).isNotEmpty().noneMatch(Configuration::isSetting);
        assertThat(Configuration.isSetting(NativeLibrary.PATH_PROPERTY)).isFalse();
    }

    @Test
    void everyKeyHasItsOriginAndItsMeaning() throws IOException {
        Path file = file("my.conf", "kyanos {\n  watch.max-print-bytes = 5 KiB\n}\n");

        Config config = Configuration.explained(load(
                file,
                List.of("kyanos.exporter.threads=9", "kyanos.http.routes=[/a,/b]"),
                LISTEN + "=property:1",
                NativeLibrary.PATH_PROPERTY + "=/x"));

        assertThat(origin(config, "kyanos.exporter.threads")).isEqualTo("--set");
        assertThat(origin(config, LISTEN)).isEqualTo("system property");
        assertThat(origin(config, "kyanos.watch.max-print-bytes")).isEqualTo(file + ": 2");
        assertThat(origin(config, "kyanos.exporter.max-connections")).startsWith("reference.conf @ ");
        assertThat(config.getValue(LISTEN).origin().comments()).anyMatch(line -> line.contains("to serve metrics on"));
        assertThat(config.withOnlyPath("kyanos")
                        .root()
                        .render(ConfigRenderOptions.defaults().setJson(false).setOriginComments(true)))
                .contains("# --set\n", "# system property\n", "# " + file + ": 2\n")
                .doesNotContain("withValue", "--set: ", "native");
    }

    private static List<String> requestLabels(String... properties) {
        Config config = load(null, List.of(), properties);
        MetricsSettings.of(config);
        return config.getStringList("kyanos.metrics.labels.requests");
    }

    private static String origin(Config config, String key) {
        return config.getValue(key).origin().description();
    }

    private static Config load(@Nullable Path file, List<String> sets, String... properties) {
        Properties all = new Properties();
        for (String property : properties) {
            all.setProperty(
                    property.substring(0, property.indexOf('=')), property.substring(property.indexOf('=') + 1));
        }
        return Configuration.load(file, sets, all);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}
