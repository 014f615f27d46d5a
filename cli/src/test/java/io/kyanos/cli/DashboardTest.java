package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the examples ask Prometheus for is what there is. */
class DashboardTest {

    private static final Path DASHBOARD = Path.of("conf/grafana/kyanos.json");
    private static final Path ALERTS = Path.of("conf/prometheus-alerts.yml");
    private static final Pattern METRIC = Pattern.compile("\\b(?:kyanos|process|jvm)_[a-z_]+(?=[{\\[ )]|$)");
    private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(kyanos_[a-z_]+)`");
    /* Of the JVM's and the process's, beside those that the table lists. */
    private static final Set<String> OTHERS =
            Set.of("process_cpu_seconds_total", "process_resident_memory_bytes", "jvm_memory_bytes_used");

    @Test
    void theDashboardQueriesExistingMetrics() throws IOException {
        List<String> queries = values("expr");

        assertThat(queries).hasSizeGreaterThan(30);
        assertThat(metrics(String.join("\n", queries)))
                .isSubsetOf(known())
                .contains(
                        "kyanos_requests_total", "kyanos_request_duration_seconds_bucket", "process_cpu_seconds_total")
                .contains("kyanos_capture_lost_events_total", "kyanos_dropped_total", "kyanos_capture_lag_seconds");
    }

    @Test
    void theAlertsQueryExistingMetrics() {
        String text = Documents.text(ALERTS)
                .lines()
                .filter(line -> !line.contains("summary:") && !line.contains("description:"))
                .collect(Collectors.joining("\n"));

        assertThat(metrics(text)).isSubsetOf(known()).hasSizeGreaterThan(4);
    }

    @Test
    void dashboardVariablesExistForEveryChoice() throws IOException {
        assertThat(values("name")).contains("datasource", "instance", "protocol", "side", "process");
        assertThat(values("expr"))
                .filteredOn(query -> query.contains("kyanos_request"))
                .allMatch(
                        query -> query.contains("process=~\"$process\"") && query.contains("protocol=~\"$protocol\""));
    }

    @Test
    void panelsHaveTitlesAndIdsOfTheirOwn() throws IOException {
        List<String> ids =
                values("id").stream().filter(id -> id.matches("\\d+")).toList();

        assertThat(ids).doesNotHaveDuplicates().hasSizeGreaterThan(20);
        assertThat(values("title")).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(ids.size());
    }

    @Test
    void alertsFireWhenTheyShouldAndOnlyThen() throws Exception {
        boolean installed = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
        assumeThat(installed).as("promtool is not installed").isTrue();

        assertThat(promtool("check", "rules", Documents.ROOT.resolve(ALERTS).toString()))
                .contains("6 rules found");
        assertThat(promtool("test", "rules", "src/test/resources/prometheus-alerts-test.yml"))
                .contains("SUCCESS");
    }

    private static String promtool(String... arguments) throws Exception {
        List<String> line = new ArrayList<>(List.of("promtool"));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static Set<String> metrics(String text) {
        return METRIC.matcher(text).results().map(MatchResult::group).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> known() {
        Set<String> known = new TreeSet<>(OTHERS);
        DOCUMENTED.matcher(Documents.text(Path.of("docs/metrics.md"))).results().forEach(row -> {
            String name = row.group(1);
            known.add(name);
            if (name.endsWith("_seconds")) {
                known.addAll(List.of(name + "_bucket", name + "_count", name + "_sum"));
            }
        });
        return known;
    }

    private static List<String> values(String name) throws IOException {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(Documents.text(DASHBOARD))) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token.isScalarValue() && name.equals(parser.currentName())) {
                    values.add(parser.getText());
                }
            }
        }
        return values;
    }
}
