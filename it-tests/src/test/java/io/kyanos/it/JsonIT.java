package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.sink.RecordSchema;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The JSON of real traffic fits its schema, and a file of it is whole lines. */
class JsonIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path SHOP = Path.of("..", "examples", "shop.kyanos");
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "redis-server", "redis-cli", "curl");
    }

    @Test
    void everyKindOfRecordFitsTheSchema() throws Exception {
        Path socket = RunningProgram.newFolder().resolve("redis.sock");
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 ok; } location /gone { return 404; }");
                Servers.Server redis = Servers.redis("--unixsocket", socket.toString());
                ServerSocket silent = new ServerSocket(0);
                KyanosProcess kyanos = KyanosProcess.watch(
                        "--pids",
                        Long.toString(ProcessHandle.current().pid()),
                        "--where",
                        "has header.accept or has pid")) {
            String address = "http://127.0.0.1:" + nginx.port();
            Commands.run("curl", "-s", "-H", "traceparent: " + TRACE, address + "/users/1?a=b", address + "/gone")
                    .expectSuccess();
            redis(socket, "set", "key", "value");
            redis(socket, "mget", "key", "other");
            redis(socket, "lpush", "key", "x");
            try (RespClient client = new RespClient(redis)) {
                client.send("CLIENT REPLY OFF", "SET silent 1");
            }
            try (Socket client = new Socket("127.0.0.1", silent.getLocalPort())) {
                client.getOutputStream()
                        .write("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                try (Socket server = silent.accept()) {
                    assertThat(server.getInputStream().read()).isEqualTo('G');
                }
            }
            kyanos.awaitRecord(record -> record.outcome().equals("unanswered"));
            kyanos.awaitRecord(record -> record.outcome().equals("one_way"));
            kyanos.awaitRecord(record -> record.status().equals("WRONGTYPE"));
            kyanos.awaitRecord(
                    record -> record.path().equals("/gone") && record.side().equals("server"));
            assertThat(kyanos.stop("TERM")).isZero();

            List<String> lines = Files.readAllLines(kyanos.program().folder().resolve("records.jsonl"));
            assertThat(lines.stream().flatMap(line -> RecordSchema.problems(line).stream()))
                    .isEmpty();
            List<WatchedRecord> records = kyanos.records();
            assertThat(records).extracting(record -> record.text("transport")).contains("tcp", "unix");
            assertThat(records)
                    .extracting(WatchedRecord::outcome)
                    .contains("ok", "client_error", "error", "one_way", "unanswered");
            Map<?, ?> attributes = attributes(records, "GET /users/{id}");
            assertThat(attributes.get("query")).isEqualTo("a=b");
            assertThat(attributes.get("traceparent")).isEqualTo(List.of(TRACE));
            assertThat(attributes.get("header.accept")).isEqualTo(List.of("*/*"));
            assertThat(attributes.get("version")).isEqualTo(List.of("1.1", "1.1"));
            assertThat(attributes(records, "SET").get("key")).isEqualTo(List.of("key"));
            assertThat(attributes(records, "MGET").get("key")).isEqualTo(List.of("key", "other"));
        }
    }

    @Test
    void aFullDiskLeavesWholeLines() throws IOException {
        List<String> line = new ArrayList<>(List.of("unshare", "-m", "sh", "-c"));
        line.add(
                "mkdir full && mount -t tmpfs -o size=64k none full || exit 9; \"$@\"; code=$?; cp full/* .; exit $code");
        line.add("sh");
        line.addAll(KyanosProcess.command());
        line.addAll(List.of("watch", "--input", SHOP.toRealPath().toString(), "--json-output", "full/records.jsonl"));

        try (RunningProgram watch = RunningProgram.start(line.toArray(String[]::new))) {
            assertThat(watch.awaitExit(PATIENCE)).as(watch.error()).isOne();

            assertThat(watch.error()).isEqualTo("kyanos: write records full/records.jsonl: No space left on device\n");
            String written = Files.readString(watch.folder().resolve("records.jsonl"));
            assertThat(written).endsWith("}\n");
            assertThat(written.lines().flatMap(record -> RecordSchema.problems(record).stream()))
                    .isEmpty();
        }
    }

    private static void redis(Path socket, String... words) {
        Commands.run(Stream.concat(Stream.of("redis-cli", "-s", socket.toString()), Stream.of(words))
                        .toArray(String[]::new))
                .expectSuccess();
    }

    private static Map<?, ?> attributes(List<WatchedRecord> records, String operation) {
        return records.stream()
                .filter(record -> record.operation().equals(operation))
                .findFirst()
                .map(record -> (Map<?, ?>) record.fields().get("attributes"))
                .orElseThrow();
    }
}
