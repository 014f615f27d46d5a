package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Processes by main class, jar, script, module and service of systemd, as {@code kyanos.process.name-by} says. */
class ServiceNamesIT {

    private static final String SECRET = "s3cret";
    private static final String NAME_BY = "kyanos.process.name-by=[main-class,script,systemd-unit,program]";
    private static final String UNIT = "kyanos-it-shop";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String IN_PYTHON = """
            import http.server, sys
            http.server.HTTPServer(("127.0.0.1", int(sys.argv[-1])), http.server.SimpleHTTPRequestHandler).serve_forever()
            """;

    private static final String IN_NODE = """
            if (process.argv[3]) process.title = process.argv[3]
            require("http").createServer((request, response) => response.end("ok")).listen(process.argv[2], "127.0.0.1")
            """;

    /** A way to start a server, what it is to be called, and what its program is called. */
    private enum Way {
        MAIN_CLASS(
                "ShopServer",
                "java",
                port -> start(
                        port,
                        "java",
                        "-Dpassword=" + SECRET,
                        "-cp",
                        classes(),
                        ShopServer.class.getName(),
                        SECRET,
                        "" + port)),
        JAR(
                "shop-1.0.jar",
                "java",
                port -> start(port, "java", "-jar", "-Xmx64m", jar(), "--password", SECRET, "" + port)),
        FILE_OF_ARGUMENTS(
                "java",
                "java",
                port -> start(
                        port,
                        "java",
                        "@" + file("all.args", "-cp " + classes() + " " + ShopServer.class.getName()),
                        SECRET,
                        "" + port)),
        MODULE(
                "http.server",
                "python3",
                port -> start(port, python(), "-u", "-m", "http.server", "--bind", "127.0.0.1", "" + port)),
        SCRIPT(
                "shop.py",
                "python3",
                port -> start(port, python(), "-B", file("shop.py", IN_PYTHON), SECRET, "" + port)),
        SCRIPT_BEHIND_SCRIPT(
                "later.py",
                "python3",
                port -> start(
                        port,
                        "sh",
                        "-c",
                        "exec " + python() + " " + file("later.py", IN_PYTHON) + " " + SECRET + " " + port)),
        NODE_SCRIPT(
                "shop.js", "node", port -> start(port, "node", "--no-warnings", file("shop.js", IN_NODE), "" + port)),
        TITLE(
                "node",
                "node",
                port -> start(port, "node", file("titled.js", IN_NODE), "" + port, "shop api: " + SECRET)),
        CODE("python3", "python3", port -> start(port, python(), "-c", IN_PYTHON, SECRET, "" + port)),
        SERVICE(
                UNIT,
                "redis-server",
                port -> start(
                        port,
                        "sh",
                        "-c",
                        "echo $$ >" + group() + "/cgroup.procs && exec redis-server --save '' --bind 127.0.0.1 --port "
                                + port));

        private final String shown;
        private final String program;
        private final IntFunction<Servers.Server> server;

        Way(String shown, String program, IntFunction<Servers.Server> server) {
            this.shown = shown;
            this.program = program;
            this.server = server;
        }

        private Servers.Server begin() {
            return server.apply(Ports.free());
        }
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3", "redis-server", "node", "java");
    }

    @Test
    void namesAreTheSameBeforeAndAfterTheStartAndHoldNoArguments() throws IOException {
        Map<Servers.Server, Way> servers = new LinkedHashMap<>();
        try {
            started().forEach(way -> servers.put(way.begin(), way));
            try (KyanosProcess kyanos =
                    KyanosProcess.watch(KyanosProcess.ofOurChildren("--side", "server", "--set", NAME_BY))) {
                /* What is read before a title is set is its arguments still: the order is not ours. */
                started().stream().filter(way -> way != Way.TITLE).forEach(way -> servers.put(way.begin(), way));
                servers.forEach(ServiceNamesIT::ask);

                SoftAssertions.assertSoftly(all -> servers.forEach((server, way) -> all.assertThat(
                                kyanos.awaitRecord(record -> record.localPort() == server.port())
                                        .process())
                        .as("%s on port %s", way, server.port())
                        .isEqualTo(way.shown)));
                assertThat(Files.readString(kyanos.program().folder().resolve("records.jsonl")) + kyanos.error())
                        .doesNotContain(SECRET);
            }
        } finally {
            servers.keySet().forEach(Servers.Server::close);
            removeGroup();
        }
    }

    @Test
    void namesAreThoseOfProgramsByDefault() throws IOException {
        try (Servers.Server before = Way.MAIN_CLASS.begin();
                KyanosProcess kyanos = KyanosProcess.watch(KyanosProcess.ofOurChildren("--side", "server"));
                Servers.Server after = Way.NODE_SCRIPT.begin()) {
            ask(before, Way.MAIN_CLASS);
            ask(after, Way.NODE_SCRIPT);

            assertThat(kyanos.awaitRecord(record -> record.localPort() == before.port())
                            .process())
                    .isEqualTo("java");
            assertThat(kyanos.awaitRecord(record -> record.localPort() == after.port())
                            .process())
                    .isEqualTo("node");
        }
    }

