package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.actor.CaptureLauncher;
import io.kyanos.actor.Kyanos;
import io.kyanos.sink.MetricsSettings;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the commands are put together from: the world around them and the parts that live long.
 *
 * @param out standard output; writing to it fails when its reader has gone
 * @param terminal standard output is a screen
 * @param settingsReaders read each module's settings, to find what is wrong before anything starts
 */
public record Assembly(
        OutputStream out,
        OutputStream err,
        boolean terminal,
        Map<String, String> environment,
        ZoneId zone,
        Interrupts interrupts,
        CaptureLauncher launcher,
        List<Consumer<Config>> settingsReaders) {

    static Assembly production() {
        return new Assembly(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                isTerminal(1),
                System.getenv(),
                ZoneId.systemDefault(),
                Interrupts.OF_PROCESS,
                Kyanos::start,
                settingsReadersOfAllModules());
    }

    static List<Consumer<Config>> settingsReadersOfAllModules() {
        return List.of(Settings::of, MetricsSettings::of, Kyanos::check);
    }

    /** Colours are for screens whose user has not declined them. */
    boolean coloured() {
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    }

    PrintWriter outWriter() {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true);
    }

    PrintWriter errWriter() {
        return new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true);
    }

    /** One line for the user, on standard error. */
    void tell(String line) {
        errWriter().println("kyanos: " + line);
    }

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
}
