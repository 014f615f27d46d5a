package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The distribution's Prometheus takes exemplars from the exporter and gives them to who asks. */
class ExemplarsIT {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SPAN = "b7ad6b7169203331";
    private static final String B3_TRACE = "80f198ee56343ba864fe8b2a57d3eff7";
    private static final String UUID = "3d8e1f9a-0000-4abc-8def-001122334455";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void require() {
        Requires.captureAnd("prometheus", "promtool", "nginx", "curl");
    }

    @Test
    void prometheusLeadsFromDurationsToTraces() throws Exception {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 ok; }");
                KyanosProcess kyanos = KyanosProcess.exporter(
                        "--pids", Long.toString(ProcessHandle.current().pid()), "--local-ports", "" + nginx.port());
                Servers.Server prometheus =
                        PrometheusIT.prometheusScraping(kyanos, "--enable-feature=exemplar-storage")) {
            ask(nginx, "/orders", "traceparent: 00-" + TRACE + "-" + SPAN + "-01");
            ask(nginx, "/users", "b3: " + B3_TRACE + "-" + SPAN + "-1");
            ask(nginx, "/items", "X-Request-Id: " + UUID);
            ask(nginx, "/secret", "X-Request-Id: mario@example.org");

            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(exemplars(prometheus))
                            .contains("{\"labels\":{\"span_id\":\"" + SPAN + "\",\"trace_id\":\"" + TRACE
                                    + "\"},\"value\":\"")
                            .contains("\"trace_id\":\"" + B3_TRACE + "\"")
                            .contains("{\"labels\":{\"request_id\":\"" + UUID + "\"},\"value\":\"")
                            .contains("\"operation\":\"GET /orders\""));
            Scrape scrape = kyanos.await(seen -> assertThat(seen.sum("kyanos_requests_total", "process", "nginx"))
                    .isEqualTo(4));
            assertThat(scrape.text()).doesNotContain(TRACE, UUID, "mario");
            assertThat(openMetrics(kyanos))
                    .contains("trace_id=\"" + TRACE + "\"}")
                    .doesNotContain("mario");
            Path text = Files.writeString(nginx.program().folder().resolve("metrics.txt"), scrape.text());
            assertThat(Commands.run("sh", "-c", "promtool check metrics < " + text)
                            .expectSuccess())
                    .isEmpty();
        }
    }

    private static void ask(Servers.Server nginx, String path, String header) {
        Commands.run("curl", "-s", "-H", header, "http://127.0.0.1:" + nginx.port() + path)
                .expectSuccess();
    }

    private String exemplars(Servers.Server prometheus) throws IOException, InterruptedException {
        return get(
                "http://127.0.0.1:" + prometheus.port() + "/api/v1/query_exemplars"
                        + "?query=kyanos_request_duration_seconds_bucket&start=0&end=4000000000",
                "*/*");
    }

    private String openMetrics(KyanosProcess kyanos) throws IOException, InterruptedException {
        return get(kyanos.address() + "/metrics", "application/openmetrics-text; version=1.0.0");
    }

    private String get(String address, String accept) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address))
                .header("Accept", accept)
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
}
