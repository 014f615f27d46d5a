package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.cli.CommandInside;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A program has one name, whether it began before the capture or during it; doctor and {@code --comm} know it by that. */
class ProcessNamesIT {

    /** Answers HTTP from a forked child. */
    private static final String SERVER = """
            #!%s -u
            import os, socket, sys

            def rename(name):
                with open("/proc/self/comm", "w") as comm:
                    comm.write(name)

            listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
            %s
            if os.fork() == 0:
                %s
                print("listening", flush=True)
                while True:
                    connection, _ = listener.accept()
                    while connection.recv(65536):
                        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
            os.wait()
            """;

    /** Becomes the program in memory of the file that is named first, with the rest as its arguments. */
    private static final String IN_MEMORY = """
            import os, sys

            program = os.memfd_create("shop-helper")
            with open(sys.argv[1], "rb") as file:
                os.write(program, file.read())
            os.execve(%s, sys.argv[2:], os.environ)
            """;

    /** A way to start a server, and what is to be called by it. */
    private enum Way {
        A_LINK("redis-server", () -> Servers.redis()),
        A_DESCRIPTOR("memfd:shop-helper", () -> inMemory("program")),
        A_PATH_TO_A_DESCRIPTOR("memfd:shop-helper", () -> inMemory("f'/proc/self/fd/{program}'")),
        A_SCRIPT("shop-frontend.py", () -> script("shop-frontend.py", "", "pass")),
        A_LONG_NAME("shop-frontend-of-the-north", () -> script("shop-frontend-of-the-north", "", "pass")),
        A_SCRIPT_THAT_RENAMES_ITSELF("shop-backend", () -> script("shop-backend", "rename('MainThread')", "pass")),
        A_CHILD_THAT_RENAMES_ITSELF("shop-store", () -> script("shop-store", "", "rename('worker: idle')"));

        private final String name;
        private final Supplier<Servers.Server> server;

        Way(String name, Supplier<Servers.Server> server) {
            this.name = name;
            this.server = server;
        }
    }

    @BeforeAll
    static void require() {
        Requires.captureAnd("python3", "redis-server");
    }

    @ParameterizedTest
    @EnumSource
    void aProcessHasTheSameNameBeforeAndAfterTheStart(Way way) {
        try (Servers.Server before = way.server.get();
                WatchInside kyanos = WatchInside.start("--comm", way.name);
                Servers.Server after = way.server.get()) {
            for (Servers.Server server : List.of(before, after)) {
                ask(server.port(), way);
                assertThat(kyanos.awaitRecord(record -> record.localPort() == server.port())
                                .process())
                        .isEqualTo(way.name);
            }
            assertThat(doctor(before.pid(), after.pid()).split("\"name\" : \"" + way.name + "\"", -1))
                    .as("both in what doctor says")
                    .hasSize(3);
        }
    }

    private static void ask(int port, Way way) {
        boolean isRedis = way.compareTo(Way.A_SCRIPT) < 0;
        try (Socket socket = new Socket("127.0.0.1", port)) {
            String request = isRedis ? "*1\r\n$4\r\nPING\r\n" : "GET /asked HTTP/1.1\r\nHost: a\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read(new byte[1000])).isPositive();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String doctor(long one, long other) {
        try (CommandInside doctor = CommandInside.start("doctor", "--json", "--pid", one + "," + other)) {
            doctor.awaitExit();
            return doctor.output();
        }
    }

    /** A copy of Redis that is nowhere but in memory, where {@code program} is its descriptor. */
    private static Servers.Server inMemory(String started) {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        write(folder.resolve("start.py"), IN_MEMORY.formatted(started));
        String redis = Commands.run("which", "redis-server").expectSuccess().strip();
        String[] command = {
            python(),
            "start.py",
            redis,
            "redis-server",
            "--port",
            Integer.toString(port),
            "--save",
            "",
            "--bind",
            "127.0.0.1"
        };
        return Servers.accepting(RunningProgram.startIn(folder, command), port);
    }

    /** @param self and {@code child}: a line that the process runs, and one that its child does */
    private static Servers.Server script(String name, String self, String child) {
        int port = Ports.free();
        Path folder = RunningProgram.newFolder();
        Path file = folder.resolve(name);
        write(file, SERVER.formatted(python(), self, child));
        RunningProgram program = RunningProgram.startIn(folder, file.toString(), Integer.toString(port));
        return new Servers.Server(program.awaitOutput("listening"), "127.0.0.1", port);
    }

    /** The program itself, as what is on the PATH may be a script that runs it. */
    private static String python() {
        return Commands.run("python3", "-c", "import sys; print(sys.executable)")
                .expectSuccess()
                .strip();
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
