package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.FixedStatistics;
import io.kyanos.sink.MetricsSettings;
import io.kyanos.sink.PrometheusSink;
import io.kyanos.sink.SelfMetrics;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.hotspot.DefaultExports;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.OptionSpec;

/** What the documents and examples say is what there is. */
class DocumentsTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    @Test
    void theTableOfMetricsIsWhatTheRegistryGives() throws IOException {
        assertThat(documentedMetrics()).isEqualTo(givenMetrics());
    }

    @Test
    void allOtherMetricsAreThoseOfJvmAndProcess() {
        assertThat(families().stream().map(family -> family.name))
                .allMatch(name -> name.startsWith("kyanos_") || name.startsWith("jvm") || name.startsWith("process_"));
    }

    @Test
    void theListOfKeysIsWhatTheReferencesHave() throws IOException {
        List<String> documented = rows("docs/configuration.md").stream()
                .map(row -> codes(row.get(0)).get(0))
                .toList();
        Set<String> known = ConfigFactory.defaultReference().getConfig("kyanos").entrySet().stream()
                .map(entry -> "kyanos." + entry.getKey())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented).containsExactlyInAnyOrderElementsOf(known);
    }

    @Test
    void theTablesOfFiltersNameEveryFlag() throws IOException {
        Set<String> documented = rows("docs/filters.md").stream()
                .flatMap(row -> row.stream().flatMap(cell -> codes(cell).stream()))
                .filter(code -> code.startsWith("--") && !code.contains(" "))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> known = FilterOptions.spec().options().stream()
                .map(OptionSpec::longestName)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented).isEqualTo(known);
    }

    @Test
    void everyKeyOrItsSectionHasASentence() {
        ConfigObject sections = ConfigFactory.defaultReference().getObject("kyanos");

        assertThat(unexplained(sections, "kyanos", false)).isEmpty();
    }

    @Test
    void theExampleIsCommentedOutAndValidWithoutTheCommentSigns(@TempDir Path folder) throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve("conf/application.conf"));
        assertThat(lines).allMatch(line -> line.isEmpty() || line.startsWith("#"));
        String uncommented = lines.stream()
                .dropWhile(line -> !line.startsWith("# kyanos {"))
                .map(line -> line.replaceFirst("^# ?", ""))
                .collect(Collectors.joining("\n"));
        Path file = Files.writeString(folder.resolve("example.conf"), uncommented);
        World world = new World();

        int code = world.run("config", "--config", file.toString());

        assertThat(world.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(world.out()).contains("/shops/{shop}/orders/{order}");
    }

    @Test
    void promtoolAcceptsTheScrapeConfiguration() throws IOException, InterruptedException {
        boolean installed = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
        assumeThat(installed).as("promtool is not installed").isTrue();

        Process promtool = new ProcessBuilder(
                        "promtool",
                        "check",
                        "config",
                        ROOT.resolve("conf/prometheus.yml").toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(promtool.waitFor()).as(said).isZero();
    }

    private static List<String> unexplained(ConfigObject section, String path, boolean explained) {
        List<String> keys = new ArrayList<>();
        section.forEach((name, value) -> {
            String key = path + "." + name;
            boolean hasSentence = value.origin().comments().stream().anyMatch(line -> !line.startsWith(" --"));
            if (value instanceof ConfigObject inner) {
                keys.addAll(unexplained(inner, key, explained || hasSentence));
            } else if (!explained && !hasSentence) {
                keys.add(key);
            }
        });
        return keys;
    }

    /* Name to type and labels, as the document's table has them. */
    private static Map<String, String> documentedMetrics() throws IOException {
        Map<String, String> metrics = new TreeMap<>();
        for (List<String> row : rows("docs/metrics.md")) {
            String name = codes(row.get(0)).get(0);
            if (name.startsWith("kyanos_")) {
                metrics.put(name, row.get(1) + " " + codes(row.get(2)));
            }
        }
        return metrics;
    }

    private static Map<String, String> givenMetrics() {
        Map<String, String> metrics = new TreeMap<>();
        for (Collector.MetricFamilySamples family : families()) {
            if (family.name.startsWith("kyanos_")) {
                boolean counter = family.type == Collector.Type.COUNTER;
                List<String> labels = family.samples.get(0).labelNames.stream()
                        .filter(label -> !label.equals("le"))
                        .toList();
                metrics.put(
                        family.name + (counter ? "_total" : ""),
                        family.type.name().toLowerCase(Locale.ROOT) + " " + labels);
            }
        }
        return metrics;
    }

    private static List<Collector.MetricFamilySamples> families() {
        CollectorRegistry registry = new CollectorRegistry();
        PrometheusSink sink =
                new PrometheusSink(MetricsSettings.of(ConfigFactory.defaultReference()), System::nanoTime);
        sink.register(registry);
        new SelfMetrics("version", "revision", new FixedStatistics()).register(registry);
        DefaultExports.register(registry);
        List<TrafficRecord> records = List.of(TestRecords.http().events(0, 1).build());
        sink.newShard().accept(records);
        return Collections.list(registry.metricFamilySamples());
    }

    /* The cells of all rows whose first cell begins with code. */
    private static List<List<String>> rows(String document) throws IOException {
        return Files.readAllLines(ROOT.resolve(document)).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> Stream.of(line.substring(1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    private static List<String> codes(String cell) {
        Matcher matcher = CODE.matcher(cell);
        return matcher.results().map(result -> result.group(1)).toList();
    }
}
