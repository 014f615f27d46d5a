package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Transaction;

/** What Redis can do beyond a command and its reply, on real servers: transactions, waits, pushes, replication, clusters. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisFeaturesIT {

    /** Statuses of commands that were refused or taken back, so never executed. */
    private static final Set<String> NOT_EXECUTED = Set.of("DISCARDED", "EXECABORT", "unanswered");

    private static final int TIME_OUT_MILLIS = 500;

    private KyanosProcess kyanos;

    @BeforeAll
    void start() {
        Requires.captureAnd("redis-server", "redis-cli");
        kyanos = watch("--max-print-bytes", "200");
    }

    @AfterAll
    void stop() {
        if (kyanos != null) {
            kyanos.close();
        }
    }

    @Test
    void countsOfATransactionAreThoseOfTheServer() {
        try (Servers.Server redis = Servers.redis();
                RespClient client = new RespClient(redis);
                RespClient other = new RespClient(redis)) {
            client.ask("SET text a");
            client.send("MULTI", "INCR n", "LPUSH text a", "HGETALL h", "EXEC");
            client.read(5);
            client.send("MULTI", "INCR n", "DISCARD");
            client.read(3);
            client.send("MULTI", "INCR n", "NOSUCH", "EXEC");
            client.read(4);
            client.ask("WATCH n");
            other.ask("SET n 5");
            client.send("MULTI", "INCR n", "EXEC");
            client.read(3);
            for (int i = 0; i < 20; i++) {
                client.ask("MULTI");
                client.ask("SET k " + i);
                client.ask("GET k");
                client.ask("EXEC");
            }
            String stats = other.ask("INFO commandstats").toString();

            List<WatchedRecord> records =
                    onServer(redis, seen -> assertThat(operations(seen, "EXEC")).hasSize(23));

            for (String command :
                    List.of("SET", "GET", "INCR", "LPUSH", "HGETALL", "MULTI", "EXEC", "DISCARD", "WATCH")) {
                long executed = operations(records, command).stream()
                        .filter(record -> !isRefused(command, record))
                        .count();
                assertThat(executed).as(command).isEqualTo(RedisLoadIT.calls(command.toLowerCase(Locale.ROOT), stats));
            }
            assertThat(operations(records, "INCR"))
                    .extracting(WatchedRecord::status)
                    .containsExactly("OK", "DISCARDED", "EXECABORT", "DISCARDED");
            assertThat(operations(records, "LPUSH"))
                    .extracting(WatchedRecord::status)
                    .containsExactly("WRONGTYPE");
            assertThat(operations(records, "EXEC").stream().limit(3))
                    .extracting(WatchedRecord::status)
                    .containsExactly("WRONGTYPE", "EXECABORT", "nil");
        }
    }

    /** An EXEC that is refused or has nothing to execute was executed itself, by the server's count. */
    private static boolean isRefused(String command, WatchedRecord record) {
        return !command.equals("EXEC") && NOT_EXECUTED.contains(record.status());
    }

    @Test
    void aWaitIsMarkedAndHasItsTimeAndNoTimeOut() throws IOException {
        try (KyanosProcess hasty = watch("--set", "kyanos.connection.request-timeout=" + TIME_OUT_MILLIS + "ms");
                Servers.Server redis = Servers.redis();
                RespClient client = new RespClient(redis);
                RespClient other = new RespClient(redis)) {
            assertThat(client.ask("BLPOP none 1.6")).isEqualTo("nil");
            assertThat(client.ask("XREAD BLOCK 1200 STREAMS s $")).isEqualTo("nil");
            client.send("BRPOP queue 0", "GET a");
            Awaitility.await("a blocked client")
                    .until(() -> other.ask("INFO clients").toString().contains("blocked_clients:1"));
            long blockedAtNanos = System.nanoTime();
            letTheTimeOutPass(hasty);
            double blockedMillis = (System.nanoTime() - blockedAtNanos) / 1e6;
            other.ask("RPUSH queue x");
            client.read(2);
            client.ask("WAIT 1 100");

            List<WatchedRecord> records = onServer(hasty.awaitRecordsOf(
                    redis.port(),
                    seen -> assertThat(operations(onServer(seen), "WAIT")).hasSize(1)));

            assertThat(records)
                    .allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
            for (String command : List.of("BLPOP", "XREAD", "BRPOP", "WAIT")) {
                WatchedRecord record = operations(records, command).get(0);
                assertThat(attributes(record).get("blocking")).as(command).isEqualTo("true");
            }
            // the server itself waits as long as it was told, longer than the time-out
            assertThat(operations(records, "BLPOP").get(0).totalMillis()).isGreaterThan(TIME_OUT_MILLIS);
            assertThat(operations(records, "XREAD").get(0).totalMillis()).isGreaterThan(TIME_OUT_MILLIS);
            assertThat(operations(records, "BRPOP").get(0).totalMillis()).isGreaterThan(blockedMillis);
            assertThat(attributes(operations(records, "GET").get(0)).get("blocking"))
                    .isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void subscribersArePushedMessagesWhichAnswerNothing(int version) {
        try (Servers.Server redis = Servers.redis();
                RespClient subscriber = new RespClient(redis);
                RespClient publisher = new RespClient(redis)) {
            subscriber.ask("HELLO " + version);
            subscriber.send("SUBSCRIBE a b c");
            subscriber.read(3);
            subscriber.send("PSUBSCRIBE p*");
            subscriber.read();
            subscriber.send("SSUBSCRIBE s");
            subscriber.read();
            for (int i = 0; i < 10; i++) {
                publisher.send("PUBLISH a x", "PUBLISH p1 y", "SPUBLISH s z");
                publisher.read(3);
                subscriber.read(3);
            }
            subscriber.ask("PING");
            subscriber.send("UNSUBSCRIBE");
            subscriber.read(3);
            subscriber.send("PUNSUBSCRIBE p* q*");
            subscriber.read(2);
            subscriber.ask("SUNSUBSCRIBE s");
            subscriber.ask("UNSUBSCRIBE none");
            subscriber.ask("GET a");
            subscriber.ask("RESET");
            subscriber.ask("GET b");

            List<WatchedRecord> records =
                    onServer(redis, seen -> assertThat(operations(seen, "GET")).hasSize(2));

            assertThat(counts(records))
                    .containsEntry("HELLO OK", 1L)
                    .containsEntry("SUBSCRIBE OK", 1L)
                    .containsEntry("PSUBSCRIBE OK", 1L)
                    .containsEntry("SSUBSCRIBE OK", 1L)
                    .containsEntry("PUBLISH OK", 20L)
                    .containsEntry("SPUBLISH OK", 10L)
                    .containsEntry("PUSH message ", 10L)
                    .containsEntry("PUSH pmessage ", 10L)
                    .containsEntry("PUSH smessage ", 10L)
                    .containsEntry("PING OK", 1L)
                    .containsEntry("UNSUBSCRIBE OK", 2L)
                    .containsEntry("PUNSUBSCRIBE OK", 1L)
                    .containsEntry("SUNSUBSCRIBE OK", 1L)
                    .containsEntry("RESET OK", 1L)
                    .containsEntry("GET nil", 2L)
                    .hasSize(15);
        }
    }

    @Test
    void invalidationsOfClientSideCachingComeBetweenReplies() {
        try (Servers.Server redis = Servers.redis();
                RespClient client = new RespClient(redis);
                RespClient other = new RespClient(redis)) {
            client.ask("HELLO 3");
            client.ask("CLIENT TRACKING ON");
            for (int i = 0; i < 10; i++) {
                client.ask("GET k");
                other.ask("SET k " + i);
                assertThat(client.read().toString()).startsWith("[invalidate");
                client.send("GET j", "SET j 1", "GET j");
                client.read(4);
            }

            List<WatchedRecord> records = onServer(
                    redis,
                    seen -> assertThat(operations(seen, "PUSH invalidate")).hasSize(20));

            assertThat(operations(records, "PUSH invalidate"))
                    .allMatch(record -> record.outcome().equals("one_way"));
            assertThat(operations(records, "GET"))
                    .hasSize(30)
                    .allMatch(record -> record.outcome().equals("ok"));
            assertThat(operations(records, "SET"))
                    .hasSize(20)
                    .allMatch(record -> record.status().equals("OK"));
        }
    }

    @Test
    void linesOfMonitorArePushes() {
        try (Servers.Server redis = Servers.redis();
                RespClient monitor = new RespClient(redis);
                RespClient client = new RespClient(redis)) {
            monitor.ask("MONITOR");
            for (int i = 0; i < 25; i++) {
                client.ask("SET k " + i);
            }
            monitor.read(25);
            // Its own commands are printed, too.
            monitor.ask("PING");
            monitor.read();

            List<WatchedRecord> records =
                    onServer(redis, seen -> assertThat(operations(seen, "PING")).hasSize(1));

            assertThat(counts(records))
                    .containsEntry("MONITOR OK", 1L)
                    .containsEntry("PUSH monitor ", 26L)
                    .containsEntry("SET OK", 25L)
                    .containsEntry("PING OK", 1L)
                    .hasSize(4);
        }
    }

    @Test
    void commandsWithoutRepliesAreOneWayAndShiftNothing() {
        try (Servers.Server redis = Servers.redis();
                RespClient client = new RespClient(redis)) {
            client.send("CLIENT REPLY SKIP", "SET a 1", "GET a");
            assertThat(client.read()).isEqualTo("1");
            client.send("CLIENT REPLY OFF", "SET b 1", "INCR b", "LPUSH b x", "CLIENT REPLY ON", "GET b");
            assertThat(client.read(2)).isEqualTo(List.of("OK", "2"));
            assertThat(client.ask("LPUSH a x").toString()).startsWith("-WRONGTYPE");

            List<WatchedRecord> records = onServer(
                    redis, seen -> assertThat(operations(seen, "LPUSH")).hasSize(2));

            assertThat(records)
                    .extracting(record -> record.operation() + " " + record.status() + " " + record.outcome())
                    .containsExactly(
                            "CLIENT REPLY  one_way",
                            "SET  one_way",
                            "GET OK ok",
                            "CLIENT REPLY  one_way",
                            "SET  one_way",
                            "INCR  one_way",
                            "LPUSH  one_way",
                            "CLIENT REPLY OK ok",
                            "GET OK ok",
                            "LPUSH WRONGTYPE error");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "no"})
    void aReplicasConnectionIsAStreamOfTheMastersCommands(String diskless) {
        try (Servers.Server master =
                        Servers.redis("--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "0");
                RespClient client = new RespClient(master)) {
            client.ask("DEBUG NOTHING");
            for (int i = 0; i < 200; i++) {
                client.ask("SET before" + i + " " + "x".repeat(1000));
            }
            try (Servers.Server replica = Servers.redis("--replicaof", "127.0.0.1", "" + master.port());
                    RespClient reader = new RespClient(replica)) {
                Awaitility.await("the link")
                        .until(() -> reader.ask("INFO replication").toString().contains("master_link_status:up"));
                client.send(
                        "SET after 1",
                        "INCR after",
                        "DEL after",
                        "LPUSH list a",
                        "MULTI",
                        "SET t 1",
                        "SET u 1",
                        "EXEC");
                client.read(8);
                Awaitility.await("the last command")
                        .until(() -> reader.ask("GET u").equals("1"));
                assertThat(client.ask("WAIT 1 10000")).isEqualTo("1");

                for (String side : List.of("client", "server")) {
                    List<WatchedRecord> records = kyanos.awaitRecordsOf(
                            master.port(),
                            seen -> assertThat(ofReplica(seen, side))
                                    .extracting(WatchedRecord::operation)
                                    .contains("REPLICATED EXEC"));
                    List<WatchedRecord> stream = ofReplica(records, side);

                    assertThat(stream).extracting(WatchedRecord::operation).contains("PING", "REPLCONF", "PSYNC");
                    assertThat(stream.stream()
                                    .map(WatchedRecord::operation)
                                    .filter(operation -> operation.startsWith("REPLICATED"))
                                    .filter(operation ->
                                            !operation.endsWith("PING") && !operation.endsWith("REPLCONF")))
                            .as(side)
                            .containsExactly(
                                    "REPLICATED SELECT",
                                    "REPLICATED SET",
                                    "REPLICATED INCR",
                                    "REPLICATED DEL",
                                    "REPLICATED LPUSH",
                                    "REPLICATED MULTI",
                                    "REPLICATED SET",
                                    "REPLICATED SET",
                                    "REPLICATED EXEC");
                    assertThat(stream)
                            .as(side)
                            .extracting(WatchedRecord::outcome)
                            .containsOnly("ok", "one_way");
                }
            }
        }
    }

    /** Of the replica's connection to its master, seen from one end of it. */
    private static List<WatchedRecord> ofReplica(List<WatchedRecord> records, String side) {
        Set<Integer> ports = records.stream()
                .filter(record -> record.operation().equals("PSYNC"))
                .map(record -> record.side().equals("client") ? record.localPort() : record.remotePort())
                .collect(Collectors.toSet());
        return records.stream()
                .filter(record -> record.side().equals(side)
                        && ports.contains(side.equals("client") ? record.localPort() : record.remotePort()))
                .toList();
    }

    @Test
    void redirectionsOfAClusterHaveStatusesOfTheirOwn() {
        /* By itself Redis takes a port for its bus where the kernel gives ports to clients. */
        int busOfOne = Ports.free();
        int busOfTwo = Ports.free();
        try (Servers.Server one = Servers.redis("--cluster-enabled", "yes", "--cluster-port", "" + busOfOne);
                Servers.Server two = Servers.redis("--cluster-enabled", "yes", "--cluster-port", "" + busOfTwo);
                RespClient first = new RespClient(one);
                RespClient second = new RespClient(two)) {
            assertThat(first.ask("GET foo").toString()).startsWith("-CLUSTERDOWN");
            first.ask("CLUSTER ADDSLOTSRANGE 0 8191");
            second.ask("CLUSTER ADDSLOTSRANGE 8192 16383");
            first.ask("CLUSTER MEET 127.0.0.1 " + two.port() + " " + busOfTwo);
            Awaitility.await("a cluster")
                    .until(() -> first.ask("CLUSTER INFO").toString().contains("cluster_state:ok")
                            && second.ask("CLUSTER INFO").toString().contains("cluster_state:ok"));
            String secondId = second.ask("CLUSTER MYID").toString();
            String firstId = first.ask("CLUSTER MYID").toString();

            assertThat(first.ask("GET foo").toString()).startsWith("-MOVED 12182");
            assertThat(first.ask("MGET foo bar").toString()).startsWith("-CROSSSLOT");
            first.ask("SET bar 1");
            second.ask("CLUSTER SETSLOT 5061 IMPORTING " + firstId);
            first.ask("CLUSTER SETSLOT 5061 MIGRATING " + secondId);
            assertThat(first.ask("GET {bar}x").toString()).startsWith("-ASK 5061");
            assertThat(first.ask("MGET bar {bar}x").toString()).startsWith("-TRYAGAIN");
            second.send("ASKING", "GET {bar}x");
            assertThat(second.read(2)).isEqualTo(List.of("OK", "nil"));
            assertThat(second.ask("GET {bar}x").toString()).startsWith("-MOVED");

            List<WatchedRecord> records =
                    onServer(two, seen -> assertThat(operations(seen, "GET")).hasSize(2));
            assertThat(counts(records))
                    .containsEntry("ASKING OK", 1L)
                    .containsEntry("GET nil", 1L)
                    .containsEntry("GET MOVED", 1L)
                    .containsEntry("CLUSTER SETSLOT OK", 1L);
            List<WatchedRecord> ofFirst =
                    onServer(one, seen -> assertThat(operations(seen, "MGET")).hasSize(2));
            assertThat(ofFirst.stream()
                            .filter(record -> record.operation().endsWith("GET"))
                            .map(record -> record.operation() + " " + record.status() + " " + record.outcome()))
                    .containsExactly(
                            "GET CLUSTERDOWN error",
                            "GET MOVED ok",
                            "MGET CROSSSLOT error",
                            "GET ASK ok",
                            "MGET TRYAGAIN error");
        }
    }

    @Test
    void everyTypeOfRESP3IsRead() {
        try (Servers.Server redis = Servers.redis("--enable-debug-command", "yes");
                RespClient client = new RespClient(redis)) {
            client.ask("HELLO 3");
            client.ask("ZADD z inf a -inf b 1.5 c");
            client.send("ZSCORE z a", "ZSCORE z b", "ZSCORE z c", "GET none");
            client.read(4);
            List<String> types = List.of(
                    "string",
                    "integer",
                    "double",
                    "bignum",
                    "null",
                    "array",
                    "set",
                    "map",
                    "attrib",
                    "push",
                    "verbatim",
                    "true",
                    "false");
            for (String type : types) {
                client.ask("DEBUG PROTOCOL " + type);
            }
            // A push comes before the reply.
            client.read();
            client.ask("PING");

            List<WatchedRecord> records =
                    onServer(redis, seen -> assertThat(operations(seen, "PING")).hasSize(1));

            assertThat(records.stream()
                            .filter(record -> record.text("request").startsWith("DEBUG PROTOCOL"))
                            .map(record -> String.valueOf(attributes(record).get("type"))))
                    .containsExactly(
                            "bulk_string",
                            "integer",
                            "double",
                            "big_number",
                            "null",
                            "array",
                            "set",
                            "map",
                            "bulk_string",
                            "bulk_string",
                            "verbatim_string",
                            "boolean",
                            "boolean");
            assertThat(operations(records, "PUSH")).hasSize(1);
            assertThat(records)
                    .allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
        }
    }

    @Test
    void aScriptsKeysAreAttributes() {
        try (Servers.Server redis = Servers.redis();
                RespClient client = new RespClient(redis)) {
            String sha = client.ask("SCRIPT LOAD return{err='OOM'}").toString();
            client.ask("EVAL return{1,KEYS[1]} 2 one two three");
            client.ask("EVALSHA " + sha + " 1 key");
            client.ask("EVALSHA 0000000000000000000000000000000000000000 0");
            client.ask("FCALL none 1 key");

            List<WatchedRecord> records = onServer(
                    redis, seen -> assertThat(operations(seen, "FCALL")).hasSize(1));

            assertThat(records)
                    .extracting(record -> record.operation() + " " + record.resource() + " " + record.status())
                    .containsExactly(
                            "SCRIPT LOAD  OK", "EVAL one OK", "EVALSHA key OOM", "EVALSHA  NOSCRIPT", "FCALL key ERR");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void aClientLibraryIsSeenAsTheServerCountsIt(int version) {
        try (Servers.Server redis = Servers.redis()) {
            DefaultJedisClientConfig.Builder config = DefaultJedisClientConfig.builder();
            if (version == 3) {
                config.protocol(RedisProtocol.RESP3);
            }
            try (Jedis jedis = new Jedis(new HostAndPort("127.0.0.1", redis.port()), config.build())) {
                for (int i = 0; i < 50; i++) {
                    jedis.set("k" + i, "v");
                    jedis.hset("h", "f" + i, "v");
                }
                assertThat(jedis.hgetAll("h")).hasSize(50);
                try (Pipeline pipeline = jedis.pipelined()) {
                    for (int i = 0; i < 100; i++) {
                        pipeline.get("k" + i);
                    }
                    pipeline.sync();
                }
                try (Transaction transaction = jedis.multi()) {
                    for (int i = 0; i < 30; i++) {
                        transaction.incr("n");
                    }
                    Assertions.assertThat(transaction.exec()).hasSize(30);
                }
                jedis.set("big", "x".repeat(3_000_000));
                assertThat(jedis.get("big")).hasSize(3_000_000);
            }
            String stats = RedisLoadIT.cli(redis, "-3", "info", "commandstats");

            for (String side : List.of("client", "server")) {
                List<WatchedRecord> records = kyanos.awaitRecordsOf(
                        redis.port(),
                        seen -> assertThat(seen.stream()
                                        .filter(record -> record.side().equals(side)
                                                && record.operation().equals("GET")))
                                .as(side)
                                .hasSize(101));
                for (String command : List.of("SET", "GET", "HSET", "HGETALL", "INCR", "MULTI", "EXEC")) {
                    assertThat(records.stream()
                                    .filter(record -> record.side().equals(side)
                                            && record.operation().equals(command)
                                            && record.outcome().equals("ok")))
                            .as(side + " " + command)
                            .hasSize((int) RedisLoadIT.calls(command.toLowerCase(Locale.ROOT), stats));
                }
                assertThat(records.stream()
                                .filter(record ->
                                        record.side().equals(side) && record.number("resp_size_bytes") > 3_000_000))
                        .as(side)
                        .extracting(record -> record.operation() + record.number("resp_size_bytes"))
                        .containsExactly("GET3000012");
            }
        }
    }

    /** A server that does not know them answers by errors, which the library swallows: the only error is the program's. */
    @Test
    void distinguishesWhatAClientLibrarySendsByItself() {
        try (Servers.Server redis = Servers.redis();
                KyanosProcess exporter = KyanosProcess.exporter(KyanosProcess.ofOurChildren())) {
            DefaultJedisClientConfig config = DefaultJedisClientConfig.builder()
                    .protocol(RedisProtocol.RESP3)
                    .clientName("shop")
                    .build();
            try (Jedis jedis = new Jedis(new HostAndPort("127.0.0.1", redis.port()), config)) {
                jedis.set("a", "b");
                Assertions.assertThatThrownBy(() -> jedis.lpush("a", "c")).hasMessageStartingWith("WRONGTYPE");
            }
            String answered = RedisLoadIT.cli(redis, "info", "errorstats");
            int errors = Stream.of(answered.split("count="))
                    .skip(1)
                    .mapToInt(count -> Integer.parseInt(
                            count.lines().findFirst().orElseThrow().strip()))
                    .sum();

            List<WatchedRecord> records = onServer(
                    redis, seen -> assertThat(operations(seen, "LPUSH")).hasSize(1));
            assertThat(records.stream().filter(record -> record.isTrue("setup")))
                    .extracting(WatchedRecord::operation)
                    .containsExactly("HELLO", "CLIENT SETINFO", "CLIENT SETINFO");
            assertThat(records.stream().filter(record -> !record.isTrue("setup")))
                    .extracting(record -> record.operation() + " " + record.outcome())
                    .containsSubsequence("CLIENT SETNAME ok", "SET ok", "LPUSH error");
            assertThat(records.stream().filter(record -> record.outcome().equals("error")))
                    .hasSize(errors);
            exporter.await(scrape -> {
                assertThat(scrape.sum("kyanos_requests_total", "side", "server", "operation", "LPUSH"))
                        .isEqualTo(1);
                assertThat(scrape.sum("kyanos_requests_total", "side", "server", "outcome", "error", "setup", "false"))
                        .isEqualTo(1);
                assertThat(scrape.sum("kyanos_requests_total", "side", "server", "outcome", "error", "setup", "true"))
                        .isEqualTo(errors - 1);
            });
        }
    }

    private static KyanosProcess watch(String... more) {
        String[] arguments = {
            "redis", "--pids", Long.toString(ProcessHandle.current().pid())
        };
        return KyanosProcess.watch(Servers.concat(arguments, more));
    }

    /** Until a command that was asked just now, of nobody who would answer, has timed out. */
    private static void letTheTimeOutPass(KyanosProcess hasty) throws IOException {
        try (ServerSocket mute = new ServerSocket(Ports.free(), 1, InetAddress.getByName("127.0.0.1"));
                Socket client = new Socket("127.0.0.1", mute.getLocalPort())) {
            client.getOutputStream().write("*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII));
            hasty.awaitRecordsOf(
                    mute.getLocalPort(),
                    seen -> assertThat(seen)
                            .extracting(WatchedRecord::unanswered)
                            .contains("timeout"));
        }
    }

    private List<WatchedRecord> onServer(Servers.Server redis, Consumer<List<WatchedRecord>> assertion) {
        return onServer(kyanos.awaitRecordsOf(redis.port(), seen -> assertion.accept(onServer(seen))));
    }

    private static List<WatchedRecord> onServer(List<WatchedRecord> records) {
        return records.stream()
                .filter(record ->
                        record.side().equals("server") && !record.operation().equals("INFO"))
                .toList();
    }

    private static List<WatchedRecord> operations(List<WatchedRecord> records, String operation) {
        return records.stream()
                .filter(record -> record.operation().equals(operation))
                .toList();
    }

    private static Map<String, Long> counts(List<WatchedRecord> records) {
        return records.stream()
                .collect(Collectors.groupingBy(
                        record -> record.operation() + " " + record.status(), Collectors.counting()));
    }

    private static Map<?, ?> attributes(WatchedRecord record) {
        return (Map<?, ?>) record.fields().get("attributes");
    }
}
