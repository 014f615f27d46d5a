package io.kyanos.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * PostgreSQL with {@code pg_stat_statements}, with files of its own, on 127.0.0.1, without passwords. Its log, in which each line
 * begins with its SQLSTATE, is its standard error.
 */
final class PostgresqlServer implements AutoCloseable {

    /** Who may run it: it refuses root. */
    private static final String USER = "postgres";

    private final Servers.Server server;

    private PostgresqlServer(Servers.Server server) {
        this.server = server;
    }

    static PostgresqlServer start() {
        Path folder = ownedFolder();
        asUser(program("initdb"), "-D", folder + "/data", "-A", "trust", "-U", USER, "-E", "UTF8", "--no-sync")
                .expectSuccess();
        int port = Ports.free();
        RunningProgram program = RunningProgram.startIn(
                folder,
                underUser(
                        program("postgres"),
                        "-D",
                        folder + "/data",
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "fsync=off",
                        "-c",
                        "log_line_prefix=%e ",
                        "-c",
                        "shared_preload_libraries=pg_stat_statements",
                        "-c",
                        "autovacuum=off"));
        PostgresqlServer postgresql = new PostgresqlServer(Servers.accepting(program, port));
        try {
            Awaitility.await("a server that answers")
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> postgresql.psql("SELECT 1").exitCode() == 0);
            postgresql.ask("CREATE EXTENSION pg_stat_statements");
            return postgresql;
        } catch (RuntimeException | Error e) {
            postgresql.close();
            throw e;
        }
    }

    /** PgBouncer before it, which gives a connection away after each {@code transaction} or {@code session}. */
    Servers.Server pgbouncer(String pooling, int connections) {
        Path folder = ownedFolder();
        int port = Ports.free();
        String configuration =
                """
                [databases]
                * = host=127.0.0.1 port=%d
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = %s
                default_pool_size = %d
                server_reset_query_always = 0
                """.formatted(port(), port, pooling, connections).replace("* = host", "* = user=" + USER + " host");
        try {
            Files.writeString(folder.resolve("pgbouncer.ini"), configuration);
        } catch (IOException e) {
            throw new AssertionError("write pgbouncer.ini", e);
        }
        return Servers.accepting(
                RunningProgram.startIn(folder, underUser("/usr/sbin/pgbouncer", folder + "/pgbouncer.ini")), port);
    }

    int port() {
        return server.port();
    }

    long pid() {
        return server.pid();
    }

    String log() {
        return server.program().error();
    }

    Commands.Result psql(String... statements) {
        return Commands.run(Servers.concat(
                new String[] {"psql", "-XAtq", "-h", "127.0.0.1", "-p", Integer.toString(port()), "-U", USER},
                Stream.of(statements)
                        .flatMap(statement -> Stream.of("-c", statement))
                        .toArray(String[]::new)));
    }

    /** What psql prints of one statement that goes well. */
    String ask(String statement) {
        return psql(statement).expectSuccess().strip();
    }

    /** How many statements that begin so it has executed, by its own count. */
    long calls(String beginning) {
        return Long.parseLong(ask("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query LIKE '"
                + beginning + "%' AND query NOT LIKE '%pg_stat_statements%'"));
    }

    @Override
    public void close() {
        asUser(program("pg_ctl"), "-D", server.program().folder() + "/data", "-m", "immediate", "stop");
        server.close();
    }

    private static Path ownedFolder() {
        Path folder = RunningProgram.newFolder();
        Commands.run("chown", USER, folder.toString()).expectSuccess();
        return folder;
    }

    private static Commands.Result asUser(String... command) {
        return Commands.run(underUser(command));
    }

    private static String[] underUser(String... command) {
        return Servers.concat(new String[] {"runuser", "-u", USER, "--"}, command);
    }

    /** Of the newest version; Debian has them not on the path. */
    private static String program(String name) {
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.map(version -> version.resolve("bin").resolve(name))
                    .filter(Files::isExecutable)
                    .max(Comparator.naturalOrder())
                    .orElseThrow()
                    .toString();
        } catch (IOException e) {
            throw new AssertionError("look for PostgreSQL", e);
        }
    }
}
