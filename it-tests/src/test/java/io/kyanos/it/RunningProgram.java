package io.kyanos.it;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A program in the foreground, with a folder of its own that it runs in and leaves nothing of. Closing kills it and what
 * it has started, by their ids.
 */
final class RunningProgram implements AutoCloseable {

    private final Process process;
    private final Path folder;

    private RunningProgram(Process process, Path folder) {
        this.process = process;
        this.folder = folder;
    }

    /** A folder to prepare, and then to start in. */
    static Path newFolder() {
        try {
            return Files.createTempDirectory("kyanos-it");
        } catch (IOException e) {
            throw new AssertionError("make a folder", e);
        }
    }

    static RunningProgram start(String... command) {
        return startIn(newFolder(), command);
    }

    static RunningProgram startIn(Path folder, String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectOutput(folder.resolve("stdout").toFile())
                    .redirectError(folder.resolve("stderr").toFile())
                    .start();
            return new RunningProgram(process, folder);
        } catch (IOException e) {
            throw new AssertionError("start " + List.of(command), e);
        }
    }

    /** Of the program itself: where it was started through another one, of the last in that line. */
    long pid() {
        return process.descendants()
                .max(Comparator.comparingLong(ProcessHandle::pid))
                .map(ProcessHandle::pid)
                .orElse(process.pid());
    }

    /** Of the process that was started. */
    long parentPid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Path folder() {
        return folder;
    }

    String output() {
        return read(folder.resolve("stdout"));
    }

    String error() {
        return read(folder.resolve("stderr"));
    }

    /** Writes to its standard input. */
    void tell(String text) {
        try {
            OutputStream in = process.getOutputStream();
            in.write(text.getBytes(StandardCharsets.UTF_8));
            in.flush();
        } catch (IOException e) {
            throw new AssertionError("write to a program's standard input; it said:\n" + output() + error(), e);
        }
    }

    /** Ends its standard input. */
    void endInput() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new AssertionError("end a program's standard input", e);
        }
    }

    /** Waits until its output contains {@code text}. */
    RunningProgram awaitOutput(String text) {
        Awaitility.await(text)
                .pollInterval(Duration.ofMillis(20))
                .failFast(() -> {
                    if (!isAlive() && !output().contains(text)) {
                        throw new AssertionError("ended without saying " + text + ":\n" + output() + error());
                    }
                })
                .until(() -> output().contains(text));
        return this;
    }

    /** Sends a signal, as {@code INT}, to the program itself. */
    void signal(String name) {
        Commands.run("kill", "-" + name, Long.toString(pid())).expectSuccess();
    }

    /** Its exit code, once it has ended. */
    int awaitExit() {
        return awaitExit(Patience.LIMIT);
    }

    /** Its exit code, once it has ended; an error if it has not after {@code limit}. */
    int awaitExit(Duration limit) {
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("still runs after " + limit + "; it said:\n" + output() + error());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("wait for a program", e);
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
        awaitExit();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | java.io.UncheckedIOException ignored) {
            // a child may still write as it dies; /tmp keeps what is left
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError("read what a program wrote", e);
        }
    }
}
