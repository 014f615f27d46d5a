package io.kyanos.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Programs that do the same with each of several drivers, in {@code mysql} among the tests' resources. Each driver is fetched when
 * it is first asked for; where one cannot be had, the test is skipped. Closing deletes them.
 */
final class MysqlClients implements AutoCloseable {

    private static final Map<String, String> JARS = Map.of(
            "mariadb-3", "org.mariadb.jdbc:mariadb-java-client:3.5.11",
            "mariadb-4", "org.mariadb.jdbc:mariadb-java-client:4.0.0",
            "connector-j", "com.mysql:mysql-connector-j:26.10.0");

    private static final String[] PYTHON = {"PyMySQL==1.2.4", "mysql-connector-python==26.10.0"};
    private static final String[] NPM = {"mysql2@3.24.6", "mariadb@3.5.4"};

    private final Path folder = RunningProgram.newFolder();
    private final Map<String, Path> had = new HashMap<>();

    /**
     * The command that runs one.
     *
     * @param driver {@code mariadb-3}, {@code mariadb-4}, {@code connector-j}, {@code pymysql}, {@code connector-python}, {@code mysql2},
     *     {@code node-mariadb} or {@code go}
     * @param options as the driver takes them in a URL, a list of words for Python, or the fields of a JSON object for Node
     * @param steps what it does; see the programs
     */
    List<String> command(String driver, int port, String options, String... steps) {
        List<String> words = switch (driver) {
            case "mariadb-3", "mariadb-4" ->
                List.of(
                        Http2Programs.java(17),
                        "-cp",
                        jdbc(driver) + ":" + folder,
                        "Client",
                        url("jdbc:mariadb", port, "sslMode=disable", options));
            case "connector-j" ->
                List.of(
                        Http2Programs.java(17),
                        "-cp",
                        jdbc(driver) + ":" + folder,
                        "Client",
                        url("jdbc:mysql", port, "sslMode=DISABLED", options));
            case "pymysql", "connector-python" ->
                List.of(
                        python() + "/bin/python",
                        "-W",
                        "ignore",
                        file("client.py").toString(),
                        driver.equals("pymysql") ? driver : "connector",
                        Integer.toString(port),
                        options.isEmpty() ? "-" : options);
            case "mysql2", "node-mariadb" ->
                List.of(
                        "node",
                        npm().resolve("client.js").toString(),
                        driver.replace("node-", ""),
                        Integer.toString(port),
                        "{" + options + "}");
            case "go" -> List.of(go().toString(), Integer.toString(port), "multiStatements=true&" + options);
            default -> throw new IllegalArgumentException(driver);
        };
        return Stream.concat(words.stream(), Stream.of(steps)).toList();
    }

    /** That, as a line for a shell. */
    static String line(List<String> command) {
        return command.stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
    }

    /** {@code relay.py}, which lets a MariaDB look as if it took query attributes. */
    Servers.Server relay(MysqlServer server) {
        int port = Ports.free();
        RunningProgram program = RunningProgram.start(
                "python3", file("relay.py").toString(), Integer.toString(port), Integer.toString(server.port()));
        return Servers.accepting(program.awaitOutput("listening"), port);
    }

    private static String url(String scheme, int port, String unencrypted, String options) {
        return scheme + "://127.0.0.1:" + port + "/" + MysqlServer.DATABASE + "?user=" + MysqlServer.USER + "&password="
                + MysqlServer.PASSWORD + "&allowMultiQueries=true&allowLocalInfile=true&allowLoadLocalInfile=true&"
                + (options.contains("sslMode") ? options : unencrypted + "&" + options);
    }

    private Path jdbc(String driver) {
        return had.computeIfAbsent(driver, name -> {
            if (!Files.exists(folder.resolve("Client.class"))) {
                Path javac = Path.of(System.getProperty("java.home"), "bin", "javac");
                Commands.run(
                                javac.toString(),
                                "-d",
                                folder.toString(),
                                file("Client.java").toString())
                        .expectSuccess();
            }
            return MavenJars.copy(folder, Objects.requireNonNull(JARS.get(name)));
        });
    }

    private Path python() {
        return had.computeIfAbsent(
                "python", name -> PythonEnvironment.with(PYTHON).folder());
    }

    private Path npm() {
        return had.computeIfAbsent("npm", name -> {
            Path packages = Http2Programs.npm(RunningProgram.newFolder(), NPM);
            copy("client.js", packages);
            return packages;
        });
    }

    private Path go() {
        return had.computeIfAbsent("go", name -> {
            Path sources = RunningProgram.newFolder();
            copy("client.go", sources);
            copy("go.mod", sources);
            copy("go.sum", sources);
            return Http2Programs.goProgram(sources);
        });
    }

    private Path file(String name) {
        return Files.exists(folder.resolve(name)) ? folder.resolve(name) : copy(name, folder);
    }

    private static Path copy(String name, Path into) {
        try (InputStream in = Objects.requireNonNull(MysqlClients.class.getResourceAsStream("mysql/" + name), name)) {
            Files.copy(in, into.resolve(name));
            return into.resolve(name);
        } catch (IOException e) {
            throw new AssertionError("copy " + name, e);
        }
    }

    @Override
    public void close() {
        Stream.concat(Stream.of(folder), had.values().stream())
                .filter(Files::exists)
                .map(path -> Files.isDirectory(path) ? path : path.getParent())
                .distinct()
                .forEach(path -> Commands.run("rm", "-r", "-f", path.toString()).expectSuccess());
    }
}
