package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.kyanos.it.example.ObservingService;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A service that has kyanos inside, as a process of its own: its routes tell the traffic of others. */
class ExampleServiceIT {

    private static final int PINGS = 30;
    private static final int PAGES = 10;

    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "curl", "python3");
    }

    @Test
    void servesMetricsAndRecordsAsRoutesOfItsOwn() throws Exception {
        int port = Ports.free();
        try (Servers.Server redis = Servers.redis();
                Servers.Server pages = Servers.echo();
                RunningProgram service = start(port)) {
            service.awaitOutput("listening");
            assertThat(KernelPrograms.heldBy(service.pid())).isNotEmpty();

            try (RedisClient client = new RedisClient(redis)) {
                for (int i = 0; i < PINGS; i++) {
                    assertThat(client.ask("ping")).isEqualTo("+PONG");
                }
            }
            for (int i = 0; i < PAGES; i++) {
                Commands.run("curl", "-sS", "-o", "/dev/null", "http://127.0.0.1:" + pages.port() + "/page/" + i)
                        .expectSuccess();
            }

            // it sees the whole machine, where others use such programs, too
            Awaitility.await().untilAsserted(() -> {
                Scrape scrape = new Scrape(get(port, "/metrics").body());
                assertThat(scrape.sum("kyanos_requests_total", "protocol", "redis", "side", "server"))
                        .as(scrape.text())
                        .isGreaterThanOrEqualTo(PINGS);
                assertThat(scrape.sum("kyanos_requests_total", "protocol", "http", "process", "curl"))
                        .as(scrape.text())
                        .isGreaterThanOrEqualTo(PAGES);
                assertThat(scrape.sum("kyanos_build_info", "revision", "example"))
                        .isEqualTo(1);
            });
            assertThat(get(port, "/metrics").headers().firstValue("content-type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));

            HttpResponse<String> records = get(port, "/records");
            assertThat(records.headers().firstValue("content-type")).hasValue("application/json");
            assertThat(fields(records.body(), "local_port"))
                    .as("requests to the pages, as their server sees them")
                    .filteredOn(Integer.toString(pages.port())::equals)
                    .hasSize(PAGES);
            assertThat(fields(records.body(), "local_port")).contains(Integer.toString(redis.port()));

            service.signal("TERM");

            assertThat(service.awaitExit()).isEqualTo(143);
            assertThat(KernelPrograms.heldBy(service.parentPid())).isEmpty();
            assertThat(service.error()).as("what it complained of").doesNotContain("Exception", "ERROR");
        }
    }

    private static RunningProgram start(int port) {
        return RunningProgram.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                ObservingService.class.getName(),
                Integer.toString(port),
                "redis",
                "http");
    }

    private HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(30))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response;
    }

    /** The values of one field of all objects of an array. */
    private static List<String> fields(String json, String name) throws IOException {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_ARRAY);
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME && parser.currentName().equals(name)) {
                    parser.nextToken();
                    values.add(parser.getText());
                }
            }
        }
        return values;
    }
}
