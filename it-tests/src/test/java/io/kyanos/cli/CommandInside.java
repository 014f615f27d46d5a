package io.kyanos.cli;

import io.kyanos.Capture;
import io.kyanos.it.Patience;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The command in the tests' JVM, as it is put together for users: only its outputs and its interrupts are the test's. It
 * does not see the sockets of this JVM, which are its own. Closing interrupts it and waits for its end.
 */
public final class CommandInside implements AutoCloseable {

    /* Thread-safe, as is what it collects. */
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<Runnable> orderlyEnd = new CompletableFuture<>();
    private final CompletableFuture<Boolean> captures = new CompletableFuture<>();
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    private CommandInside() {}

    /** Runs it on a thread of its own. */
    public static CommandInside start(String... arguments) {
        CommandInside command = new CommandInside();
        Thread thread = new Thread(
                () -> {
                    try {
                        command.exitCode.complete(Main.run(command.assembly(), arguments));
                    } catch (RuntimeException | Error e) {
                        command.exitCode.completeExceptionally(e);
                    }
                },
                "kyanos " + String.join(" ", arguments));
        thread.setDaemon(true);
        thread.start();
        return command;
    }

    private Assembly assembly() {
        Assembly production = Assembly.production();
        return new Assembly(
                out,
                err,
                false,
                production.environment(),
                production.zone(),
                orderlyEnd::complete,
                (system, config, request) -> {
                    Capture capture = production.launcher().start(system, config, request);
                    captures.complete(true);
                    return capture;
                },
                production.settingsReaders());
    }

    /** Waits until it captures; an error if it ends before. */
    public CommandInside awaitCapture() {
        CompletableFuture<?> either =
                CompletableFuture.anyOf(captures, exitCode).orTimeout(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        try {
            either.handle((done, problem) -> done).join();
            if (!captures.isDone()) {
                throw new AssertionError("does not capture; it said:\n" + output() + error());
            }
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** What it has said on its standard output so far. */
    public String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    /** What it has said on its standard error so far. */
    public String error() {
        return err.toString(StandardCharsets.UTF_8);
    }

    public boolean isAlive() {
        return !exitCode.isDone();
    }

    /** Once it has ended; an error if it does not. */
    public int awaitExit() {
        try {
            return exitCode.get(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("still runs; it said:\n" + output() + error(), e);
        } catch (ExecutionException e) {
            throw new AssertionError("ended by an exception; it said:\n" + output() + error(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("wait for a command", e);
        }
    }

    @Override
    public void close() {
        orderlyEnd.thenAccept(Runnable::run);
        awaitExit();
    }
}
