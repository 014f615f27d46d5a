package io.kyanos.cli.screen;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** What standard output is. Thread-safe. */
public interface Screen {

    /** No limit to a line's length. */
    int UNLIMITED = Integer.MAX_VALUE;

    /** A pipe or a device: lines of any length, for a reader that may be slow. */
    Screen PIPE = new Fixed(Kind.PIPE, UNLIMITED);

    /** A regular file: lines of any length. */
    Screen FILE = new Fixed(Kind.FILE, UNLIMITED);

    /** What becomes of what is written. */
    enum Kind {
        TERMINAL,
        FILE,
        PIPE
    }

    Kind kind();

    /** Columns of a terminal, as it is now; {@link #UNLIMITED} where a line may have any length. */
    int columns();

    /** A terminal that does not change. */
    static Screen terminal(int columns) {
        return new Fixed(Kind.TERMINAL, columns);
    }

    /**
     * What this process has as its standard output. Of a terminal the variable {@code COLUMNS} overrules the width.
     *
     * @param whenResized takes what is to run when the terminal is resized
     */
    static Screen ofStandardOutput(Map<String, String> environment, Consumer<Runnable> whenResized) {
        Path descriptor = Path.of("/proc/self/fd/1");
        if (isTerminal(1)) {
            int columns = columns(environment.getOrDefault("COLUMNS", ""));
            return columns > 0 ? terminal(columns) : new Terminal(descriptor, whenResized);
        }
        return Files.isRegularFile(descriptor) ? FILE : PIPE;
    }

    /** Whether an open descriptor of this process is a terminal. */
    static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException ignored) {
            /* Without /proc nothing is known; plain output is right everywhere. */
            return false;
        }
    }

    private static int columns(String text) {
        return text.matches("[1-9]\\d{0,4}") ? Integer.parseInt(text) : 0;
    }

    /** One that stays as it is. */
    record Fixed(Kind kind, int columns) implements Screen {}
}
