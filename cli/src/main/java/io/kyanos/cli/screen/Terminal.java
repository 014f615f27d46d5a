package io.kyanos.cli.screen;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The terminal behind a descriptor of this process, followed when it is resized. Its width is asked of stty(1), which is
 * wherever terminals are: what reads recordings has no native part that could ask the kernel.
 */
final class Terminal implements Screen {

    private static final int COLUMNS_IF_UNKNOWN = 80;
    private static final long PATIENCE_MILLIS = 1000;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5}) (\\d{1,5})\\s*");

    private final Path device;
    private final AtomicBoolean resized = new AtomicBoolean(true);
    private volatile int columns = COLUMNS_IF_UNKNOWN;

    /** @param listen for a resize: takes what is to run at each */
    Terminal(Path device, Consumer<Runnable> listen) {
        this.device = device;
        listen.accept(() -> resized.set(true));
    }

    @Override
    public Kind kind() {
        return Kind.TERMINAL;
    }

    @Override
    public int columns() {
        if (resized.getAndSet(false)) {
            columns = ask();
        }
        return columns;
    }

    /* A serial line has no size: 0 0. Another user's terminal cannot be opened, but may be our input, too. */
    private int ask() {
        int columns = ask(ProcessBuilder.Redirect.from(device.toFile()));
        if (columns == 0) {
            columns = ask(ProcessBuilder.Redirect.INHERIT);
        }
        return columns == 0 ? COLUMNS_IF_UNKNOWN : columns;
    }

    private static int ask(ProcessBuilder.Redirect input) {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(input)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                stty.destroyForcibly();
                return 0;
            }
            String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            Matcher size = SIZE.matcher(said);
            return size.matches() ? Integer.parseInt(size.group(2)) : 0;
        } catch (IOException ignored) {
            // no stty, or no right to open the terminal
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }
}
