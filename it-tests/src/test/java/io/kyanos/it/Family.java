package io.kyanos.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A shell that starts what it is told: its descendants are what {@code --pids} of it captures, and nothing else of the
 * machine. Closing it ends them.
 */
final class Family implements AutoCloseable {

    private final RunningProgram shell;
    private int lines;

    private Family(RunningProgram shell) {
        this.shell = shell;
    }

    static Family start() {
        return new Family(RunningProgram.start("sh"));
    }

    long pid() {
        return shell.parentPid();
    }

    /** Redis on 127.0.0.1. Closing it ends the whole family. */
    Servers.Server redis() {
        int port = Ports.free();
        shell.tell("redis-server --port " + port + " --bind 127.0.0.1 --save '' > redis.log 2>&1 &\n");
        return Servers.accepting(shell, port);
    }

    /** Redis on a unix socket alone, whose path it gives. Ends with the family. */
    Path redisSocket() {
        Path socket = shell.folder().resolve("redis.sock");
        shell.tell("redis-server --port 0 --unixsocket " + socket + " --save '' > redis.log 2>&1 &\n");
        Awaitility.await("a Redis that listens").until(() -> {
            Path log = shell.folder().resolve("redis.log");
            return Files.exists(socket) && Files.readString(log).contains("ready to accept");
        });
        return socket;
    }

    /** Runs one line to its end and gives all output so far; an error if its exit code is not 0. */
    String run(String line) {
        lines++;
        shell.tell(line + "; code=$?; echo; echo ended " + lines + " with $code\n");
        String ended = "ended " + lines + " with ";
        shell.awaitOutput(ended);
        List<String> output = shell.output().lines().toList();
        if (!output.contains(ended + "0")) {
            throw new AssertionError(line + ":\n" + shell.output() + shell.error());
        }
        return shell.output();
    }

    @Override
    public void close() {
        shell.close();
    }
}
