package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What tcpdump has captured gives the records that the kernel side gives of the same run. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PacketsIT {

    private static final int LARGE_BYTES = 3_000_000;

    private Servers.Server nginx;
    private Servers.Server redis;
    private Servers.Server dnsmasq;
    private Servers.Server nghttpd;
    private PostgresqlServer postgresql;
    private MysqlInstallation mariadb;
    private MysqlServer mysql;

    @BeforeAll
    void start() throws IOException {
        Requires.captureAnd(
                "tcpdump",
                "nginx",
                "redis-server",
                "redis-cli",
                "curl",
                "dnsmasq",
                "dig",
                "nghttpd",
                "h2load",
                "psql",
                "mariadb",
                "runuser");
        nginx = Servers.nginx(
                "", "location / { return 200 answer; } location /orders { return 404; } location /large { root .; }");
        Files.write(nginx.program().folder().resolve("large"), new byte[LARGE_BYTES]);
        redis = Servers.redis();
        dnsmasq = dnsmasq();
        nghttpd = nghttpd();
        postgresql = PostgresqlServer.start();
        postgresql.ask("CREATE TABLE orders (id int PRIMARY KEY, name text)");
        mariadb = MysqlInstallation.mariadb();
        mysql = MysqlServer.start(mariadb);
        mysql.ask("CREATE TABLE shop.parcels (id INT PRIMARY KEY, name TEXT)");
    }

    @AfterAll
    void stop() {
        Servers.closeAll(nginx, redis, dnsmasq, nghttpd, postgresql, mysql, mariadb);
    }

    @Test
    void givesTheRecordsOfTheKernelSide() {
        try (KyanosProcess live = KyanosProcess.watch(KyanosProcess.ofOurChildren("--side", "client"));
                Tcpdump tcpdump = Tcpdump.start(filter(), nginx.port())) {
            talk();
            List<WatchedRecord> seen = awaitAll(live);
            Path capture = tcpdump.end();
            live.program().signal("INT");
            assertThat(live.program().awaitExit()).isZero();

            KyanosProcess replay = replay(capture);
            assertThat(replay.program().awaitExit()).as(replay.error()).isZero();

            assertThat(byConnection(replay.records())).isEqualTo(byConnection(ofOurServers(seen)));
            assertThat(replay.records()).allSatisfy(record -> {
                assertThat(record.side()).isEqualTo("client");
                assertThat(record.process()).isEmpty();
            });
            assertThat(replay.error()).doesNotContain("dropped");
            replay.close();
        }
    }

    @Test
    void showsRecordsOfAPipeAsTheyCome() {
        RunningProgram shell = RunningProgram.start(
                "sh",
                "-c",
                "tcpdump -U -i lo -s 0 -w - '" + filter() + "' 2>tcpdump.err | "
                        + String.join(" ", KyanosProcess.command()) + " watch --input - --json-output records.jsonl");
        try (shell) {
            Records records = new Records(shell.folder().resolve("records.jsonl"));
            Awaitility.await("tcpdump listens")
                    .until(() -> Files.exists(shell.folder().resolve("tcpdump.err"))
                            && Files.readString(shell.folder().resolve("tcpdump.err"))
                                    .contains("listening on")
                            && Files.exists(shell.folder().resolve("records.jsonl")));

            for (int i = 0; i < 3; i++) {
                redis("SET", "key" + i, "value");
                String key = "key" + i;
                records.await(record ->
                        record.operation().equals("SET") && record.resource().equals(key));
            }
        }
    }

    private List<WatchedRecord> awaitAll(KyanosProcess live) {
        // what comes last of each kind is there once these are
        live.awaitRecordsOf(nginx.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(5));
        live.awaitRecordsOf(redis.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(3));
        live.awaitRecordsOf(dnsmasq.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(3));
        live.awaitRecordsOf(nghttpd.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(200));
        live.awaitRecordsOf(postgresql.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(4));
        live.awaitRecordsOf(mysql.port(), seen -> assertThat(seen).hasSizeGreaterThanOrEqualTo(8));
        return live.records();
    }

    private void talk() {
        String http = "http://127.0.0.1:" + nginx.port();
        Commands.run("curl", "-s", http + "/users/1", http + "/users/2", "-d", "x=1", http + "/orders/7")
                .expectSuccess();
        Commands.run("curl", "-s", "-o", "/dev/null", http + "/large").expectSuccess();
        Commands.run("curl", "-s", "-o", "/dev/null", http + "/users/3").expectSuccess();
        redis("SET", "a", "b");
        redis("LPUSH", "a", "x");
        redis("GET", "a");
        dig("www.local.test", "A");
        dig("www.local.test", "AAAA", "+tcp");
        dig("nothing.example", "A");
        Commands.run("h2load", "-n", "200", "-c", "2", "-m", "10", "http://127.0.0.1:" + nghttpd.port() + "/index.html")
                .expectSuccess();
        postgresql.psql("INSERT INTO orders VALUES (1, 'one')", "SELECT * FROM orders", "SELECT * FROM nothing");
        postgresql.psql("DELETE FROM orders");
        mysql("INSERT INTO parcels VALUES (1, 'one')", "SELECT * FROM parcels", "SELECT * FROM nothing");
        mysql("DELETE FROM parcels");
    }

    private void mysql(String... statements) {
        Commands.run(
                mysql.client("mariadb", "--force", "--execute=" + String.join(";", statements), MysqlServer.DATABASE));
    }

    private void redis(String... command) {
        Commands.run(Servers.concat(new String[] {"redis-cli", "-p", Integer.toString(redis.port())}, command));
    }

    private void dig(String... question) {
        Commands.run(Servers.concat(
                new String[] {"dig", "@127.0.0.1", "-p", Integer.toString(dnsmasq.port()), "+tries=1"}, question));
    }

    /** What was asked and answered, by the client's port and the transport. */
    private static Map<String, List<String>> byConnection(List<WatchedRecord> records) {
        Map<String, List<String>> connections = new TreeMap<>();
        for (WatchedRecord record : records) {
            String connection = record.text("transport") + " " + record.localPort() + " " + record.remotePort();
            connections.computeIfAbsent(connection, first -> new ArrayList<>()).add(exchange(record));
        }
        return connections;
    }

    private static String exchange(WatchedRecord record) {
        return record.text("protocol") + " " + record.operation() + " " + record.resource() + " " + record.status()
                + " " + record.outcome() + " " + record.text("req_size_bytes") + " " + record.text("resp_size_bytes");
    }

    private List<WatchedRecord> ofOurServers(List<WatchedRecord> records) {
        return records.stream()
                .filter(record -> ports().contains(record.remotePort()))
                .toList();
    }

    private List<Integer> ports() {
        return List.of(nginx.port(), redis.port(), dnsmasq.port(), nghttpd.port(), postgresql.port(), mysql.port());
    }

    private String filter() {
        return String.join(" or ", ports().stream().map(port -> "port " + port).toList());
    }

    private static KyanosProcess replay(Path capture) {
        return KyanosProcess.start(
                List.of(), List.of("watch", "--json-output", "records.jsonl", "--input", capture.toString()));
    }

    private static Servers.Server nghttpd() throws IOException {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        Files.writeString(folder.resolve("index.html"), "hello\n");
        return Servers.accepting(
                RunningProgram.startIn(
                        folder,
                        "nghttpd",
                        "--no-tls",
                        "-d",
                        folder.toString(),
                        "-a",
                        "127.0.0.1",
                        Integer.toString(port)),
                port);
    }

    private static Servers.Server dnsmasq() {
        int port = Ports.free();
        return Servers.accepting(
                RunningProgram.start(
                        "dnsmasq",
                        "--keep-in-foreground",
                        "--conf-file=/dev/null",
                        "--user=root",
                        "--pid-file=",
                        "--port=" + port,
                        "--listen-address=127.0.0.1",
                        "--bind-interfaces",
                        "--no-resolv",
                        "--no-hosts",
                        "--log-facility=-",
                        "--address=/local.test/192.0.2.9"),
                port);
    }
}
