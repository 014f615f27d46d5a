package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real PostgreSQL and its clients, compared with the counts and the log of the server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresqlIT {

    /** Of pgbench; BEGIN and END the server counts in ways that depend on how they are asked. */
    private static final Map<String, String> STATEMENTS = Map.of(
            "UPDATE pgbench_accounts", "UPDATE pgbench_accounts",
            "SELECT pgbench_accounts", "SELECT abalance FROM pgbench_accounts",
            "UPDATE pgbench_tellers", "UPDATE pgbench_tellers",
            "UPDATE pgbench_branches", "UPDATE pgbench_branches",
            "INSERT pgbench_history", "INSERT INTO pgbench_history");

    private static final int CLIENTS = 4;
    private static final int TRANSACTIONS = 250;
    private static final long EACH = (long) CLIENTS * TRANSACTIONS;

    private PostgresqlServer postgresql;

    @BeforeAll
    void start() {
        Requires.captureAnd("psql", "pgbench", "pgbouncer", "runuser");
        postgresql = PostgresqlServer.start();
        postgresql.ask("CREATE TABLE orders (id int PRIMARY KEY, name text)");
        Commands.run(pgbench(postgresql.port(), "-i", "-q")).expectSuccess();
    }

    @AfterAll
    void stop() {
        Servers.closeAll(postgresql);
    }

    @ParameterizedTest
    @ValueSource(strings = {"simple", "extended", "prepared"})
    void countsAreThoseOfTheServerOnBothEnds(String mode) {
        postgresql.ask("SELECT pg_stat_statements_reset()");
        try (Family family = Family.start();
                KyanosProcess kyanos = exporter(family.pid() + "," + postgresql.pid())) {
            String peer = "127.0.0.1:" + postgresql.port();
            family.run(load(postgresql.port(), mode));

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

            STATEMENTS.forEach((operation, beginning) ->
                    assertThat(postgresql.calls(beginning)).as(operation).isEqualTo(EACH));
            for (String control : List.of("BEGIN", "END")) {
                assertThat(requests(scrape, control, "server", "")).as(control).isEqualTo(EACH);
            }
            assertNothingLost(scrape);
            assertThat(scrape.sum("kyanos_requests_total", "protocol", "postgresql", "outcome", "unanswered"))
                    .isZero();
        }
    }

    /** PgBouncer of Debian 12 knows prepared statements only where a client keeps its connection, so that each needs one. */
    @ParameterizedTest
    @CsvSource({"transaction,3,simple", "transaction,3,extended", "session,4,prepared"})
    void aPoolerIsServerToItsClientsAndClientToItsServer(String pooling, int connections, String mode) {
        postgresql.ask("SELECT pg_stat_statements_reset()");
        try (Servers.Server pgbouncer = postgresql.pgbouncer(pooling, connections);
                KyanosProcess kyanos = exporter(Long.toString(pgbouncer.pid()))) {
            String peer = "127.0.0.1:" + postgresql.port();
            Commands.run("sh", "-c", load(pgbouncer.port(), mode)).expectSuccess();

            Scrape scrape = kyanos.awaitUnderLoad(seen -> STATEMENTS.keySet().forEach(operation -> {
                assertThat(requests(seen, operation, "server", ""))
                        .as("%s, of clients", operation)
                        .isEqualTo(EACH);
                assertThat(requests(seen, operation, "client", peer))
                        .as("%s, to the server", operation)
                        .isEqualTo(EACH);
            }));

            STATEMENTS.forEach((operation, beginning) ->
                    assertThat(postgresql.calls(beginning)).as(operation).isEqualTo(EACH));
            assertNothingLost(scrape);
        }
    }

    @Test
    void failuresAreThoseOfTheServersLog() {
        String before = postgresql.log();
        try (WatchInside watch = watch()) {
            postgresql.psql("SELECT * FROM nothing_like_it", "SELECT 1");
            for (String statement : List.of(
                    "SELEC 1",
                    "SELECT 1/0",
                    "SELECT 'a'::int",
                    "INSERT INTO orders VALUES (77, 'a'), (77, 'b')",
                    "INSERT INTO orders VALUES (NULL, 'a')",
                    "BEGIN; SELECT 1/0; COMMIT",
                    "DO $$ BEGIN RAISE EXCEPTION 'of ours' USING ERRCODE = 'KY001'; END $$",
                    "SET statement_timeout = 1; SELECT pg_sleep(60)")) {
                assertThat(postgresql.psql(statement).exitCode()).as(statement).isNotZero();
            }
            List<WatchedRecord> records = watch.awaitRecordsOf(
                    postgresql.port(), seen -> assertThat(failures(seen)).isEqualTo(logged(before, postgresql.log())));

            assertThat(failures(records))
                    .containsEntry("42P01", 1L)
                    .containsEntry("42601", 1L)
                    .containsEntry("22012", 2L)
                    .containsEntry("22P02", 1L)
                    .containsEntry("23505", 1L)
                    .containsEntry("23502", 1L)
                    .containsEntry("other_error", 1L)
                    .containsEntry("57014", 1L)
                    .hasSize(8);
            assertThat(records)
                    .filteredOn(record -> record.status().equals("23505"))
                    .singleElement()
                    .satisfies(record -> {
                        assertThat(record.operation()).isEqualTo("INSERT orders");
                        assertThat(record.resource()).isEqualTo("INSERT INTO orders VALUES (?), (?)");
                        assertThat(record.outcome()).isEqualTo("client_error");
                        assertThat(record.attribute("severity")).isEqualTo("ERROR");
                    });
            assertThat(records)
                    .filteredOn(record -> record.operation().equals("STARTUP"))
                    .allSatisfy(record -> assertThat(record.attribute("user")).isEqualTo("postgres"));
        }
    }

    @Test
    void aConnectionIsJoinedInTheMiddle() {
        try (RunningProgram psql = RunningProgram.start(
                "psql", "-XAtq", "-h", "127.0.0.1", "-p", Integer.toString(postgresql.port()), "-U", "postgres")) {
            psql.tell("SELECT 'be' || 'fore';\n");
            psql.awaitOutput("before");
            try (WatchInside watch = watch()) {
                for (int i = 0; i < 5; i++) {
                    psql.tell("SELECT count(*) + " + (1000 + i) + " FROM pgbench_branches;\n");
                    psql.awaitOutput(Integer.toString(1001 + i));
                }

                List<WatchedRecord> records = watch.awaitRecordsOf(
                        postgresql.port(), seen -> assertThat(seen).hasSize(5));

                // What the first is answered is known only once the server has been seen to be ready.
                assertThat(records.get(0).unanswered()).isEqualTo("capture_loss");
                assertThat(records).allSatisfy(record -> {
                    assertThat(record.operation()).isEqualTo("SELECT pgbench_branches");
                    assertThat(record.side()).isEqualTo("server");
                });
                assertThat(records.subList(1, 5)).allSatisfy(record -> {
                    assertThat(record.status()).isEqualTo("SELECT");
                    assertThat(record.attribute("rows")).isEqualTo("1");
                });
            }
        }
    }

    @Test
    void pgjdbcsBatchesPortionsAndErrorsAreARecordEach() {
        postgresql.ask("TRUNCATE orders");
        try (WatchInside watch = watch()) {
            String said = Commands.run(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            JdbcClient.class.getName(),
                            "jdbc:postgresql://127.0.0.1:" + postgresql.port()
                                    + "/postgres?reWriteBatchedInserts=false")
                    .expectSuccess();
            assertThat(said).contains("rows 25 then 23505");

            List<WatchedRecord> records = watch.awaitRecordsOf(
                    postgresql.port(), seen -> assertThat(of(seen, "ROLLBACK")).hasSize(1));

            assertThat(of(records, "INSERT orders"))
                    .extracting(WatchedRecord::status)
                    .hasSize(JdbcClient.BATCH + 1)
                    .endsWith("INSERT", "23505");
            assertThat(of(records, "SELECT orders"))
                    .extracting(record -> record.status() + " " + record.attribute("portion") + " "
                            + record.attribute("rows") + " " + record.attribute("portal_rows"))
                    .containsExactly("SUSPENDED  10 10", "SUSPENDED 2 10 20", "SELECT 3 5 25");
            assertThat(of(records, "BEGIN")).hasSize(3);
            assertThat(of(records, "COMMIT")).hasSize(2);
            assertThat(records)
                    .allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
        }
    }

    private WatchInside watch() {
        return WatchInside.start("--pids", Long.toString(postgresql.pid()));
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

    private static String load(int port, String mode) {
        return String.join(
                " ",
                pgbench(port, "-n", "-M", mode, "-c", Integer.toString(CLIENTS), "-t", Integer.toString(TRANSACTIONS)));
    }

    private static String[] pgbench(int port, String... more) {
        String[] line = {"pgbench", "-h", "127.0.0.1", "-p", Integer.toString(port), "-U", "postgres"};
        return Servers.concat(Servers.concat(line, more), new String[] {"postgres"});
    }

    private static double requests(Scrape seen, String operation, String side, String peer) {
        return seen.sum(
                "kyanos_requests_total",
                "protocol",
                "postgresql",
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

    static List<WatchedRecord> of(List<WatchedRecord> records, String operation) {
        return records.stream()
                .filter(record -> record.operation().equals(operation))
                .toList();
    }

    static Map<String, Long> failures(List<WatchedRecord> records) {
        return records.stream()
                .filter(record -> record.outcome().endsWith("_error"))
                .collect(Collectors.groupingBy(WatchedRecord::status, Collectors.counting()));
    }

    /** What the server has logged since, by SQLSTATE; the one that is ours as what is in no table. */
    static Map<String, Long> logged(String before, String now) {
        return Pattern.compile("(?m)^(\\w{5}) (?:ERROR|FATAL):")
                .matcher(now.substring(before.length()))
                .results()
                .map((Function<MatchResult, String>) found -> found.group(1))
                .map(state -> state.equals("KY001") ? "other_error" : state)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }
}
