package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.CaptureLauncher;
import io.kyanos.Kyanos;
import io.kyanos.cli.screen.Screen;
import io.kyanos.sink.MetricsSettings;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the commands are put together from: the world around them and the parts that live long.
 *
 * @param in standard input
 * @param out standard output; writing to it fails when its reader has gone
 * @param screen what standard output is
 * @param settingsReaders read each module's settings, to find what is wrong before anything starts
 */
public record Assembly(
        InputStream in,
        OutputStream out,
        OutputStream err,
        Screen screen,
        Map<String, String> environment,
        ZoneId zone,
        Interrupts interrupts,
        CaptureLauncher launcher,
        List<Consumer<Config>> settingsReaders) {

    /** Of a standard input that is empty, and a standard output that is a terminal of 80 columns, or a pipe. */
    public Assembly(
            OutputStream out,
            OutputStream err,
            boolean terminal,
            Map<String, String> environment,
            ZoneId zone,
            Interrupts interrupts,
            CaptureLauncher launcher,
            List<Consumer<Config>> settingsReaders) {
        this(
                InputStream.nullInputStream(),
                out,
                err,
                terminal ? Screen.terminal(80) : Screen.PIPE,
                environment,
                zone,
                interrupts,
                launcher,
                settingsReaders);
    }

    static Assembly production() {
        return new Assembly(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                Screen.ofStandardOutput(System.getenv(), whenResized -> Signals.handle("WINCH", whenResized)),
                System.getenv(),
                ZoneId.systemDefault(),
                Interrupts.OF_PROCESS,
                CaptureLauncher.live(),
                settingsReadersOfAllModules());
    }

    static List<Consumer<Config>> settingsReadersOfAllModules() {
        return List.of(Settings::of, MetricsSettings::of, Kyanos::check);
    }

    /** Colours are for screens whose user has not declined them. */
    boolean coloured() {
        return screen.kind() == Screen.Kind.TERMINAL
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
}
