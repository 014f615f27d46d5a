package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What {@code watch} tells of a request: every field, no secret, and only what the flags ask for. */
class WatchIT {

    private static final List<String> TEXTS = List.of(
            "start_time",
            "end_time",
            "protocol",
            "side",
            "transport",
            "local_addr",
            "remote_addr",
            "request",
            "response",
            "operation",
            "resource",
            "status",
            "outcome",
            "process",
            "peer");
    private static final List<String> NUMBERS =
            List.of("local_port", "remote_port", "pid", "req_size_bytes", "resp_size_bytes");
    private static final List<String> DURATIONS = List.of("total_duration_ms", "black_box_duration_ms");

    private static final String[] OF_OUR_CHILDREN = {
        "--pids", Long.toString(ProcessHandle.current().pid())
    };

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "redis-server", "redis-cli", "curl");
    }

    @Test
    void printsEveryFieldAndNoSecret() {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 \"an answer that is cut\"; }");
                Servers.Server redis = Servers.redis("--requirepass", "swordfish");
                KyanosProcess kyanos = watch("--max-print-bytes", "100")) {

            Commands.run("curl", "-s", "-H", "Authorization: Bearer swordfish", address(nginx, "/open?token=swordfish"))
                    .expectSuccess();
            Commands.run("redis-cli", "-p", "" + redis.port(), "-a", "swordfish", "set", "key", "v".repeat(500))
                    .expectSuccess();
            kyanos.awaitRecordsOf(
                    redis.port(),
                    seen -> assertThat(seen)
                            .filteredOn(record -> record.operation().equals("SET"))
                            .hasSize(2));
            assertThat(kyanos.stop("TERM")).isZero();

            List<WatchedRecord> records = kyanos.records();
            assertThat(records).extracting(WatchedRecord::operation).contains("GET /open", "AUTH", "SET");
            assertThat(records.toString()).doesNotContain("swordfish");
            assertThat(records).allSatisfy(record -> {
                Map<String, Object> fields = record.fields();
                TEXTS.forEach(name -> assertThat(fields.get(name)).as(name).isInstanceOf(String.class));
                NUMBERS.forEach(name -> assertThat(record.number(name)).as(name).isNotNegative());
                DURATIONS.stream()
                        .map(fields::get)
                        .filter(Number.class::isInstance)
                        .forEach(duration ->
                                assertThat(((Number) duration).doubleValue()).isNotNegative());
                assertThat(fields.get("truncated")).isInstanceOf(Boolean.class);
                assertThat(fields.get("attributes")).isInstanceOf(Map.class);
                assertThat(fields.get("req_syscall_events")).isInstanceOf(List.class);
                assertThat(record.text("request")).hasSizeLessThan(200);
            });
        }
    }

    @Test
    void showsOnlyWhatTheFlagsAskFor() {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 ok; }");
                Servers.Server redis = Servers.redis();
                WatchInside byPath = inside("--path-prefix", "/api", "--method", "get");
                WatchInside byCommand = inside("--command", "get");
                WatchInside byKey = inside("--keys", "b", "--side", "server");
                WatchInside bySlowness = inside("redis", "--latency", "100ms")) {

            Commands.run("curl", "-s", address(nginx, "/api/one"), address(nginx, "/other"))
                    .expectSuccess();
            Commands.run("curl", "-s", "-d", "x", address(nginx, "/api/two")).expectSuccess();
            for (String command : List.of("set a 1", "set b 2", "get a", "debug sleep 0.2", "blpop none 0.3")) {
                String[] words = ("redis-cli -p " + redis.port() + " " + command).split(" ");
                Commands.run(words).expectSuccess();
            }
            List.of(byPath, byCommand, byKey, bySlowness).forEach(WatchInside::stop);

            assertThat(byPath.records())
                    .extracting(WatchedRecord::path)
                    .containsOnly("/api/one")
                    .hasSize(2);
            assertThat(byCommand.records())
                    .extracting(WatchedRecord::operation)
                    .containsOnly("GET")
                    .hasSize(2);
            assertThat(byKey.records()).extracting(WatchedRecord::operation).containsExactly("SET");
            assertThat(bySlowness.records())
                    .extracting(WatchedRecord::operation)
                    .contains("BLPOP");
            assertThat(bySlowness.records())
                    .allSatisfy(record -> assertThat(record.totalMillis()).isGreaterThanOrEqualTo(100));
        }
    }

    private static WatchInside inside(String... arguments) {
        return WatchInside.start(Servers.concat(arguments, OF_OUR_CHILDREN));
    }

    private static KyanosProcess watch(String... arguments) {
        return KyanosProcess.watch(Servers.concat(arguments, OF_OUR_CHILDREN));
    }

    private static String address(Servers.Server server, String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }
}
