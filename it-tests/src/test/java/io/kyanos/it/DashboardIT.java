package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every query of the dashboard is answered by a Prometheus that has scraped an exporter with traffic. */
class DashboardIT {

    private static final Path DASHBOARD = Path.of("../conf/grafana/kyanos.json");
    /* What they show is there only when something has gone wrong. */
    private static final List<String> OFTEN_EMPTY =
            List.of("kyanos_dropped_total", "kyanos_metric_overflows_total", "kyanos_unparsed_bytes_total");
    private static final List<String> VARIABLES = List.of("instance", "protocol", "side", "process");

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void require() {
        Requires.captureAnd("prometheus", "nginx", "redis-server", "redis-cli", "curl");
    }

    @Test
    void everyPanelHasData() throws Exception {
        Map<String, List<String>> queries = queries();
        assertThat(queries).hasSizeGreaterThan(25);
        try (Servers.Server nginx =
                        Servers.nginx("", "location /missing { return 404; } location / { return 200 ok; }");
                Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--pids", Long.toString(ProcessHandle.current().pid()));
                RunningProgram traffic = traffic(nginx.port(), redis.port());
                Servers.Server prometheus = PrometheusIT.prometheusScraping(kyanos)) {
            assertThat(traffic.isAlive()).isTrue();

            for (Map.Entry<String, List<String>> panel : queries.entrySet()) {
                for (String query : panel.getValue()) {
                    Awaitility.await(panel.getKey())
                            .pollInterval(Duration.ofMillis(500))
                            .untilAsserted(() -> expectAnswer(prometheus, panel.getKey(), query));
                }
            }
            for (String variable : VARIABLES) {
                assertThat(answer(prometheus, "label/" + variable + "/values?").texts())
                        .as(variable)
                        .isNotEmpty();
            }
        }
    }

    private void expectAnswer(Servers.Server prometheus, String panel, String query) throws Exception {
        Answer answer = answer(prometheus, "query?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8));

        assertThat(answer.status())
                .as("%s: %s: %s", panel, query, answer.text())
                .isEqualTo(200);
        if (OFTEN_EMPTY.stream().noneMatch(query::contains)) {
            assertThat(answer.numbers()).as("%s: %s", panel, query).isNotEmpty();
            assertThat(answer.numbers())
                    .as("%s: %s", panel, query)
                    .anySatisfy(number -> assertThat(Double.parseDouble(number)).isFinite());
        }
    }

    /** Queries by the title of their panel, with the variables that Grafana would replace replaced by "all". */
    private static Map<String, List<String>> queries() throws IOException {
        Map<String, List<String>> queries = new LinkedHashMap<>();
        List<String> waiting = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(DASHBOARD.toFile())) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING && "expr".equals(parser.currentName())) {
                    waiting.add(replaced(parser.getText()));
                } else if (token == JsonToken.END_ARRAY && "targets".equals(parser.currentName())) {
                    queries.put("panel " + queries.size(), List.copyOf(waiting));
                    waiting.clear();
                }
            }
        }
        assertThat(waiting).isEmpty();
        return queries;
    }

    private static String replaced(String query) {
        String all = query.replace("$__rate_interval", "10s");
        for (String variable : VARIABLES) {
            all = all.replace("\"$" + variable + "\"", "\".*\"");
        }
        assertThat(all).doesNotContain("$");
        return all;
    }

    /* Some of each outcome, for as long as it takes. */
    /* Of all that the panels show, down to connections that are not decoded. */
    private static RunningProgram traffic(int nginx, int redis) {
        return RunningProgram.start(
                "sh",
                "-c",
                "while :; do curl -s -o /dev/null http://127.0.0.1:" + nginx + "/ http://127.0.0.1:" + nginx
                        + "/missing; curl -sk -o /dev/null https://127.0.0.1:" + nginx
                        + "/; redis-cli -p " + redis + " incr n >/dev/null; sleep 0.2; done");
    }

    private Answer answer(Servers.Server prometheus, String request) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + prometheus.port() + "/api/v1/" + request);
        HttpResponse<String> response =
                http.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body());
    }

    private record Answer(int status, String text) {

        /** The second of each pair of time and value. */
        List<String> numbers() throws IOException {
            List<String> numbers = new ArrayList<>();
            try (JsonParser parser = new JsonFactory().createParser(text)) {
                while (parser.nextToken() != null) {
                    if ("value".equals(parser.currentName()) && parser.currentToken() == JsonToken.START_ARRAY) {
                        parser.nextToken();
                        numbers.add(parser.nextTextValue());
                    }
                }
            }
            return numbers;
        }

        List<String> texts() throws IOException {
            Map<String, String> texts = new TreeMap<>();
            try (JsonParser parser = new JsonFactory().createParser(text)) {
                for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                    if (token == JsonToken.VALUE_STRING && parser.currentName() == null) {
                        texts.put(parser.getText(), parser.getText());
                    }
                }
            }
            return List.copyOf(texts.keySet());
        }
    }
}
