package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What nginx writes into its access log is what is seen of it. */
class NginxIT {

    private static final int CONNECTIONS = 20;
    private static final int ANSWERS = 600;
    private static final int KIB = 1024;
    private static final int SHORTER_BY_CLOSE = "keep-alive".length() - "close".length();
    private static final String LOG_FORMAT =
            "log_format line '$request_method $request_uri $status $bytes_sent $request_length';";
    private static final String SERVER = """
            access_log lines.log line;
            root www;
            sendfile off;
            keepalive_requests 100;
            client_max_body_size 10m;
            location = /moved { return 302 /f10; }
            location = /gone { return 404; }
            location = /post { proxy_pass http://127.0.0.1:$server_port/taken; }
            location = /taken { access_log off; return 204; }
            """;
    /** Ends when one of its threads has got so many answers; what is on its way then is cut. */
    private static final String LOAD = """
            local paths = {"/f10", "/f1000", "/f20000", "/f70000", "/f1048576", "/missing", "/moved", "/gone", "/f10?q=1"}
            local made, answered = 0, 0
            request = function()
              made = made + 1
              local path = paths[made % #paths + 1]
              if made % 7 == 0 then
                return wrk.format("POST", "/post", nil, string.rep("b", made * 37 % 30000))
              end
              if made % 11 == 0 then
                return wrk.format("GET", path, {["Connection"] = "close"})
              end
              return wrk.format("GET", path)
            end
            response = function()
              answered = answered + 1
              if answered == COUNT then
                os.exit(0)
              end
            end
            """;

    /** A line of the access log, or what a record says of the same. */
    private record Line(String request, String status, long responseBytes, long requestBytes) {

        static Line ofLog(String line) {
            String[] words = line.split(" ");
            return new Line(
                    words[0] + " " + words[1].split("\\?")[0],
                    words[2],
                    Long.parseLong(words[3]),
                    Long.parseLong(words[4]));
        }

