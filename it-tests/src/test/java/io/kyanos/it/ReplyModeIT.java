package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** CLIENT REPLY on a real server: what it counts and what its client reads is what is told of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReplyModeIT {

    private static final int BATCHES = 200;
    private static final String END = "ECHO end";

    private KyanosProcess kyanos;

    @BeforeAll
    void start() {
        Requires.captureAnd("redis-server");
        kyanos = KyanosProcess.watch(
                "redis", "--pids", Long.toString(ProcessHandle.current().pid()));
    }

    @AfterAll
    void stop() {
        if (kyanos != null) {
            kyanos.close();
        }
    }

    @Test
    void eachCommandIsARecordWithItsOwnAnswerWhateverIsSwitched() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try (Servers.Server redis = Servers.redis();
                RespClient client = new RespClient(redis);
                RespClient other = new RespClient(redis)) {
            other.ask("SET text a");
            StringBuilder read = new StringBuilder();
            for (int i = 0; i < BATCHES; i++) {
                List<String> commands = batch(random);
                commands.add("CLIENT REPLY ON");
                commands.add(END);
                if (random.nextBoolean()) {
                    client.send(commands.toArray(String[]::new));
                } else {
                    commands.forEach(client::send);
                }
                read.append(client.readUntil("$3\r\nend\r\n"));
            }
            String stats = other.ask("INFO commandstats").toString();

            List<WatchedRecord> records = kyanos.awaitRecordsOf(
                    redis.port(),
                    seen -> assertThat(ofClient(seen, "server", "ECHO")).hasSize(BATCHES));

            for (String side : List.of("client", "server")) {
                List<WatchedRecord> of = kyanos.awaitRecordsOf(
                        redis.port(),
                        seen -> assertThat(ofClient(seen, side, "ECHO")).hasSize(BATCHES));
                for (String command :
                        List.of("PING", "INCR", "LPUSH", "GET", "MULTI", "EXEC", "RESET", "CLIENT REPLY")) {
                    String counted = command.toLowerCase(Locale.ROOT).replace(" ", "\\|");
                    assertThat(ofClient(of, side, command))
                            .as("%s of %s, seed %d", command, side, seed)
                            .hasSize((int) RedisLoadIT.calls(counted, stats));
                }
                assertThat(answered(of, side, "PING", "OK")).as("seed %d", seed).isEqualTo(count("\\+PONG", read));
                assertThat(answered(of, side, "INCR", "OK")).as("seed %d", seed).isEqualTo(count(":\\d+", read));
                assertThat(answered(of, side, "RESET", "OK"))
                        .as("seed %d", seed)
                        .isEqualTo(count("\\+RESET", read));
                assertThat(answered(of, side, "LPUSH", "WRONGTYPE"))
                        .as("seed %d", seed)
                        .isEqualTo(count("-WRONGTYPE[^\r]*", read));
                assertThat(of)
                        .allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
            }
            assertThat(records).isNotEmpty();
        }
    }

    /** Commands of which none is refused. A transaction begins while replies are on. */
    private static List<String> batch(Random random) {
        List<String> commands = new ArrayList<>();
        for (int i = random.nextInt(20); i >= 0; i--) {
            if (random.nextInt(8) == 0) {
                commands.add("CLIENT REPLY ON");
                commands.add("MULTI");
                for (int queued = random.nextInt(6); queued > 0; queued--) {
                    commands.add(plain(random));
                }
                commands.add("EXEC");
            } else {
                commands.add(random.nextInt(10) == 0 ? "RESET" : plain(random));
            }
        }
        return commands;
    }

    private static String plain(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> "CLIENT REPLY ON";
            case 1 -> "CLIENT REPLY OFF";
            case 2 -> "CLIENT REPLY SKIP";
            case 3 -> "INCR n";
            case 4 -> "LPUSH text b";
            case 5 -> "GET text";
            default -> "PING";
        };
    }

    private static List<WatchedRecord> ofClient(List<WatchedRecord> records, String side, String operation) {
        return records.stream()
                .filter(record ->
                        record.side().equals(side) && record.operation().equals(operation))
                .toList();
    }

    private static int answered(List<WatchedRecord> records, String side, String operation, String status) {
        return (int) ofClient(records, side, operation).stream()
                .filter(record -> record.status().equals(status))
                .count();
    }

    private static int count(String line, CharSequence read) {
        return (int)
                Pattern.compile("(?md)^" + line + "\r$").matcher(read).results().count();
    }
}
