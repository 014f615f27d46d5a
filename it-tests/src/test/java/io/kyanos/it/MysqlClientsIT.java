package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Drivers of several houses with servers of several: what each end sees is what the other sees, what the client says came of it, and
 * what the server's general log has, in the same order.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MysqlClientsIT {

    private static final int ROWS_OF_FILE = 3;

    /** Of what MySQL 5.6 logs each of several statements, and no execution that opens a cursor. */
    private static final Set<String> UNLOGGED = Set.of("results", "portions");

    /** PyMySQL's own, which no server has said. */
    private static final String FILE_NOT_FOUND = "1017";

    /** What {@code text} does. */
    private static final List<String> TEXT = List.of(
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders 1062",
            "SELECT {table} 1146",
            "SELECT numbered OK rows=25",
            "UPDATE orders OK affected=5",
            "DELETE orders OK affected=5");

    /** What {@code prepared} does, but for what else a driver does about it. */
    private static final List<String> PREPARED = List.of(
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders OK affected=1",
            "INSERT orders 1062",
            "SELECT numbered OK rows=5",
            "SELECT numbered OK rows=10",
            "SELECT numbered OK rows=15",
            "DELETE orders OK affected=5");

    private final Map<String, MysqlInstallation> installations = new HashMap<>();
    private final Map<String, MysqlServer> servers = new HashMap<>();
    private final MysqlClients clients = new MysqlClients();
    private Path rows;

    @BeforeAll
    void prepare() throws IOException {
        Requires.captureAnd("mariadb", "python3");
        rows = Files.writeString(RunningProgram.newFolder().resolve("rows"), "901\tfrom\n902\ta\n903\tfile\n");
    }

    @AfterAll
    void stop() throws IOException {
        servers.values().forEach(MysqlServer::close);
        installations.values().forEach(MysqlInstallation::close);
        clients.close();
        if (rows != null) {
            Files.delete(rows);
            Files.delete(rows.getParent());
        }
    }

    /** The newer MariaDB with each way that a driver has, the others with fewer. */
    static Stream<Arguments> drivers() {
        Stream<String> everywhere = Stream.of("mariadb", "newer", "mysql")
                .flatMap(server -> Stream.of(
                                "mariadb-3,useServerPrepStmts=true",
                                "mariadb-4,useServerPrepStmts=true&cachePrepStmts=true",
                                "connector-j,useServerPrepStmts=true&cachePrepStmts=true",
                                "connector-python,",
                                "mysql2,",
                                "node-mariadb,",
                                "go,")
                        .map(driver -> server + "," + driver));
        Stream<String> newer = Stream.of(
                        "mariadb-3,",
                        "mariadb-4,",
                        "mariadb-4,useServerPrepStmts=true&disablePipeline=true",
                        "mariadb-4,useServerPrepStmts=true&useCompression=true",
                        "connector-j,",
                        "connector-j,useServerPrepStmts=true&useCompression=true",
                        "connector-python,compress",
                        "mysql2,\"compress\":true",
                        "node-mariadb,\"pipelining\":true",
                        "node-mariadb,\"compress\":true",
                        "go,interpolateParams=true",
                        "go,compress=true")
                .map(driver -> "newer," + driver);
        return Stream.concat(everywhere, newer).map(line -> Arguments.of((Object[]) line.split(",", 3)));
    }

    @ParameterizedTest
    @MethodSource("drivers")
    void statementsAreThoseOfTheClientAndOfTheServersLog(String server, String driver, String options) {
        Seen seen = run(server, driver, options, "text", "prepared");

        assertThat(told(seen.server())).startsWith(TEXT.toArray(String[]::new));
        assertThat(told(seen.server()).subList(TEXT.size(), told(seen.server()).size()))
                .filteredOn(statement -> !statement.startsWith("SELECT {table} 1146"))
                .isEqualTo(PREPARED);
    }

    @ParameterizedTest
    @CsvSource({
        "mariadb, mariadb-3, ''",
        "newer, mariadb-4, ''",
        "newer, node-mariadb, ''",
        "newer, connector-j, rewriteBatchedStatements=true",
        "mysql, mysql2, ''"
    })
    void aBatchIsOneStatement(String server, String driver, String options) {
        Seen seen = run(server, driver, options, "batch");

        assertThat(told(seen.server()))
                .filteredOn(statement -> !statement.endsWith(" 1062"))
                .containsExactly("INSERT orders OK affected=10", "DELETE orders OK affected=10");
    }

    @ParameterizedTest
    @CsvSource({
        "mariadb, mariadb-3, useServerPrepStmts=true, 'COMMIT,ROLLBACK,COMMIT'",
        "mysql, connector-j, '', 'COMMIT,ROLLBACK,COMMIT'",
        "newer, go, '', 'COMMIT,ROLLBACK'"
    })
    void theEndsOfTransactionsAreARecordEach(String server, String driver, String options, String ends) {
        Seen seen = run(server, driver, options, "transaction");

        assertThat(seen.server())
                .extracting(WatchedRecord::operation)
                .filteredOn(operation -> operation.matches("COMMIT|ROLLBACK"))
                .containsExactly(ends.split(","));
    }

    @ParameterizedTest
    @CsvSource({"mariadb, pymysql, multi", "newer, connector-python, ''"})
    void whatPythonDoesOnceAndForEachIsWhatTheServerSays(String server, String driver, String options) {
        Seen seen = run(server, driver, options, "many", "failing_results", "warnings");

        assertThat(told(seen.server()))
                .filteredOn(statement -> statement.contains(" orders "))
                .containsExactly(
                        "INSERT orders OK affected=10",
                        "UPDATE orders OK affected=1",
                        "UPDATE orders OK affected=1",
                        "UPDATE orders OK affected=1",
                        "DELETE orders OK affected=10");
        assertThat(seen.server())
                .filteredOn(record -> record.attribute("statements").equals("3"))
                .extracting(WatchedRecord::status)
                .containsExactly("1146");
        assertThat(seen.server())
                .filteredOn(record -> !record.attribute("warnings").isEmpty())
                .extracting(record -> record.attribute("warnings"))
                .contains("2");
    }

    @Test
    void whatIsPipelinedIsARecordEach() {
        Seen seen = run("newer", "node-mariadb", "\"pipelining\":true", "pipelined");

        assertThat(told(seen.server()))
                .containsExactly(
                        "SELECT OK rows=1", "SELECT numbered OK rows=25", "SELECT {table} 1146", "SELECT OK rows=1");
    }

    @ParameterizedTest
    @CsvSource({
        "mariadb, mariadb-3, ''",
        "newer, mariadb-4, ''",
        "mysql, connector-j, ''",
        "newer, connector-python, ''",
        "newer, mysql2, ''",
        "mysql, node-mariadb, ''"
    })
    void severalResultsAreOfOneRecord(String server, String driver, String options) {
        Seen seen = run(server, driver, options, "results");

        assertThat(seen.server())
                .filteredOn(record -> record.operation().startsWith("CALL") && !record.isTrue("setup"))
                .singleElement()
                .satisfies(record -> assertThat(record.attribute("rows")).isEqualTo("26"));
        assertThat(seen.server())
                .filteredOn(record -> record.operation().equals("SELECT numbered"))
                .singleElement()
                .satisfies(record -> {
                    assertThat(record.attribute("rows")).isEqualTo("26");
                    assertThat(record.attribute("affected")).isEqualTo("2");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "mariadb, mariadb-3, ''",
        "newer, mariadb-4, ''",
        "newer, connector-j, useCompression=true",
        "mysql, connector-j, ''",
        "mariadb, pymysql, ''",
        "newer, connector-python, compress",
        "newer, mysql2, ''",
        "mariadb, node-mariadb, '\"compress\":true'",
        "newer, go, allowAllFiles=true"
    })
    void aFileOfTheClientIsOfTheStatementThatLoadsIt(String server, String driver, String options) {
        Seen seen = run(server, driver, options, "file:" + rows);

        assertThat(told(seen.server()))
                .contains("LOAD orders OK affected=" + ROWS_OF_FILE)
                .contains("DELETE orders OK affected=" + ROWS_OF_FILE);
    }

    /** Connector/J has them read by portions only where it prepares. */
    @ParameterizedTest
    @CsvSource({"mariadb", "newer", "mysql"})
    void rowsReadByPortionsAreARecordEach(String server) {
        Seen seen = run(server, "connector-j", "useServerPrepStmts=true&useCursorFetch=true", "portions", "long");

        assertThat(seen.server())
                .filteredOn(record -> record.operation().matches("SELECT numbered|FETCH"))
                .extracting(record -> record.operation() + " " + record.attribute("rows"))
                .containsExactly("SELECT numbered ", "FETCH 10", "FETCH 10", "FETCH 5");
        assertThat(seen.server())
                .filteredOn(record -> record.operation().equals("LONG_DATA"))
                .singleElement()
                .satisfies(record -> assertThat(record.outcome()).isEqualTo("one_way"));
    }

    /** Of an answer that long nothing is claimed: servers give it to the kernel in calls of megabytes, whose beginnings alone are seen. */
    @ParameterizedTest
    @CsvSource({"mariadb, mariadb-3", "newer, connector-j", "newer, mysql2"})
    void aStatementBeyond16MiBIsOneMessage(String server, String driver) {
        int size = 17 << 20;
        Seen seen = run(server, driver, "", "there:" + size);

        assertThat(told(seen.server()))
                .containsExactly("INSERT texts OK affected=1", "SELECT texts OK rows=1", "DELETE texts OK affected=1");
        assertThat(seen.server())
                .filteredOn(record -> record.operation().equals("INSERT texts"))
                .allSatisfy(
                        record -> assertThat(record.number("req_size_bytes")).isBetween(size, size + 1000));
    }

    /** Of 3 MB of the same letter some kilobytes are on the wire. */
    @ParameterizedTest
    @CsvSource({
        "mariadb, mariadb-3, useCompression=true",
        "newer, connector-j, useServerPrepStmts=true&useCompression=true",
        "newer, mysql2, '\"compress\":true'",
        "mysql, node-mariadb, '\"compress\":true'"
    })
    void aLargeStatementThatIsCompressedIsOneMessage(String server, String driver, String options) {
        Seen seen = run(server, driver, options, "large:3000000");

        assertThat(told(seen.server()))
                .containsExactly("INSERT texts OK affected=1", "SELECT texts OK rows=1", "DELETE texts OK affected=1");
    }

    @ParameterizedTest
    @CsvSource({
        "connector-python, 'text,ping,reset,change_user'",
        "mysql2, 'text,user,reset,text'",
        "node-mariadb, 'text,user'"
    })
    void aConnectionThatIsResetOrOfAnotherUserGoesOn(String driver, String steps) {
        Seen seen = run("newer", driver, "", steps.split(","));

        List<WatchedRecord> after = seen.server().stream()
                .filter(record -> record.attribute("user").equals("other"))
                .toList();
        assertThat(after).isNotEmpty();
        assertThat(seen.server())
                .filteredOn(record -> record.operation().equals("CHANGE_USER"))
                .extracting(record -> record.status() + " " + record.attribute("user"))
                .startsWith("OK other");
    }

    @ParameterizedTest
    @CsvSource({"connector-python, '', attributes", "connector-j, useServerPrepStmts=true, 'text,prepared'"})
    void statementsWithQueryAttributesAreReadPastThem(String driver, String options, String steps) {
        MysqlServer server = server("newer");
        try (Servers.Server relay = clients.relay(server);
                Family family = Family.start();
                WatchInside watch = WatchInside.start("--pids", Long.toString(family.pid()))) {
            family.run(MysqlClients.line(clients.command(driver, relay.port(), options, steps.split(","))));

            List<WatchedRecord> records = watch.awaitRecordsOf(relay.port(), MysqlClientsIT::assertEnded);

            if (driver.equals("connector-j")) {
                assertThat(told(records)).startsWith(TEXT.toArray(String[]::new));
            } else {
                assertThat(told(records)).contains("SELECT numbered OK rows=2");
            }
            assertThat(records)
                    .allSatisfy(record -> assertThat(record.operation()).isNotEqualTo("other"));
        }
    }

    /** What they are of is known only to one that has seen them prepared. */
    @ParameterizedTest
    @CsvSource({
        "mariadb, mariadb-3, useServerPrepStmts=true",
        "newer, mariadb-4, useServerPrepStmts=true",
        "newer, connector-j, useServerPrepStmts=true",
        "mysql, connector-j, useServerPrepStmts=true"
    })
    void statementsWhosePreparationWasNotSeenAreExecuted(String name, String driver, String options) {
        MysqlServer server = server(name);
        List<String> command = clients.command(driver, server.port(), options, "kept");
        try (RunningProgram client =
                        RunningProgram.start(command.toArray(String[]::new)).awaitOutput("prepared");
                WatchInside watch = WatchInside.start("--pids", Long.toString(server.pid()))) {
            client.tell("\n");
            client.awaitOutput("closed");

            List<WatchedRecord> records = watch.awaitRecordsOf(server.port(), MysqlClientsIT::assertEnded);

            assertThat(records)
                    .filteredOn(record -> record.operation().equals("EXECUTE"))
                    .extracting(record -> record.attribute("statement") + " " + record.status() + " "
                            + record.attribute("rows") + " " + record.attribute("affected"))
                    .endsWith("? OK 3 ", "? OK 4 ", "? OK  1", "? 1062  ");
            assertThat(records).anySatisfy(record -> {
                assertThat(record.operation()).isEqualTo("DELETE orders");
                assertThat(record.attribute("affected")).isEqualTo("2");
            });
        }
    }

    /** What both ends saw of one run. */
    private record Seen(List<WatchedRecord> server, List<WatchedRecord> client) {}

    private Seen run(String name, String driver, String options, String... steps) {
        MysqlServer server = server(name);
        List<String> command = clients.command(driver, server.port(), options, steps);
        int logged = server.log().size();
        boolean isLogged = !name.equals("mysql") || Stream.of(steps).noneMatch(UNLOGGED::contains);
        try (Family family = Family.start();
                WatchInside watch = WatchInside.start("--pids", family.pid() + "," + server.pid())) {
            String said = family.run(MysqlClients.line(command));

            List<WatchedRecord> records = watch.awaitRecordsOf(server.port(), seen -> {
                assertEnded(of(seen, "server"));
                // it may be written later than it is answered
                List<MysqlServer.Logged> log = server.log();
                List<List<String>> expected = isLogged
                        ? MysqlStatements.logged(log.subList(logged, log.size()))
                        : MysqlStatements.recorded(of(seen, "server"));
                assertThat(MysqlStatements.recorded(of(seen, "server"))).isEqualTo(expected);
                assertThat(MysqlStatements.recorded(of(seen, "client"))).isEqualTo(expected);
            });
            watch.stop();

            assertThat(watch.error()).doesNotContain("dropped").doesNotContain("lost");
            for (String side : List.of("server", "client")) {
                assertThat(of(records, side))
                        .as(side)
                        .allSatisfy(record -> assertThat(record.unanswered()).isEmpty());
                assertThat(failures(of(records, side))).as(side).containsAll(failed(said));
            }
            assertThat(told(of(records, "client"))).isEqualTo(told(of(records, "server")));
            return new Seen(of(records, "server"), of(records, "client"));
        }
    }

    private MysqlServer server(String name) {
        return servers.computeIfAbsent(name, started -> {
            MysqlInstallation installation = switch (started) {
                case "mariadb" -> MysqlInstallation.mariadb();
                case "newer" -> MysqlInstallation.newerMariadb();
                default -> MysqlInstallation.mysql();
            };
            installations.put(started, installation);
            return MysqlServer.start(installation);
        });
    }

    private static List<WatchedRecord> of(List<WatchedRecord> records, String side) {
        return records.stream().filter(record -> record.side().equals(side)).toList();
    }

    private static void assertEnded(List<WatchedRecord> records) {
        assertThat(records).anySatisfy(record -> assertThat(record.operation()).isEqualTo("QUIT"));
    }

    /** Statements with a verb, of the tables of the tests, in order. */
    private static List<String> told(List<WatchedRecord> records) {
        List<String> told = new ArrayList<>();
        for (WatchedRecord record : records) {
            boolean isStatement = record.operation().matches("(INSERT|SELECT|UPDATE|DELETE|LOAD|CALL)( .*)?");
            if (isStatement
                    && !record.resource().contains("@@")
                    && !record.status().equals("1243")) {
                String affected = record.attribute("affected");
                String rows = record.attribute("rows");
                told.add((record.operation() + " " + record.status()
                        + (rows.isEmpty() ? "" : " rows=" + rows)
                        + (affected.isEmpty() || !rows.isEmpty() ? "" : " affected=" + affected)));
            }
        }
        return told;
    }

    private static List<String> failures(List<WatchedRecord> records) {
        return records.stream()
                .filter(record -> record.outcome().endsWith("_error"))
                .map(record -> record.status() + " " + record.attribute("sqlstate"))
                .toList();
    }

    /** What a program says, as {@code failed 1062 23000}. */
    private static List<String> failed(String said) {
        return said.lines()
                .filter(line -> line.startsWith("failed ") && !line.startsWith("failed " + FILE_NOT_FOUND))
                .map(line -> line.substring("failed ".length()).replaceFirst(" None$", ""))
                .toList();
    }
}
