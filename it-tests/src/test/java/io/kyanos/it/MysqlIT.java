package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real MariaDB and its own clients, compared with the counters and the general log of the server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MysqlIT {

    /** What each client of the load asks in turn, by what the server counts it as. */
    private static final Map<String, String> STATEMENTS = Map.of(
            "INSERT slapped", "Com_insert",
            "SELECT slapped", "Com_select",
            "UPDATE slapped", "Com_update",
            "DELETE slapped", "Com_delete");

    private static final String QUERIES = String.join(
            ";",
            "INSERT INTO slapped VALUES (1, 'a')",
            "SELECT COUNT(*) FROM slapped",
            "UPDATE slapped SET name = 'b' WHERE id = 1 LIMIT 1",
            "DELETE FROM slapped LIMIT 1");

    private static final int CLIENTS = 4;
    private static final int EACH = 500;

    private MysqlInstallation installation;
    private MysqlServer mysql;

    @BeforeAll
    void start() {
        Requires.captureAnd("mariadb-slap", "openssl");
        installation = MysqlInstallation.mariadb();
        mysql = MysqlServer.start(installation);
        // where clients wait for one another, and never die of it
        mysql.ask("CREATE TABLE shop.slapped (id INT, name TEXT) ENGINE=MyISAM");
    }

    @AfterAll
    void stop() {
        Servers.closeAll(mysql, installation);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--skip-compress", "--compress"})
    void countsAreThoseOfTheServerOnBothEnds(String compression) {
        Map<String, Long> before = mysql.status();
        int logged = mysql.log().size();
        try (Family family = Family.start();
                KyanosProcess kyanos = exporter(family.pid() + "," + mysql.pid())) {
            String peer = "127.0.0.1:" + mysql.port();
            family.run(load(compression));
            Map<String, Long> after = mysql.status();

            Scrape scrape = kyanos.await(seen -> {
                SoftAssertions.assertSoftly(softly -> STATEMENTS.keySet().forEach(operation -> {
                    softly.assertThat(requests(seen, operation, "client", peer))
                            .as("%s, client", operation)
                            .isEqualTo(EACH);
                    softly.assertThat(requests(seen, operation, "server", ""))
                            .as("%s, server", operation)
                            .isEqualTo(EACH);
                }));
                LossBooksIT.assertBooksBalance(seen);
            });

            STATEMENTS.forEach((operation, counter) -> assertThat(after.get(counter) - before.get(counter))
                    .as(counter)
                    .isEqualTo(EACH));
            assertThat(mysql.log().stream().skip(logged))
                    .filteredOn(line -> line.command().equals("Query"))
                    .hasSize(STATEMENTS.size() * EACH);
            assertNothingLost(scrape);
            assertThat(scrape.sum("kyanos_requests_total", "protocol", "mysql", "outcome", "unanswered"))
                    .isZero();
        }
    }

    @Test
    void theSameStatementsComeInTheSameOrderAsInTheLog() {
        int logged = mysql.log().size();
        try (WatchInside watch = watch()) {
            Commands.run("sh", "-c", load("--skip-compress")).expectSuccess();

            watch.awaitRecordsOf(mysql.port(), seen -> {
                List<MysqlServer.Logged> log = mysql.log();
                assertThat(seen).isNotEmpty();
                assertThat(MysqlStatements.recorded(seen))
                        .isEqualTo(MysqlStatements.logged(log.subList(logged, log.size())));
            });
        }
    }

    @Test
    void failuresAreThoseThatTheClientTells() {
        try (WatchInside watch = watch()) {
            String told = "";
            for (String statement : List.of(
                    "SELEC 1",
                    "SELECT * FROM nothing_like_it",
                    "SELECT nothing FROM orders",
                    "USE nowhere",
                    "INSERT INTO orders VALUES (77, 'a'), (77, 'b')",
                    "INSERT INTO orders VALUES (78, NULL)",
                    "INSERT INTO orders VALUES (79, REPEAT('x', 100))",
                    "SELECT * FROM numbered WHERE id = (SELECT id FROM numbered)",
                    "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'of ours', MYSQL_ERRNO = 5000",
                    "SET STATEMENT max_statement_time = 0.001 FOR SELECT SLEEP(60) FROM numbered",
                    "KILL CONNECTION_ID()")) {
                Commands.Result result = Commands.run(mysql.client("mariadb", "-e", statement, "shop"));
                assertThat(result.exitCode()).as(statement).isNotZero();
                told += result.error();
            }
            told += Commands.run(mysql.client("mariadb", "-e", "SELECT 1", "nothing_like_it"))
                    .error();
            // the last of an option counts
            told += Commands.run(mysql.client("mariadb", "--password=wrong")).error();
            Map<String, Long> expected = errors(told);

            List<WatchedRecord> records = watch.awaitRecordsOf(
                    mysql.port(), seen -> assertThat(failures(seen)).isEqualTo(expected));

            assertThat(expected)
                    .containsKeys("1064", "1146", "1054", "1049", "1062", "1048", "1406", "1242", "1969", "1045");
            assertThat(records)
                    .filteredOn(record -> record.status().matches("1045|1049"))
                    .extracting(record -> record.operation() + " " + record.status())
                    .contains("CONNECT 1045", "CONNECT 1049");
            assertThat(records)
                    .filteredOn(record -> record.status().equals("1062"))
                    .singleElement()
                    .satisfies(record -> {
                        assertThat(record.operation()).isEqualTo("INSERT orders");
                        assertThat(record.resource()).isEqualTo("INSERT INTO orders VALUES (?), (?)");
                        assertThat(record.outcome()).isEqualTo("client_error");
                        assertThat(record.attribute("sqlstate")).isEqualTo("23000");
                    });
        }
    }

    @Test
    void aConnectionIsJoinedInTheMiddle() {
        try (RunningProgram client = RunningProgram.start(
                mysql.client("mariadb", "--unbuffered", "--skip-column-names", "--batch", "shop"))) {
            client.tell("SELECT CONCAT('be', 'fore');\n");
            client.awaitOutput("before");
            try (WatchInside watch = watch()) {
                for (int i = 0; i < 5; i++) {
                    client.tell("SELECT COUNT(*) + " + (1000 + i) + " FROM numbered;\n");
                    client.awaitOutput(Integer.toString(1000 + MysqlServer.NUMBERED + i));
                }
                client.tell("INSERT INTO orders VALUES (1, 'a');\nDELETE FROM orders;\nSELECT 'en' 'ded';\n");
                client.awaitOutput("ended");

                List<WatchedRecord> records = watch.awaitRecordsOf(
                        mysql.port(), seen -> assertThat(seen).hasSize(8));

                assertThat(records)
                        .extracting(WatchedRecord::operation)
                        .containsExactly(
                                "SELECT numbered",
                                "SELECT numbered",
                                "SELECT numbered",
                                "SELECT numbered",
                                "SELECT numbered",
                                "INSERT orders",
                                "DELETE orders",
                                "SELECT");
                assertThat(records.subList(1, 5)).allSatisfy(record -> {
                    assertThat(record.status()).isEqualTo("OK");
                    assertThat(record.attribute("rows")).isEqualTo("1");
                });
                assertThat(records.get(6).attribute("affected")).isEqualTo("1");
            }
        }
    }

    @Test
    void anEncryptedConnectionIsToldAsOne() {
        Path key = mysql.folder().resolve("key.pem");
        Path certificate = mysql.folder().resolve("cert.pem");
        Commands.run(
                        "openssl",
                        "req",
                        "-x509",
                        "-newkey",
                        "rsa:2048",
                        "-nodes",
                        "-days",
                        "2",
                        "-subj",
                        "/CN=localhost",
                        "-keyout",
                        key.toString(),
                        "-out",
                        certificate.toString())
                .expectSuccess();
        Commands.run("chmod", "-R", "a+rX", mysql.folder().toString()).expectSuccess();
        try (MysqlServer encrypting = MysqlServer.start(installation, "--ssl-key=" + key, "--ssl-cert=" + certificate);
                KyanosProcess kyanos = exporter(Long.toString(encrypting.pid()))) {
            for (int i = 0; i < 3; i++) {
                // the last of an option counts
                Commands.run(encrypting.client("mariadb", "--ssl", "-e", "SELECT 1"))
                        .expectSuccess();
            }

            Scrape scrape = kyanos.await(seen -> {
                assertThat(seen.sum("kyanos_requests_total", "protocol", "mysql", "operation", "SSLREQUEST"))
                        .isEqualTo(3);
                assertThat(seen.sum("kyanos_undecoded_connections_total", "reason", "tls"))
                        .isEqualTo(3);
            });

            assertThat(scrape.sum("kyanos_requests_total")).isEqualTo(3);
            assertThat(scrape.sum("kyanos_unparsed_bytes_total")).isZero();
            assertNothingLost(scrape);
        }
    }

    /** A replica asks a few things by itself, and then for the binary log, of which the answer goes on for as long as it is there. */
    @Test
    void aReplicaReadsAStreamOfEvents() {
        try (MysqlServer replica = MysqlServer.start(installation);
                WatchInside watch = watch()) {
            int logged = mysql.log().size();
            replica.ask("RESET MASTER; CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + mysql.port()
                    + ", MASTER_USER = 'kyanos', MASTER_PASSWORD = 'secret', MASTER_LOG_FILE = '"
                    + mysql.ask("SHOW MASTER STATUS").split("\t")[0] + "', MASTER_LOG_POS = "
                    + mysql.ask("SHOW MASTER STATUS").split("\t")[1] + "; START SLAVE");
            mysql.ask("CREATE TABLE shop.replicated (id INT); INSERT INTO shop.replicated VALUES (1), (2)");
            Awaitility.await("what is replicated")
                    .ignoreExceptions()
                    .failFast(() -> assertThat(replica.ask("SHOW SLAVE STATUS")).doesNotContain("Error_code"))
                    .until(() ->
                            replica.ask("SELECT COUNT(*) FROM shop.replicated").equals("2"));
            replica.ask("STOP SLAVE");
            mysql.ask("DROP TABLE shop.replicated");

            List<WatchedRecord> records = watch.awaitRecordsOf(
                    mysql.port(),
                    seen -> assertThat(seen)
                            .filteredOn(record -> record.operation().equals("BINLOG_DUMP"))
                            .hasSize(1));

            assertThat(records)
                    .anySatisfy(record -> assertThat(record.operation()).isEqualTo("REGISTER_SLAVE"));
            assertThat(records)
                    .filteredOn(record -> record.operation().equals("BINLOG_DUMP"))
                    .singleElement()
                    .satisfies(record -> assertThat(Integer.parseInt(record.attribute("events")))
                            .isGreaterThanOrEqualTo(4));
            List<MysqlServer.Logged> log = mysql.log();
            assertThat(MysqlStatements.recorded(records).get(0).subList(0, 3))
                    .isEqualTo(MysqlStatements.logged(log.subList(logged, log.size()))
                            .get(0)
                            .subList(0, 3));
        }
    }

    private WatchInside watch() {
        return WatchInside.start("--pids", Long.toString(mysql.pid()));
    }

    private static KyanosProcess exporter(String pids) {
        return KyanosProcess.exporter(
                "--set",
                "kyanos.capture.rings.syscall=64MiB",
                "--set",
                "kyanos.capture.perf-buffers.syscall=64MiB",
                "--pids",
                pids);
    }

    private String load(String compression) {
        return String.join(
                " ",
                mysql.client(
                        "mariadb-slap",
                        compression,
                        "--create-schema=shop",
                        "--no-drop",
                        "--delimiter=';'",
                        "--query=\"" + QUERIES + "\"",
                        "--concurrency=" + CLIENTS,
                        "--number-of-queries=" + EACH * STATEMENTS.size()));
    }

    private static double requests(Scrape seen, String operation, String side, String peer) {
        return seen.sum(
                "kyanos_requests_total",
                "protocol",
                "mysql",
                "operation",
                operation,
                "outcome",
                "ok",
                "side",
                side,
                "peer",
                peer);
    }

    private static void assertNothingLost(Scrape scrape) {
        assertThat(scrape.sum("kyanos_capture_lost_events_total")).as("lost").isZero();
        scrape.assertNothingDropped();
    }

    static Map<String, Long> failures(List<WatchedRecord> records) {
        return records.stream()
                .filter(record -> record.outcome().endsWith("_error"))
                .collect(Collectors.groupingBy(WatchedRecord::status, Collectors.counting()));
    }

    /** Those that a client has printed, as {@code ERROR 1062 (23000) at line 1}, by their numbers; the one that is ours as what is in no table. */
    private static Map<String, Long> errors(String told) {
        return Pattern.compile("(?m)^ERROR (\\d+) \\(")
                .matcher(told)
                .results()
                .map(found -> found.group(1).equals("5000") ? "other_error" : found.group(1))
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }
}
