package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replies of Redis that are larger than what is captured of a call, against the server's own counts. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LargeRepliesIT {

    private static final String[] GETS = {"GET a", "GET b", "GET c"};

    private KyanosProcess kyanos;

    @BeforeAll
    void start() {
        Requires.captureAnd("redis-server");
        kyanos = watch();
    }

    @AfterAll
    void stop() {
        if (kyanos != null) {
            kyanos.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"LRANGE list 0 -1", "MGET x y", "COMMAND", "HGETALL hash"})
    void aLargeReplyIsAnsweredAndSoIsWhatIsAskedAfterIt(String command) {
        try (Servers.Server redis = Servers.redis();
                RespClient client = filled(redis)) {
            client.ask(command);
            for (String get : GETS) {
                client.ask(get);
            }

            List<WatchedRecord> records = recordsOf(kyanos, redis, client);

            assertAnswered(records, command);
            assertThat(operations(records, "GET"))
                    .hasSize(2 * GETS.length)
                    .allSatisfy(record -> assertThat(record.status()).isEqualTo("nil"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"LRANGE list 0 -1", "MGET x y", "COMMAND", "HGETALL hash"})
    void requestsPipelinedAfterALargeReplyArePairedCorrectlyOrNotAtAll(String command) {
        try (Servers.Server redis = Servers.redis();
                RespClient client = filled(redis)) {
            client.send(command, "GET a", "INCR a", "STRLEN x", "GET b");
            client.read(5);

            List<WatchedRecord> records = recordsOf(kyanos, redis, client);

            assertAnswered(records, command);
            for (String behind : List.of("GET", "INCR", "STRLEN")) {
                assertThat(operations(records, behind)).allSatisfy(record -> {
                    if (record.outcome().equals("unanswered")) {
                        assertThat(record.unanswered()).isEqualTo("capture_loss");
                    } else {
                        assertThat(record.status()).isEqualTo(behind.equals("GET") ? "nil" : "OK");
                        assertThat(record.number("resp_size_bytes")).isLessThan(10);
                    }
                });
            }
        }
    }

    @Test
    void allRepliesThatAreCapturedWholeAreWhole() {
        try (KyanosProcess wide = watch("--set", "kyanos.capture.max-payload-bytes=1MiB");
                Servers.Server redis = Servers.redis();
                RespClient client = filled(redis)) {
            client.send("LRANGE list 0 -1", "GET a", "COMMAND", "GET a", "MGET x y", "GET a", "HGETALL hash", "GET a");
            client.read(8);

            List<WatchedRecord> records = recordsOf(wide, redis, client);

            assertThat(records).allSatisfy(record -> {
                assertThat(record.outcome()).isEqualTo("ok");
                assertThat(record.isTrue("truncated")).isFalse();
            });
        }
    }

    @Test
    void allRepliesOfALargePipelineAreRecordsOnBothSides() {
        try (Servers.Server redis = Servers.redis();
                RespClient client = filled(redis)) {
            client.send(IntStream.range(0, 400).mapToObj(i -> "GET small").toArray(String[]::new));
            client.read(400);

            assertThat(operations(recordsOf(kyanos, redis, client), "GET"))
                    .hasSize(800)
                    .allSatisfy(record -> assertThat(record.outcome()).isEqualTo("ok"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET k", "SET k 1"})
    void threeThousandRepliesReadByOneCallAreThreeThousandRecords(String command) throws IOException {
        int count = 3_000;
        try (Servers.Server redis = Servers.redis();
                RespClient client = new RespClient(redis);
                Socket reader = new Socket(redis.host(), redis.port())) {
            client.ask("SET k 1");
            int reply = command.startsWith("GET") ? "$1\r\n1\r\n".length() : "+OK\r\n".length();
            byte[] replies = new byte[count * reply];
            String inline = (command + "\r\n").repeat(count);
            reader.getOutputStream().write(inline.getBytes(StandardCharsets.US_ASCII));
            Awaitility.await("all replies").until(() -> reader.getInputStream().available() == replies.length);
            assertThat(reader.getInputStream().read(replies)).isEqualTo(replies.length);

            List<WatchedRecord> records = recordsOf(kyanos, redis, client).stream()
                    .filter(record ->
                            record.localPort() == reader.getLocalPort() || record.remotePort() == reader.getLocalPort())
                    .toList();

            for (String side : List.of("client", "server")) {
                assertThat(records.stream().filter(record -> record.side().equals(side)))
                        .hasSize(count)
                        .allSatisfy(record -> assertThat(record.outcome()).isEqualTo("ok"));
            }
        }
    }

    /** A client of a server that holds a list of 88 KB, two values of 40 KB, a hash of 90 KB. */
    private static RespClient filled(Servers.Server redis) {
        RespClient client = new RespClient(redis);
        client.ask("RPUSH list" + words("v%040d", 2_000));
        client.ask("MSET x " + "x".repeat(40_960) + " y " + "y".repeat(40_960));
        client.ask("SET small " + "s".repeat(90));
        for (int i = 0; i < 10; i++) {
            client.ask("HSET hash" + words("f" + i + "%020d", 400));
        }
        return client;
    }

    private static String words(String format, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> " " + String.format(Locale.ROOT, format, i))
                .collect(Collectors.joining());
    }

    /** Those of this server, of both sides, once there are as many as the server has counted commands. */
    private static List<WatchedRecord> recordsOf(KyanosProcess kyanos, Servers.Server redis, RespClient client) {
        String stats = client.ask("INFO commandstats").toString();
        long executed = stats.lines()
                .filter(line -> line.startsWith("cmdstat_"))
                .mapToLong(line -> RedisLoadIT.calls(line.substring("cmdstat_".length(), line.indexOf(':')), stats))
                .sum();
        List<WatchedRecord> records = kyanos.awaitRecordsOf(redis.port(), seen -> {
            assertThat(operations(seen, "INFO")).hasSize(2);
            assertThat(seen).hasSize((int) (2 * (executed + 1)));
        });
        return records.stream()
                .filter(record -> !record.operation().equals("INFO"))
                .toList();
    }

    private static void assertAnswered(List<WatchedRecord> records, String command) {
        assertThat(operations(records, command.split(" ")[0])).hasSize(2).allSatisfy(record -> {
            assertThat(record.outcome()).isEqualTo("ok");
            assertThat(record.status()).isEqualTo("OK");
            assertThat(record.number("resp_size_bytes")).isGreaterThan(80_000);
        });
    }

    private static List<WatchedRecord> operations(List<WatchedRecord> records, String operation) {
        return records.stream()
                .filter(record -> record.operation().equals(operation))
                .toList();
    }

    private static KyanosProcess watch(String... more) {
        String[] arguments = {
            "redis", "--pids", Long.toString(ProcessHandle.current().pid()), "--max-print-bytes", "0"
        };
        return KyanosProcess.watch(Servers.concat(arguments, more));
    }
}
