package io.kyanos.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The programs in Python and JavaScript among the tests' resources. */
final class Scripts {

    private static final List<String> FILES =
            List.of("wire.py", "server.py", "client.py", "churn.py", "peers.py", "pty.py", "told.js");

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

    /** {@code churn.py}, once it listens; see there. */
    static Servers.Server churn() {
        int port = Ports.free();
        RunningProgram program = RunningProgram.startIn(
                copyInto(RunningProgram.newFolder()), "python3", "-u", "churn.py", Integer.toString(port));
        try {
            return new Servers.Server(program.awaitOutput("listening"), "127.0.0.1", port);
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    /** Lets {@code churn.py} do something, to its end; each time in other words. */
    static void tell(Servers.Server churn, String command) {
        churn.program().tell(command + "\n");
        churn.program().awaitOutput("done " + command + "\n");
    }

    /** Bytes that the server in {@code churn.py} has read and written, once it was told to quit. */
    static long moved(Servers.Server churn) {
        Matcher moved =
                Pattern.compile("moved (\\d+) bytes").matcher(churn.program().output());
        if (!moved.find()) {
            throw new AssertionError("churn.py:\n" + churn.program().output());
        }
        return Long.parseLong(moved.group(1));
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
            int exitCode = client.awaitExit();
            if (exitCode != 0) {
                throw new AssertionError("client.py: exit code " + exitCode + "\n" + client.output() + client.error());
            }
        }
    }
}