    @Test
    void allNamesAreRecordedSoThatTheReaderCanChoose() throws IOException {
        List<String> record = KyanosProcess.command();
        record.addAll(List.of("record", "a.kyanos"));
        record.addAll(List.of(KyanosProcess.ofOurChildren()));
        try (Servers.Server before = Way.MAIN_CLASS.begin();
                RunningProgram recording = RunningProgram.start(record.toArray(String[]::new))) {
            recordingBegins(recording);
            try (Servers.Server after = Way.SCRIPT.begin()) {
                ask(before, Way.MAIN_CLASS);
                ask(after, Way.SCRIPT);
                recording.signal("TERM");
                assertThat(recording.awaitExit(PATIENCE)).isZero();

                String file = recording.folder().resolve("a.kyanos").toString();
                assertThat(replay(file, before, "--set", NAME_BY)).containsOnly("ShopServer");
                assertThat(replay(file, after, "--set", NAME_BY)).containsOnly("shop.py");
                assertThat(replay(file, after, "--set", NAME_BY, "--where", "process = \"shop.py\""))
                        .containsOnly("shop.py");
                assertThat(replay(file, before)).containsOnly("java");
                assertThat(replay(file, after)).containsOnly("python3");
            }
        }
    }

    @Test
    void doctorShowsTheNamesAndFiltersOfProcessesDoNotKnowThem() {
        try (Servers.Server server = Way.MAIN_CLASS.begin()) {
            List<String> line = KyanosProcess.command();
            line.addAll(List.of("doctor", "--json", "--pid", "" + server.pid(), "--set", NAME_BY));
            assertThat(Commands.run(line.toArray(String[]::new)).output())
                    .contains("\"name\" : \"ShopServer\"")
                    .doesNotContain(SECRET);

            try (KyanosProcess byProgram = KyanosProcess.watch("--comm", "java", "--side", "server", "--set", NAME_BY);
                    KyanosProcess byName =
                            KyanosProcess.watch("--comm", "ShopServer", "--side", "server", "--set", NAME_BY)) {
                ask(server, Way.MAIN_CLASS);
                assertThat(byProgram
                                .awaitRecord(record -> record.localPort() == server.port())
                                .process())
                        .isEqualTo("ShopServer");
                byName.stop("TERM");
                assertThat(byName.recordsOf(server.port())).isEmpty();
            }
        }
    }

    @Test
    void namesAreBounded() {
        try (KyanosProcess kyanos = KyanosProcess.exporter(
                        "--set",
                        "kyanos.process.name-by=[script]",
                        "--set",
                        "kyanos.process.max-names=1",
                        "--local-ports",
                        "1");
                Servers.Server one = Way.SCRIPT.begin();
                Servers.Server two = Way.NODE_SCRIPT.begin()) {
            kyanos.await(scrape -> assertThat(scrape.sum("kyanos_process_name_overflows_total"))
                    .as("of what listens on %s and %s", one.port(), two.port())
                    .isPositive());
        }
    }

    /** All that this machine can start. */
    private static Set<Way> started() {
        Set<Way> ways = EnumSet.allOf(Way.class);
        if (hierarchy().isEmpty()) {
            System.out.println("no process in a service: no control groups can be made here");
            ways.remove(Way.SERVICE);
        }
        return ways;
    }

    private static void ask(Servers.Server server, Way way) {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            String request = way == Way.SERVICE ? "*1\r\n$4\r\nPING\r\n" : "GET /asked HTTP/1.1\r\nHost: a\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read(new byte[1000])).isPositive();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void recordingBegins(RunningProgram recording) {
        Awaitility.await("recording")
                .atMost(PATIENCE)
                .until(() -> recording.error().contains(" into a.kyanos; Ctrl-C ends"));
    }

    /** What the process of the server's side is called in each of its records. */
    private static List<String> replay(String file, Servers.Server server, String... more) {
        List<String> line = KyanosProcess.command();
        line.addAll(List.of(
                "watch",
                "--input",
                file,
                "--json-output",
                "stdout",
                "--side",
                "server",
                "--local-ports",
                "" + server.port()));
        line.addAll(Arrays.asList(more));
        return Commands.run(line.toArray(String[]::new))
                .expectSuccess()
                .lines()
                .map(WatchedRecord::parse)
                .map(WatchedRecord::process)
                .toList();
    }

    private static Servers.Server start(int port, String... command) {
        return Servers.accepting(RunningProgram.start(command), port);
    }

    /** The program itself, as what is on the PATH may be a script that runs it. */
    private static String python() {
        String python = Commands.run("python3", "-c", "import sys; print(sys.executable)")
                .expectSuccess()
                .strip();
        return Path.of(python).resolveSibling("python3").toString();
    }

    private static String classes() {
        return Path.of(ShopServer.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toString();
    }

    private static String jar() {
        Path jar = RunningProgram.newFolder().resolve("shop-1.0.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, ShopServer.class.getName());
        String file = ShopServer.class.getName().replace('.', '/') + ".class";
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream archive = new JarOutputStream(out, manifest)) {
            archive.putNextEntry(new JarEntry(file));
            archive.write(Files.readAllBytes(Path.of(classes(), file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar.toString();
    }

    private static String file(String name, String text) {
        try {
            return Files.writeString(RunningProgram.newFolder().resolve(name), text)
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the hierarchy of control groups is that systemd would use, of version 2 or 1; empty where it cannot be written. */
    private static Optional<Path> hierarchy() {
        return Stream.of("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd")
                .map(Path::of)
                .filter(path -> Files.isWritable(path.resolve("cgroup.procs")))
                .findFirst();
    }

    private static Path group() {
        try {
            return Files.createDirectories(hierarchy().orElseThrow().resolve("system.slice/" + UNIT + "@1.service"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /* A group can be removed once the last process in it has gone. */
    private static void removeGroup() {
        hierarchy()
                .map(path -> path.resolve("system.slice/" + UNIT + "@1.service"))
                .filter(Files::isDirectory)
                .ifPresent(group -> Awaitility.await("an empty group")
                        .atMost(PATIENCE)
                        .until(() -> group.toFile().delete()));
    }
}
