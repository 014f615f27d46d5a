package io.kyanos.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * MariaDB or MySQL with files of its own, on 127.0.0.1, with its general log and its binary log. There are the users
 * {@value #USER} and {@code other}, and in {@value #DATABASE} an empty {@code orders (id, name)}, {@code numbered} with 25 rows,
 * an empty {@code texts (id, text)}, and the procedure {@code twice()} with two results.
 */
final class MysqlServer implements AutoCloseable {

    static final String USER = "kyanos";
    static final String PASSWORD = "secret";
    static final String DATABASE = "shop";
    static final int NUMBERED = 25;

    /** One line of the general log; {@code command} as {@code Query} or {@code Execute}. */
    record Logged(long connection, String command, String text) {}

    private static final Pattern LINE = Pattern.compile(
            "(?m)^(?:\\d{6} +\\d+:\\d\\d:\\d\\d)?\\t+ *(\\d+) ([A-Z][A-Za-z]*(?: [A-Za-z]+)*)\\t?(.*)$");

    private final Servers.Server server;

    private MysqlServer(Servers.Server server) {
        this.server = server;
    }

    /** @param more options, as {@code --ssl-key=key.pem} */
    static MysqlServer start(MysqlInstallation installation, String... more) {
        Path folder = RunningProgram.newFolder();
        Path data = folder.resolve("data");
        Commands.run("mkdir", data.toString()).expectSuccess();
        Commands.run("chown", "-R", "mysql", folder.toString()).expectSuccess();
        installation.install(data);
        int port = Ports.free();
        String[] options = {
            // it refuses root
            "--user=mysql",
            "--datadir=" + data,
            "--bind-address=127.0.0.1",
            "--port=" + port,
            "--socket=" + folder + "/socket",
            "--general-log=1",
            "--general-log-file=" + folder + "/general.log",
            "--log-bin=bin",
            "--server-id=" + port,
            "--local-infile=1",
            "--max-allowed-packet=64M",
            "--innodb-buffer-pool-size=32M",
            "--innodb-flush-log-at-trx-commit=0"
        };
        RunningProgram program =
                RunningProgram.startIn(folder, Servers.concat(Servers.concat(installation.server(), options), more));
        MysqlServer mysql = new MysqlServer(Servers.accepting(program, port));
        try {
            Awaitility.await("a server that answers")
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> mysql.root("SELECT 1").exitCode() == 0);
            mysql.prepare();
            return mysql;
        } catch (RuntimeException | Error e) {
            mysql.close();
            throw e;
        }
    }

    private void prepare() {
        ask("DELETE FROM mysql.user WHERE user = ''; FLUSH PRIVILEGES");
        ask("CREATE USER 'kyanos'@'%' IDENTIFIED BY 'secret', 'other'@'%' IDENTIFIED BY 'secret2'");
        ask("GRANT ALL ON *.* TO 'kyanos'@'%' WITH GRANT OPTION; GRANT ALL ON *.* TO 'other'@'%'");
        ask("CREATE DATABASE shop; USE shop; CREATE TABLE orders (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL);"
                + "CREATE TABLE texts (id INT, text LONGTEXT); CREATE TABLE numbered (id INT)");
        ask("INSERT INTO shop.numbered VALUES "
                + IntStream.rangeClosed(1, NUMBERED)
                        .mapToObj(id -> "(" + id + ")")
                        .collect(Collectors.joining(", ")));
        ask("DELIMITER //\nCREATE PROCEDURE shop.twice() BEGIN SELECT 1; SELECT id FROM shop.numbered; END//");
    }

    int port() {
        return server.port();
    }

    long pid() {
        return server.pid();
    }

    /** Its folder, in which {@code mysql}, as whom it runs, may write. */
    Path folder() {
        return server.program().folder();
    }

    /** What it prints of statements that go well, asked by root at its unix socket. */
    String ask(String statements) {
        return root(statements).expectSuccess().strip();
    }

    private Commands.Result root(String statements) {
        return Commands.run(
                "mariadb", "--no-defaults", "-N", "-B", "-uroot", "-S", folder() + "/socket", "-e", statements);
    }

    /** The command of the distribution's {@code mariadb}, {@code mariadb-slap} and the like, without TLS, as its user, over TCP. */
    String[] client(String program, String... more) {
        return Servers.concat(
                new String[] {
                    program,
                    "--no-defaults",
                    "--skip-ssl",
                    "--host=127.0.0.1",
                    "--port=" + port(),
                    "--user=" + USER,
                    "--password=" + PASSWORD
                },
                more);
    }

    /** Its counters, as {@code Com_select} and {@code Questions}. */
    Map<String, Long> status() {
        return ask("SHOW GLOBAL STATUS")
                .lines()
                .map(line -> line.split("\t", -1))
                .filter(words -> words[1].matches("\\d{1,18}"))
                .collect(Collectors.toMap(words -> words[0], words -> Long.parseLong(words[1])));
    }

    /** What it has logged so far, without what {@link #ask} has asked and lines but the first of each statement. */
    List<Logged> log() {
        List<Logged> lines = new ArrayList<>();
        List<Long> ours = new ArrayList<>();
        Matcher line = LINE.matcher(read(folder().resolve("general.log")));
        while (line.find()) {
            Logged logged = new Logged(Long.parseLong(line.group(1)), line.group(2), line.group(3));
            if (logged.command().equals("Connect") && logged.text().startsWith("root@")) {
                ours.add(logged.connection());
            }
            if (!ours.contains(logged.connection())) {
                lines.add(logged);
            }
        }
        return lines;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError("read the general log", e);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
