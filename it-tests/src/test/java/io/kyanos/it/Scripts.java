package io.kyanos.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** The programs in Python among the tests' resources. */
final class Scripts {

    private static final List<String> FILES = List.of("wire.py", "server.py", "client.py");

    private Scripts() {}

    static Path copyInto(Path folder) {
        for (String file : FILES) {
            try (InputStream in = Objects.requireNonNull(Scripts.class.getResourceAsStream(file), file)) {
                Files.copy(in, folder.resolve(file));
            } catch (IOException e) {
                throw new AssertionError("copy " + file, e);
            }
        }
        return folder;
    }

    /** {@code client.py}, once it runs; see there. */
    static RunningProgram client(Servers.Server server, String... options) {
        return client(server.host(), server.port(), options);
    }

    static RunningProgram client(String host, int port, String... options) {
        String[] command = {"python3", "-u", "client.py", host, Integer.toString(port)};
        return RunningProgram.startIn(copyInto(RunningProgram.newFolder()), Servers.concat(command, options));
    }

    /** {@code client.py} from its start to its end. */
    static void ask(Servers.Server server, String... options) {
        ask(server.host(), server.port(), options);
    }

    static void ask(String host, int port, String... options) {
        try (RunningProgram client = client(host, port, options)) {
            int exitCode = client.awaitExit(Duration.ofMinutes(1));
            if (exitCode != 0) {
                throw new AssertionError("client.py: exit code " + exitCode + "\n" + client.output() + client.error());
            }
        }
    }
}