        /* Of what wrk leaves unanswered at its end, the log says 0 bytes or has no line. */
        static Line of(WatchedRecord record) {
            Map<?, ?> attributes = (Map<?, ?>) record.fields().get("attributes");
            return new Line(
                    attributes.get("method") + " " + record.path(),
                    record.status(),
                    record.fields().containsKey("resp_size_bytes") ? record.number("resp_size_bytes") : 0,
                    record.number("req_size_bytes"));
        }
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "wrk", "ab", "curl");
    }

    @Test
    void equalsTheAccessLogLineByLine() throws IOException {
        try (Servers.Server nginx = Servers.nginx(LOG_FORMAT, SERVER);
                KyanosProcess kyanos = KyanosProcess.watch(
                        "http",
                        "--side",
                        "server",
                        "--local-ports",
                        Integer.toString(nginx.port()),
                        "--set",
                        "kyanos.capture.rings.syscall=64MiB",
                        "--set",
                        "kyanos.capture.perf-buffers.syscall=64MiB",
                        "--set",
                        "kyanos.capture.max-payload-bytes=4KiB")) {
            Path folder = nginx.program().folder();
            serveFiles(folder);
            Path load = Files.writeString(folder.resolve("load.lua"), LOAD.replace("COUNT", Integer.toString(ANSWERS)));
            String address = "http://127.0.0.1:" + nginx.port();

            Commands.run("wrk", "-t2", "-c" + CONNECTIONS, "-d1h", "-s", load.toString(), address)
                    .expectSuccess();
            curl("-I", address + "/f70000");
            curl("--data-binary", "@" + folder.resolve("www/f1048576"), address + "/post");
            curl("-X", "DELETE", address + "/f10");
            awaitLog(folder, "DELETE /f10");
            assertThat(kyanos.stop("TERM")).isZero();

            List<Line> logged = log(folder);
            List<WatchedRecord> records = kyanos.records().stream()
                    .filter(record -> !record.path().equals("/taken"))
                    .toList();
            assertThat(logged).hasSizeGreaterThan(ANSWERS);
            assertThat(kyanos.complaints()).as("losses").isEmpty();
            List<Line> wholeLogged = whole(logged, logged);
            List<Line> wholeSeen = whole(records.stream().map(Line::of).toList(), logged);
            assertThat(counted(wholeSeen)).isEqualTo(counted(wholeLogged));
            assertThat(records.size() - wholeSeen.size())
                    .as("in flight at the end of the load, and so cut")
                    .isLessThanOrEqualTo(CONNECTIONS);
            assertThat(records.stream().map(Line::of).map(Line::request))
                    .contains("HEAD /f70000", "DELETE /f10", "POST /post");
        }
    }

    @Test
    void aServerIsNeverSlowerThanItsClientSees() throws IOException {
        try (Servers.Server nginx = Servers.nginx(LOG_FORMAT, SERVER);
                KyanosProcess kyanos = KyanosProcess.watch(
                        "http",
                        "--pids",
                        Long.toString(ProcessHandle.current().pid()),
                        "--set",
                        "kyanos.capture.perf-buffers.syscall=16MiB")) {
            serveFiles(nginx.program().folder());

            Commands.run("ab", "-q", "-k", "-n", "400", "-c", "4", "http://127.0.0.1:" + nginx.port() + "/f20000")
                    .expectSuccess();
            kyanos.awaitRecordsOf(nginx.port(), seen -> assertThat(seen).hasSize(800));
            assertThat(kyanos.stop("TERM")).isZero();

            Map<Integer, List<WatchedRecord>> byServer = byConnection(kyanos, "server", WatchedRecord::remotePort);
            Map<Integer, List<WatchedRecord>> byClient = byConnection(kyanos, "client", WatchedRecord::localPort);
            assertThat(byServer.keySet()).isEqualTo(byClient.keySet());
            byServer.forEach((connection, served) -> {
                List<WatchedRecord> asked = byClient.get(connection);
                assertThat(asked).hasSameSizeAs(served);
                for (int i = 0; i < served.size(); i++) {
                    assertThat(served.get(i).totalMillis())
                            .isNotNegative()
                            .isLessThanOrEqualTo(asked.get(i).totalMillis());
                    assertThat(served.get(i).number("resp_size_bytes"))
                            .isEqualTo(asked.get(i).number("resp_size_bytes"));
                }
            });
        }
    }

    private static Map<Integer, List<WatchedRecord>> byConnection(
            KyanosProcess kyanos, String side, java.util.function.Function<WatchedRecord, Integer> clientPort) {
        return kyanos.records().stream()
                .filter(record -> record.side().equals(side))
                .sorted(Comparator.comparing(record -> record.text("start_time")))
                .collect(Collectors.groupingBy(clientPort));
    }

    private static void serveFiles(Path folder) throws IOException {
        Path files = Files.createDirectory(folder.resolve("www"));
        for (int size : new int[] {10, 1000, 20_000, 70_000, KIB * KIB}) {
            Files.writeString(files.resolve("f" + size), "x".repeat(size));
        }
    }

    private static void curl(String... arguments) {
        List<String> line = new ArrayList<>(List.of("curl", "-s", "-o", "/dev/null"));
        line.addAll(List.of(arguments));
        Commands.run(line.toArray(String[]::new)).expectSuccess();
    }

    /* A worker writes a request's line after its answer; one worker writes them in order. */
    private static void awaitLog(Path folder, String last) {
        Awaitility.await(last)
                .until(() ->
                        log(folder).stream().anyMatch(line -> line.request().equals(last)));
    }

    private static List<Line> log(Path folder) throws IOException {
        return Files.readAllLines(folder.resolve("lines.log")).stream()
                .map(Line::ofLog)
                .toList();
    }

    /* A client that leaves while the answer is on its way cuts it; the same request's whole answer has the most bytes. */
    private static List<Line> whole(List<Line> lines, List<Line> logged) {
        Map<String, Long> most = new HashMap<>();
        logged.forEach(line -> most.merge(line.request(), line.responseBytes(), Math::max));
        return lines.stream()
                .filter(line -> line.responseBytes() >= most.getOrDefault(line.request(), 0L) - SHORTER_BY_CLOSE)
                .toList();
    }

    private static Map<String, Long> counted(List<Line> lines) {
        return lines.stream().collect(Collectors.groupingBy(Line::toString, TreeMap::new, Collectors.counting()));
    }
}
