package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.CaptureLauncher;
import io.kyanos.cli.screen.Screen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** What a command under test sees and says. */
final class World {

    private final CompletableFuture<Runnable> orderlyEnd = new CompletableFuture<>();
    private final Watched out = new Watched();
    private final Watched err = new Watched();
    private Screen screen = Screen.PIPE;
    private InputStream standardInput = InputStream.nullInputStream();
    private OutputStream standardOutput = out;
    private CaptureLauncher launcher = (system, config, request) -> {
        throw new AssertionError("nothing is to be captured here");
    };

    World capturing(FakeCapture capture) {
        launcher = (system, config, request) -> {
            capture.request.complete(request);
            return capture;
        };
        return this;
    }

    World launching(CaptureLauncher other) {
        launcher = other;
        return this;
    }

    World on(Screen other) {
        screen = other;
        return this;
    }

    World reading(InputStream stream) {
        standardInput = stream;
        return this;
    }

    World writingTo(OutputStream stream) {
        standardOutput = stream;
        return this;
    }

    int run(String... args) {
        List<Consumer<Config>> readers = Assembly.settingsReadersOfAllModules();
        return Main.run(
                new Assembly(
                        standardInput,
                        standardOutput,
                        err,
                        screen,
                        Map.of(),
                        ZoneOffset.UTC,
                        orderlyEnd::complete,
                        launcher,
                        readers),
                args);
    }

    /** The exit code, once the command has ended. */
    CompletableFuture<Integer> start(String... args) {
        CompletableFuture<Integer> code = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                code.complete(run(args));
            } catch (RuntimeException | Error e) {
                code.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return code;
    }

    void interrupt() throws ExecutionException, InterruptedException, TimeoutException {
        orderlyEnd.get(30, TimeUnit.SECONDS).run();
    }

    String out() {
        return out.text();
    }

    String err() {
        return err.text();
    }

    /** Waits until standard output holds {@code text}. */
    void awaitOut(String text) throws InterruptedException {
        out.await(text);
    }

    /** Waits until standard error holds {@code text}. */
    void awaitErr(String text) throws InterruptedException {
        err.await(text);
    }

    private static final class Watched extends OutputStream {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int b) {
            bytes.write(b);
            notifyAll();
        }

        @Override
        public synchronized void write(byte[] array, int offset, int length) throws IOException {
            bytes.write(array, offset, length);
            notifyAll();
        }

        synchronized String text() {
            return bytes.toString(StandardCharsets.UTF_8);
        }

        synchronized void await(String text) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            while (!text().contains(text)) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new AssertionError("never said: " + text + "; said: " + text());
                }
                wait(left);
            }
        }
    }
}
