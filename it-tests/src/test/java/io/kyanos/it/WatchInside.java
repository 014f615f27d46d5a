package io.kyanos.it;

import io.kyanos.cli.CommandInside;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * {@code kyanos watch} in the tests' JVM, which writes JSON into a file: for tests that need settings of their own, as it
 * starts in a moment. It sees the other end alone of what this JVM says.
 */
final class WatchInside implements AutoCloseable {

    private final CommandInside command;
    private final Path file;
    private final Records records;

    private WatchInside(CommandInside command, Path file) {
        this.command = command;
        this.file = file;
        this.records = new Records(file);
    }

    /** Once it captures. */
    static WatchInside start(String... arguments) {
        Path file = RunningProgram.newFolder().resolve("records.jsonl");
        List<String> line = new ArrayList<>(List.of("watch", "--json-output", file.toString()));
        Collections.addAll(line, arguments);
        KyanosProcess.addTransport(line);
        CommandInside command = CommandInside.start(line.toArray(String[]::new)).awaitCapture();
        // by then the file is there
        Awaitility.await("capturing").until(() -> command.error().contains(KyanosProcess.CAPTURING));
        return new WatchInside(command, file);
    }

    /** See {@link Records#all}. */
    List<WatchedRecord> records() {
        return records.all();
    }

    /** See {@link Records#await(int, Consumer)}. */
    List<WatchedRecord> awaitRecordsOf(int port, Consumer<List<WatchedRecord>> assertion) {
        return records.await(port, assertion);
    }

    /** See {@link Records#await(Predicate)}. */
    WatchedRecord awaitRecord(Predicate<WatchedRecord> wanted) {
        return records.await(wanted);
    }

    /** Interrupts it, waits for its orderly end, and gives all records. */
    List<WatchedRecord> stop() {
        command.close();
        if (command.awaitExit() != 0) {
            throw new AssertionError("exit code " + command.awaitExit() + ":\n" + command.error());
        }
        return records.all();
    }

    /** What it has said on its standard error so far. */
    String error() {
        return command.error();
    }

    @Override
    public void close() {
        command.close();
        try {
            Files.delete(file);
            Files.delete(file.getParent());
        } catch (IOException e) {
            throw new AssertionError("delete " + file, e);
        }
    }
}
