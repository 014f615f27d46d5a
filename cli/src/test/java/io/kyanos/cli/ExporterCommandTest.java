package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ExporterCommandTest {

    private static final TrafficRecord RECORD = TestRecords.http().build();
    private static final Pattern WHERE = Pattern.compile("metrics at (http://\\S+)/metrics");

    private final HttpClient client = HttpClient.newHttpClient();
    private final FakeCapture capture = new FakeCapture(List.of(RECORD, RECORD));
    private final World world = new World().capturing(capture);
    private CompletableFuture<Integer> code = CompletableFuture.completedFuture(0);
    private String base = "";

    @AfterEach
    void end() throws Exception {
        if (!code.isDone()) {
            world.interrupt();
            code.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void recordsAppearInTheTextFormat() throws Exception {
        start("--listen", "127.0.0.1:0");

        HttpResponse<String> response =
                awaitMetrics("/metrics", "kyanos_requests_total{protocol=\"http\",side=\"client\",process=\"curl\"");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(response.body())
                .contains("outcome=\"ok\",peer=\"10.0.0.7:80\",setup=\"false\",} 2.0")
                .contains(
                        "kyanos_capture_lost_events_total{channel=\"syscall\",} 17.0",
                        "kyanos_build_info{version=",
                        "jvm_memory_bytes_used")
                .doesNotContain("_created");
    }

    @Test
    void openMetricsIsGivenWhenAskedFor() throws Exception {
        start("--listen", "127.0.0.1:0");

        HttpResponse<String> response = get("/metrics", "Accept", "application/openmetrics-text;version=1.0.0");

        assertThat(response.headers().firstValue("Content-Type"))
                .hasValue("application/openmetrics-text; version=1.0.0; charset=utf-8");
        assertThat(response.body()).endsWith("# EOF\n").doesNotContain("_created");
    }

    @Test
    void aFormatThatTheReaderRefusesIsNotGiven() throws Exception {
        start("--listen", "127.0.0.1:0");

        HttpResponse<String> text = get("/metrics", "Accept", "application/openmetrics-text;q=0, */*");
        assertThat(text.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");

        HttpResponse<String> neither = get("/metrics", "Accept", "*/*;q=0");
        assertThat(neither.statusCode()).isEqualTo(406);
        assertThat(neither.body()).isEqualTo("text/plain or application/openmetrics-text, nothing else\n");
    }

    @Test
    void scrapesAreCompressedWhenTheReaderCanTakeIt() throws Exception {
        start("--listen", "127.0.0.1:0");

        HttpResponse<byte[]> response = client.send(
                request("/metrics").header("Accept-Encoding", "br, gzip;q=0.5").build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.headers().firstValue("Content-Encoding")).hasValue("gzip");
        try (GZIPInputStream body = new GZIPInputStream(new ByteArrayInputStream(response.body()))) {
            assertThat(new String(body.readAllBytes(), StandardCharsets.UTF_8)).contains("kyanos_build_info");
        }

        assertThat(get("/metrics", "Accept-Encoding", "gzip;q=0").headers().firstValue("Content-Encoding"))
                .isEmpty();
    }

    @Test
    void healthFollowsTheCapture() throws Exception {
        start("--listen", "127.0.0.1:0");

        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(get("/healthz").body()).isEqualTo("ok\n");

        capture.unhealthy = "reader syscall: no poll completed for 6 s";
        assertThat(get("/healthz").statusCode()).isEqualTo(503);
        assertThat(get("/healthz").body()).isEqualTo("reader syscall: no poll completed for 6 s\n");
    }

    @Test
    void aFailedStreamMakesTheExporterUnhealthyAndIsReported() throws Exception {
        start("--listen", "127.0.0.1:0");

        capture.fail(new IllegalStateException("read ring conn: EIO (5)"));
        world.awaitErr("kyanos: read ring conn: EIO (5)");

        assertThat(get("/healthz").statusCode()).isEqualTo(503);
        assertThat(get("/healthz").body()).contains("read ring conn: EIO (5)");
        assertThat(get("/metrics").statusCode()).isEqualTo(200);
        assertThat(code).isNotDone();
    }

    @Test
    void thereIsAPageAndNothingElse() throws Exception {
        start("--listen", "127.0.0.1:0");

        assertThat(get("/").body()).contains("<a href=\"/metrics\">");
        assertThat(get("/nothing").statusCode()).isEqualTo(404);
        assertThat(get("/metrics/more").statusCode()).isEqualTo(404);
    }

    @Test
    void onlyReadingIsAllowed() throws Exception {
        start("--listen", "127.0.0.1:0");

        HttpResponse<String> posted = client.send(
                request("/metrics")
                        .POST(HttpRequest.BodyPublishers.ofString("x"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> head = client.send(
                request("/metrics")
                        .method("HEAD", HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(posted.statusCode()).isEqualTo(405);
        assertThat(posted.headers().firstValue("Allow")).hasValue("GET, HEAD");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValue("Content-Type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(head.body()).isEmpty();
    }

    @Test
    void anInterruptStopsTheCaptureAndFreesThePort() throws Exception {
        start("--listen", "127.0.0.1:0");
        int port = URI.create(base).getPort();

        world.interrupt();

        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
        assertThat(capture.stopped).isCompleted();
        assertThat(portIsFree(port)).isTrue();
    }

    @Test
    void ipv6AddressesAreServed() throws Exception {
        Assumptions.assumeTrue(hasVersionSix(), "this machine has no [::1]");

        start("--listen", "[::1]:0");

        assertThat(base).startsWith("http://[::1]:");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    @Test
    void theSettingIsUsedWithoutTheFlag() throws Exception {
        start("--set", "kyanos.exporter.listen=localhost:0");

        assertThat(get("/healthz").statusCode()).isEqualTo(200);
    }

    private void start(String... flags) throws InterruptedException {
        String[] args = new String[flags.length + 1];
        args[0] = "exporter";
        System.arraycopy(flags, 0, args, 1, flags.length);
        code = world.start(args);
        world.awaitErr("/metrics\n");
        Matcher where = WHERE.matcher(world.err());
        assertThat(where.find()).isTrue();
        base = where.group(1).replace("0.0.0.0", "127.0.0.1");
    }

    private HttpResponse<String> awaitMetrics(String path, String text) {
        return Awaitility.await()
                .atMost(30, TimeUnit.SECONDS)
                .until(() -> get(path), response -> response.body().contains(text));
    }

    private HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path));
    }

    private static boolean portIsFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean hasVersionSix() {
        try (ServerSocket socket = new ServerSocket(0, 1, Inet6Address.getByName("::1"))) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
