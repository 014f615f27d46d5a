package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.cli.CommandInside;
import io.kyanos.recording.RecordedBlock;
import io.kyanos.recording.RecordingReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code record}: what is in the file, when it ends, and what is not in it. */
class RecordIT {

    private static final int SECRETS = 50;

    @BeforeAll
    static void require() {
        Requires.captureAnd("nginx", "redis-server", "redis-cli", "redis-benchmark", "curl", "unshare");
    }

    @Test
    void givesTheSameRecordsAsWereSeen() {
        try (Servers.Server nginx =
                        Servers.nginx("", "location / { return 200 answer; } location /orders { return 404; }");
                Servers.Server redis = Servers.redis();
                RunningProgram record = record("a.kyanos", nginx, redis)) {

            talk(nginx, redis, "");
            assertThat(stop(record, "TERM")).isZero();

            List<String> replayed = replay(record, "a.kyanos");
            assertThat(replayed)
                    .contains("GET /api/{id} 200", "GET /orders 404", "POST /login 200", "SET OK", "GET OK");
            assertThat(record.error()).contains("recorded ", ", lost 0 in a.kyanos");
            assertThat(replayed.stream().filter("SET OK"::equals)).hasSize(SECRETS);
        }
    }

    /** The ends of short connections come in another channel than their data, and often before. */
    @Test
    void losesNothingThatTheReadersFilterLeavesOut() {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 answer; }");
                Servers.Server redis = Servers.redis();
                RunningProgram record = record("filtered.kyanos", nginx, redis)) {
            Commands.run(
                            "redis-benchmark",
                            "-p",
                            "" + redis.port(),
                            "-q",
                            "-k",
                            "0",
                            "-c",
                            "20",
                            "-n",
                            "2000",
                            "-t",
                            "set")
                    .expectSuccess();
            Commands.run("curl", "-s", "http://127.0.0.1:" + nginx.port() + "/kept")
                    .expectSuccess();
            assertThat(stop(record, "TERM")).isZero();

            List<String> line = new ArrayList<>(KyanosProcess.command());
            String file = record.folder().resolve("filtered.kyanos").toString();
            line.addAll(List.of("watch", "--input", file, "--local-ports", "" + nginx.port()));
            Commands.Result watch = Commands.run(line.toArray(String[]::new));

            assertThat(watch.expectSuccess().lines())
                    .hasSize(2)
                    .last(InstanceOfAssertFactories.STRING)
                    .contains("/kept");
            assertThat(watch.error()).isEmpty();
        }
    }

    @Test
    void isReadableUpToWhereItWasKilled() {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 answer; }");
                Servers.Server redis = Servers.redis();
                RunningProgram record = record("killed.kyanos", nginx, redis)) {
            Path file = record.folder().resolve("killed.kyanos");
            talk(nginx, redis, "");
            Awaitility.await("all that was said is in the file")
                    .until(() -> payload(file).contains("key:" + (SECRETS - 1)));

            record.signal("KILL");
            record.awaitExit();

            List<String> replayed = replay(record, "killed.kyanos");
            assertThat(replayed.stream().filter("SET OK"::equals)).hasSize(SECRETS);
            try (RecordingReader reader = RecordingReader.open(file)) {
                while (reader.next() != null) {
                    assertThat(reader.skippedBlocks()).isZero();
                }
                assertThat(reader.broken())
                        .get()
                        .satisfies(end -> assertThat(end.offset()).isEqualTo(Files.size(file)));
            }
        }
    }

    @Test
    void endsByItselfAtTheSizeLimit() throws IOException {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 answer; }");
                Servers.Server redis = Servers.redis();
                RunningProgram record = record("small.kyanos", nginx, redis, "--max-size", "200KiB")) {

            Commands.run("redis-benchmark", "-p", "" + redis.port(), "-q", "-n", "50000", "-r", "1000000", "-t", "set");

            assertThat(record.awaitExit()).isZero();
            assertThat(record.error()).contains("--max-size 200KiB is reached, the recording has ended");
            assertThat(Files.size(record.folder().resolve("small.kyanos"))).isBetween(100_000L, 200L * 1024);
            assertThat(replay(record, "small.kyanos")).contains("SET OK");
        }
    }

    @Test
    void holdsNoSecretWhenRedactedAndGivesTheSameRecords() throws IOException {
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 answer-$arg_token; }");
                Servers.Server redis = Servers.redis();
                RunningProgram open = record("open.kyanos", nginx, redis);
                RunningProgram redacted = record("redacted.kyanos", nginx, redis, "--redact")) {

            talk(nginx, redis, "sEcr3t");
            assertThat(stop(open, "TERM")).isZero();
            assertThat(stop(redacted, "TERM")).isZero();

            String seen = payload(open.folder().resolve("open.kyanos"));
            Path file = redacted.folder().resolve("redacted.kyanos");
            String left = payload(file) + Files.readString(file, StandardCharsets.ISO_8859_1);
            for (int i = 0; i < SECRETS; i++) {
                assertThat(seen).contains("sEcr3t" + i + "z");
                assertThat(left).doesNotContain("sEcr3t" + i + "z");
            }
            assertThat(replay(redacted, "redacted.kyanos"))
                    .isNotEmpty()
                    .containsExactlyInAnyOrderElementsOf(replay(open, "open.kyanos"));
        }
    }

    @Test
    void saysWhenTheDiskIsFull() {
        List<String> line = new ArrayList<>(List.of("unshare", "-m", "sh", "-c"));
        line.add("mkdir full && mount -t tmpfs -o size=1m none full && exec \"$@\"");
        line.add("sh");
        line.addAll(KyanosProcess.command());
        try (Servers.Server redis = Servers.redis()) {
            line.addAll(List.of("record", "full/a.kyanos", "--local-ports", "" + redis.port()));
            try (RunningProgram record = RunningProgram.start(line.toArray(String[]::new))) {
                awaitReader(record);

                Commands.run(
                        "redis-benchmark",
                        "-p",
                        "" + redis.port(),
                        "-q",
                        "-n",
                        "100000",
                        "-r",
                        "100000000",
                        "-t",
                        "set");

                assertThat(record.awaitExit()).isOne();
                assertThat(record.error())
                        .contains(
                                "kyanos: write recording full/a.kyanos: No space left on device. Hint: --max-size ends a"
                                        + " recording in time")
                        .contains("kyanos: recorded ");
            }
        }
    }

    @Test
    void writesPacketsThatOthersRead() {
        Requires.captureAnd("tcpdump");
        try (Servers.Server nginx = Servers.nginx("", "location / { return 200 answer; }");
                Servers.Server redis = Servers.redis();
                RunningProgram open = record("open.pcapng", nginx, redis, "--pcapng");
                RunningProgram redacted = record("redacted.pcapng", nginx, redis, "--pcapng", "--redact")) {

            talk(nginx, redis, "geheim");
            assertThat(stop(open, "TERM")).isZero();
            assertThat(stop(redacted, "TERM")).isZero();

            assertThat(open.error()).contains(" packets, ", " in open.pcapng");
            String packets = tcpdump(open, "open.pcapng", redis);
            assertThat(packets.split("geheim\\d+z", -1)).hasSizeGreaterThan(3 * SECRETS);
            assertThat(packets.lines().filter(line -> line.contains("Flags [S],")))
                    .hasSize(1);
            assertThat(packets.lines().filter(line -> line.contains("Flags [F.],")))
                    .hasSize(2);
            assertThat(tcpdump(redacted, "redacted.pcapng", redis))
                    .contains("SET")
                    .doesNotContain("geheim");
        }
    }

    private static String tcpdump(RunningProgram record, String file, Servers.Server server) {
        return Commands.run("tcpdump", "-nAr", record.folder().resolve(file).toString(), "tcp port " + server.port())
                .expectSuccess();
    }

    private static RunningProgram record(String file, Servers.Server nginx, Servers.Server redis, String... more) {
        List<String> line = new ArrayList<>(KyanosProcess.command());
        String ports = nginx.port() + "," + redis.port();
        line.addAll(List.of("record", file, "--local-ports", ports));
        line.addAll(List.of(more));
        RunningProgram record = RunningProgram.start(line.toArray(String[]::new));
        awaitReader(record);
        return record;
    }

    private static void awaitReader(RunningProgram record) {
        Awaitility.await("the recording has begun")
                .failFast("has ended", () -> !record.isAlive())
                .until(() -> record.error().contains("kyanos: recording "));
    }

    /** Requests with fifty words in paths, queries, fields, bodies, keys and values. */
    private static void talk(Servers.Server nginx, Servers.Server redis, String word) {
        String base = "http://127.0.0.1:" + nginx.port();
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < SECRETS; i++) {
            String secret = word.isEmpty() ? "word" : word + i + "z";
            commands.append("SET key:")
                    .append(i)
                    .append(secret)
                    .append(' ')
                    .append(secret)
                    .append('\n');
            commands.append("GET key:").append(i).append(secret).append('\n');
            if (i % 5 == 0) {
                Commands.run(
                                "curl",
                                "-s",
                                "-H",
                                "Cookie: a=" + secret,
                                "-A",
                                secret,
                                base + "/api/9" + secret + "?token=" + secret,
                                base + "/orders?" + secret)
                        .expectSuccess();
                Commands.run("curl", "-s", "-d", "password=" + secret, base + "/login?token=" + secret)
                        .expectSuccess();
            }
        }
        Commands.run("sh", "-c", "printf '%s' '" + commands + "' | redis-cli -p " + redis.port())
                .expectSuccess();
    }

    private static int stop(RunningProgram record, String signal) {
        record.signal(signal);
        return record.awaitExit();
    }

    /** Operation and status of what {@code watch --input} tells. */
    private static List<String> replay(RunningProgram record, String file) {
        try (CommandInside watch = CommandInside.start(
                "watch", "--input", record.folder().resolve(file).toString(), "--json-output", "stdout")) {
            watch.awaitExit();
            return watch.output()
                    .lines()
                    .map(WatchedRecord::parse)
                    .map(seen -> seen.operation() + " " + seen.text("status"))
                    .collect(Collectors.toList());
        }
    }

    /** All events of a recording, one behind the other. */
    private static String payload(Path file) {
        StringBuilder text = new StringBuilder();
        try (RecordingReader reader = RecordingReader.open(file)) {
            for (RecordedBlock block = reader.next(); block != null; block = reader.next()) {
                if (block instanceof RecordedBlock.Events events) {
                    for (int i = 0; i < events.batch().size(); i++) {
                        text.append(new String(
                                events.batch().slab(),
                                events.batch().offset(i),
                                events.batch().length(i),
                                StandardCharsets.ISO_8859_1));
                    }
                    events.batch().release();
                }
            }
        }
        return text.toString();
    }
}
