package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.sink.RecordSchema;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The recorded shop, as anybody who has the sources can replay it. */
class ShopTest {

    private static final Path SHOP = Path.of("..", "examples", "shop.kyanos");
    private static final Path SUMMARY = Path.of("..", "examples", "shop.summary");
    private static final List<String> COUNTED = List.of("side", "protocol", "operation", "status", "outcome");
    private static final Pattern WHERE = Pattern.compile("metrics at (http://\\S+)/metrics");

    private final World world = new World();

    @Test
    void theReplayMatchesWhatItsServersCounted(@TempDir Path folder) throws IOException {
        Path json = folder.resolve("shop.json");

        int code = world.run("watch", "--input", SHOP.toString(), "--json-output", json.toString());

        assertThat(world.err()).isEmpty();
        assertThat(code).isZero();
        assertThat(Files.lines(json).flatMap(line -> RecordSchema.problems(line).stream()))
                .isEmpty();
        assertThat(summary(Files.readString(json))).isEqualTo(expected(summary(Files.readString(json))));
    }

    @Test
    void losesNothingThatAFilterLeavesOut() {
        for (String filter : List.of("--side server", "--local-ports 21482", "--comm nginx")) {
            World filtered = new World();
            List<String> line = new ArrayList<>(List.of("watch", "--input", SHOP.toString()));
            line.addAll(List.of(filter.split(" ")));

            int code = filtered.run(line.toArray(String[]::new));

            assertThat(code).as(filter).isZero();
            assertThat(filtered.err()).as(filter).isEmpty();
            assertThat(filtered.out().lines()).as(filter).hasSizeGreaterThan(100);
        }
    }

    @Test
    void isServedAsMetricsUntilInterrupted() throws Exception {
        CompletableFuture<Integer> code =
                world.start("exporter", "--input", SHOP.toString(), "--listen", "127.0.0.1:0");
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> world.err().contains("read all of"));

        String metrics = get("/metrics").body();

        assertThat(metrics)
                .contains(
                        "side=\"server\",process=\"redis-server\",operation=\"SET\",outcome=\"ok\",peer=\"\",setup=\"false\",} 630.0")
                .contains("kyanos_capture_lost_events_total{channel=\"syscall\",} 0.0");
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(world.err()).contains("its metrics are served until you interrupt");
        world.interrupt();
        assertThat(code.get(30, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void isReadWithoutTheNativeLibrary(@TempDir Path folder) throws Exception {
        Path classes = folder.resolve("classes.log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load:file=" + classes,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "watch",
                        "--input",
                        SHOP.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();

        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();

        assertThat(process.exitValue()).isZero();
        assertThat(Files.readString(classes)).contains("io.kyanos.recording.").doesNotContain("io.kyanos.bridge.");
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        Matcher where = WHERE.matcher(world.err());
        assertThat(where.find()).isTrue();
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(where.group(1) + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static String summary(String json) {
        TreeMap<String, Integer> counts = new TreeMap<>();
        json.lines()
                .forEach(line -> counts.merge(
                        COUNTED.stream().map(field -> value(line, field)).collect(Collectors.joining("\t")),
                        1,
                        Integer::sum));
        return counts.entrySet().stream()
                .map(entry -> entry.getKey() + "\t" + entry.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static String value(String line, String field) {
        Matcher matcher = Pattern.compile("\"" + field + "\":\"([^\"]*)\"").matcher(line);
        return matcher.find() && !matcher.group(1).isEmpty() ? matcher.group(1) : "-";
    }

    /** What is committed; {@code -Dgolden.update} commits {@code actual}, where labels have changed on purpose. */
    private static String expected(String actual) throws IOException {
        String committed = Files.readString(SUMMARY);
        String heading = committed.substring(0, committed.indexOf('\n') + 1);
        if (System.getProperty("golden.update") != null) {
            Files.writeString(SUMMARY, heading + actual);
            return actual;
        }
        return committed.substring(heading.length());
    }
}
