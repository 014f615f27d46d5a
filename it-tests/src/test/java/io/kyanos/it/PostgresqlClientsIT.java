package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What psycopg and asyncpg do with a real PostgreSQL, by the programs in {@code postgresql.py}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresqlClientsIT {

    private static final String[] PACKAGES = {
        "psycopg==3.3.9", "psycopg-binary==3.3.9", "asyncpg==0.30.0", "typing_extensions==4.16.0"
    };
    /** PostgreSQL's binary format: a head of 19 bytes, 100 times two fields of 4 and 10, a trailer of 2. */
    private static final String COPIED_IN_BYTES = Integer.toString(19 + 100 * (2 + 4 + 4 + 4 + 10) + 2);
    /** Its text format: 10 numbers of one digit and 90 of two, each with a tab, ten letters and an end of line. */
    private static final String COPIED_OUT_BYTES = Integer.toString(10 + 90 * 2 + 100 * 12);

    private PostgresqlServer postgresql;
    private PythonEnvironment environment;
    private Path script;

    @BeforeAll
    void start() throws IOException {
        Requires.captureAnd("psql", "runuser", "python3");
        environment = PythonEnvironment.with(PACKAGES);
        script = environment.folder().resolve("postgresql.py");
        try (InputStream in = Objects.requireNonNull(PostgresqlClientsIT.class.getResourceAsStream("postgresql.py"))) {
            Files.copy(in, script);
        }
        postgresql = PostgresqlServer.start();
        postgresql.ask("CREATE TABLE numbered AS SELECT generate_series(1, 25) id");
        postgresql.ask("CREATE TABLE batched (id int PRIMARY KEY, name text)");
        postgresql.ask("CREATE TABLE copied (id int, name text NOT NULL)");
    }

    @AfterAll
    void stop() {
        Servers.closeAll(postgresql, environment);
    }

    @Test
    void psycopgsPipelinesAreARecordForEachStatement() {
        String before = postgresql.log();
        try (WatchInside watch = watch();
                RunningProgram client = client("psycopg").awaitOutput("done 23505 4")) {
            assertThat(client.awaitExit()).isZero();
            List<WatchedRecord> records = watch.awaitRecordsOf(
                    postgresql.port(), seen -> assertThat(statements(seen)).hasSize(9));

            assertThat(statements(records))
                    .extracting(PostgresqlClientsIT::told)
                    .containsExactly(
                            "INSERT batched INSERT rows= affected=1",
                            "INSERT batched INSERT rows= affected=1",
                            "INSERT batched INSERT rows= affected=1",
                            "INSERT batched INSERT rows= affected=1",
                            "INSERT batched INSERT rows= affected=1",
                            "SELECT batched SELECT rows=1 affected=1",
                            "INSERT batched 23505 rows= affected=",
                            "SELECT batched SKIPPED rows= affected=",
                            "SELECT batched SELECT rows=1 affected=1");
            assertThat(statements(records).get(7).outcome()).isEqualTo("error");
            assertFailuresAreLogged(records, before, Map.of("23505", 1L));
        }
    }

    @Test
    void asyncpgsCursorsAndCopiesAreCountedByPortionAndByte() {
        String before = postgresql.log();
        postgresql.ask("TRUNCATE copied");
        try (WatchInside watch = watch();
                RunningProgram client = client("asyncpg").awaitOutput("done 10 10 5 23502")) {
            assertThat(client.awaitExit()).isZero();
            List<WatchedRecord> records = watch.awaitRecordsOf(
                    postgresql.port(),
                    seen -> assertThat(PostgresqlIT.of(seen, "COPY copied")).hasSize(2));

            assertThat(statements(records))
                    .extracting(PostgresqlClientsIT::told)
                    .containsExactly(
                            "BEGIN BEGIN rows= affected=",
                            "PREPARE OK rows= affected=",
                            "BIND OK rows= affected=",
                            "SELECT numbered SUSPENDED rows=10 affected=",
                            "SELECT numbered SUSPENDED rows=10 affected=",
                            "SELECT numbered SELECT rows=5 affected=5",
                            "COMMIT COMMIT rows= affected=",
                            "PREPARE OK rows= affected=",
                            "COPY copied COPY rows= affected=100",
                            "COPY COPY rows= affected=100",
                            "COPY copied 23502 rows= affected=");
            assertThat(PostgresqlIT.of(records, "SELECT numbered"))
                    .extracting(record -> record.attribute("portion") + " " + record.attribute("portal_rows"))
                    .containsExactly(" 10", "2 20", "3 25");
            assertThat(PostgresqlIT.of(records, "COPY copied").get(0).attribute("copy_bytes"))
                    .isEqualTo(COPIED_IN_BYTES);
            assertThat(PostgresqlIT.of(records, "COPY"))
                    .singleElement()
                    .satisfies(
                            record -> assertThat(record.attribute("copy_bytes")).isEqualTo(COPIED_OUT_BYTES));
            assertFailuresAreLogged(records, before, Map.of("23502", 1L));
        }
    }

    @Test
    void notificationsAreOneWayAndOfTheConnectionThatListens() {
        try (WatchInside watch = watch();
                RunningProgram client = client("listen").awaitOutput("listening")) {
            for (String price : List.of("1", "2", "3")) {
                postgresql.ask("NOTIFY prices, '" + price + "'");
            }
            client.awaitOutput("done 1 2 3");
            List<WatchedRecord> records = watch.awaitRecordsOf(
                    postgresql.port(),
                    seen -> assertThat(PostgresqlIT.of(seen, "NOTIFICATION")).hasSize(3));

            assertThat(PostgresqlIT.of(records, "NOTIFY")).hasSize(3);
            WatchedRecord listen = PostgresqlIT.of(records, "LISTEN").get(0);
            assertThat(PostgresqlIT.of(records, "NOTIFICATION")).allSatisfy(record -> {
                assertThat(record.outcome()).isEqualTo("one_way");
                assertThat(record.resource()).isEqualTo("prices");
                assertThat(record.remotePort()).isEqualTo(listen.remotePort());
            });
        }
    }

    @Test
    void aCancelRequestIsOneWayAndTheStatementSaysThatItWasCancelled() {
        String before = postgresql.log();
        try (WatchInside watch = watch();
                RunningProgram client = client("cancel").awaitOutput("done 57014")) {
            assertThat(client.awaitExit()).isZero();
            List<WatchedRecord> records = watch.awaitRecordsOf(postgresql.port(), seen -> {
                assertThat(PostgresqlIT.of(seen, "CANCEL")).hasSize(1);
                assertThat(PostgresqlIT.of(seen, "SELECT")).hasSize(1);
            });

            WatchedRecord cancel = PostgresqlIT.of(records, "CANCEL").get(0);
            WatchedRecord cancelled = PostgresqlIT.of(records, "SELECT").get(0);
            assertThat(cancel.outcome()).isEqualTo("one_way");
            assertThat(records)
                    .filteredOn(record -> record.remotePort() == cancel.remotePort())
                    .as("of its connection")
                    .containsOnlyOnce(cancel)
                    .allSatisfy(record -> assertThat(record.operation()).isIn("CANCEL", "SSLREQUEST", "GSSENCREQUEST"));
            assertThat(cancelled.resource()).isEqualTo("SELECT pg_sleep(?)");
            assertThat(cancelled.status() + " " + cancelled.outcome()).isEqualTo("57014 client_error");
            assertFailuresAreLogged(records, before, Map.of("57014", 1L));
        }
    }

    @Test
    void aClientThatAsksForAProtocolThatTheServerDoesNotSpeakGetsTheOlderOne() {
        try (WatchInside watch = watch();
                RunningProgram client = client("newest").awaitOutput("done 18 30000 3")) {
            assertThat(client.awaitExit()).isZero();
            List<WatchedRecord> records = watch.awaitRecordsOf(
                    postgresql.port(), seen -> assertThat(statements(seen)).hasSize(1));

            assertThat(PostgresqlIT.of(records, "STARTUP")).singleElement().satisfies(record -> {
                assertThat(record.attribute("protocol_version")).isEqualTo("3.2");
                assertThat(record.status()).isEqualTo("OK");
                assertThat(record.attribute("application")).isEqualTo("newest");
            });
            assertThat(statements(records).get(0))
                    .satisfies(
                            record -> assertThat(told(record)).isEqualTo("SELECT numbered SELECT rows=3 affected=3"));
        }
    }

    private WatchInside watch() {
        return WatchInside.start("--pids", Long.toString(postgresql.pid()));
    }

    private RunningProgram client(String scenario) {
        return RunningProgram.start(
                environment.python(), script.toString(), scenario, Integer.toString(postgresql.port()));
    }

    /** Without what opens a connection. */
    private static List<WatchedRecord> statements(List<WatchedRecord> records) {
        return records.stream().filter(record -> !record.isTrue("setup")).toList();
    }

    private static String told(WatchedRecord record) {
        return record.operation() + " " + record.status() + " rows=" + record.attribute("rows") + " affected="
                + record.attribute("affected");
    }

    private void assertFailuresAreLogged(List<WatchedRecord> records, String before, Map<String, Long> expected) {
        assertThat(PostgresqlIT.failures(records))
                .isEqualTo(expected)
                .isEqualTo(PostgresqlIT.logged(before, postgresql.log()));
        assertThat(records).allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
    }
}
