package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The distribution's Prometheus takes what the exporter gives, and its figures are those of the servers themselves. */
class PrometheusIT {

    private static final int HTTP_REQUESTS = 300;
    private static final int REDIS_REQUESTS = 700;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void require() {
        Requires.captureAnd("prometheus", "promtool", "nginx", "redis-server", "redis-benchmark", "ab");
    }

    @Test
    void prometheusCountsWhatTheServersWereAsked() throws Exception {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 ok; }");
                Servers.Server redis = Servers.redis();
                KyanosProcess kyanos = exporterOfOurChildren();
                Servers.Server prometheus = prometheusScraping(kyanos)) {

            Commands.run("ab", "-q", "-n", "" + HTTP_REQUESTS, "-c", "4", "http://127.0.0.1:" + nginx.port() + "/")
                    .expectSuccess();
            Commands.run("redis-benchmark", "-q", "-t", "set", "-n", "" + REDIS_REQUESTS, "-p", "" + redis.port())
                    .expectSuccess();

            awaitQuery(prometheus, "up", 1);
            awaitQuery(prometheus, requests("http", "server", "process=\"nginx\""), HTTP_REQUESTS);
            awaitQuery(prometheus, requests("http", "client", "process=\"ab\""), HTTP_REQUESTS);
            awaitQuery(
                    prometheus,
                    requests("redis", "server", "process=\"redis-server\",operation=\"SET\""),
                    REDIS_REQUESTS);
            awaitQuery(
                    prometheus,
                    requests("redis", "client", "operation=\"SET\",peer=\"127.0.0.1:" + redis.port() + "\""),
                    REDIS_REQUESTS);
            awaitQuery(
                    prometheus,
                    "sum(kyanos_request_duration_seconds_count{process=\"nginx\",side=\"server\"})",
                    HTTP_REQUESTS);
            awaitQuery(prometheus, "sum(kyanos_capture_lost_events_total) + sum(kyanos_dropped_total)", 0);
        }
    }

    @Test
    void promtoolFindsNothingWrong() throws IOException {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 ok; }");
                KyanosProcess kyanos = exporterOfOurChildren()) {
            Commands.run("ab", "-q", "-n", "10", "http://127.0.0.1:" + nginx.port() + "/")
                    .expectSuccess();
            Scrape scrape = kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "process", "nginx"))
                    .isEqualTo(10));
            Path text = Files.writeString(nginx.program().folder().resolve("metrics.txt"), scrape.text());

            Commands.Result said = Commands.run("sh", "-c", "promtool check metrics < " + text);

            assertThat(said.error()).isEmpty();
            assertThat(said.output()).isEmpty();
            assertThat(said.exitCode()).isZero();
        }
    }

    @Test
    void openMetricsHasNoSeriesOfCreation() throws Exception {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 ok; }");
                KyanosProcess kyanos = exporterOfOurChildren()) {
            Commands.run("ab", "-q", "-n", "10", "http://127.0.0.1:" + nginx.port() + "/")
                    .expectSuccess();
            kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "process", "nginx"))
                    .isEqualTo(10));

            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(kyanos.address() + "/metrics"))
                            .header("Accept", "application/openmetrics-text; version=1.0.0")
                            .build(),
                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElse(""))
                    .startsWith("application/openmetrics-text");
            assertThat(answer.body()).doesNotContain("_created").endsWith("# EOF\n");
            assertThat(new Scrape(answer.body()).sum("kyanos_requests_total", "process", "nginx"))
                    .isEqualTo(10);
        }
    }

    private static KyanosProcess exporterOfOurChildren() {
        return KyanosProcess.exporter(
                "--pids", Long.toString(ProcessHandle.current().pid()));
    }

    static Servers.Server prometheusScraping(KyanosProcess kyanos, String... flags) throws IOException {
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("prometheus.yml"), """
                global: {scrape_interval: 1s, scrape_timeout: 1s}
                scrape_configs:
                  - job_name: kyanos
                    static_configs: [{targets: ["%s"]}]
                """.formatted(
                        URI.create(kyanos.address()).getAuthority()));
        return Servers.prometheus(folder, flags);
    }

    private static String requests(String protocol, String side, String more) {
        return "sum(kyanos_requests_total{protocol=\"" + protocol + "\",side=\"" + side + "\",outcome=\"ok\"," + more
                + "})";
    }

    private void awaitQuery(Servers.Server prometheus, String query, double expected) {
        Awaitility.await(query)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(query(prometheus, query)).isEqualTo(Double.toString(expected)));
    }

    /** The one value of an instant query; what came instead if it is not one. */
    private String query(Servers.Server prometheus, String query) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + prometheus.port() + "/api/v1/query?query="
                + URLEncoder.encode(query, StandardCharsets.UTF_8));
        String answer = http.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        try (JsonParser parser = new JsonFactory().createParser(answer)) {
            while (parser.nextToken() != null) {
                if ("value".equals(parser.currentName())) {
                    parser.nextToken();
                    parser.nextToken();
                    return Double.toString(Double.parseDouble(parser.nextTextValue()));
                }
            }
        }
        return answer;
    }
}
