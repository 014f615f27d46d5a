package io.kyanos.it;

import io.kyanos.cli.CommandInside;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * {@code kyanos exporter} in the tests' JVM, for tests whose subject is its flags: it starts in a moment. Neither end of
 * what it shall see can be this JVM's.
 */
final class ExporterInside implements AutoCloseable {

    private final CommandInside command;
    private final Exporter exporter;

    private ExporterInside(CommandInside command) {
        this.command = command;
        this.exporter = Exporter.await(command::isAlive, command::error);
    }

    /** On a free port of 127.0.0.1, once it is healthy. */
    static ExporterInside start(Object... arguments) {
        List<String> line = new ArrayList<>(List.of("exporter", "--listen", "127.0.0.1:0"));
        Arrays.stream(arguments).map(String::valueOf).forEach(line::add);
        KyanosProcess.addTransport(line);
        CommandInside command = CommandInside.start(line.toArray(String[]::new));
        try {
            return new ExporterInside(command);
        } catch (RuntimeException | Error e) {
            command.close();
            throw e;
        }
    }

    Scrape scrape() {
        return exporter.scrape();
    }

    /** See {@link Exporter#await(Consumer)}. */
    Scrape await(Consumer<Scrape> assertion) {
        return exporter.await(assertion);
    }

    /** Interrupts it and gives its exit code. */
    int stop() {
        command.close();
        return command.awaitExit();
    }

    /** What it has said on its standard error so far. */
    String error() {
        return command.error();
    }

    @Override
    public void close() {
        command.close();
    }
}
