package io.kyanos.cli;

import io.kyanos.CaptureLauncher;
import io.kyanos.Kyanos;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flag that puts a recording or a packet capture in the place of the kernel. */
final class InputOption {

    private static final String STANDARD_INPUT = "-";

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "Read a recording of `kyanos record` or a packet capture (pcap, pcapng) instead of capturing;"
                    + " needs no privileges. With - a packet capture from standard input, as it comes.")
    @Nullable
    Path input;

    /** Whether something is read instead of capturing. */
    boolean isGiven() {
        return input != null;
    }

    /** Whether that is a file. */
    boolean isFile() {
        return input != null && !isStandardInput();
    }

    /** The file, as a message names it. */
    String file() {
        return isStandardInput() ? "standard input" : String.valueOf(input);
    }

    /** How the command gets its records. */
    CaptureLauncher launcher(Assembly assembly) {
        if (input == null) {
            return assembly.launcher();
        }
        Path path = input;
        if (path.toString().isBlank()) {
            throw new UsageException(
                    "--input",
                    path.toString(),
                    "a file made by kyanos record, a packet capture, or - for standard input");
        }
        if (isStandardInput()) {
            return (system, config, request) -> Kyanos.get(system).replay(config, request, assembly.in(), file());
        }
        return (system, config, request) -> {
            try {
                return Kyanos.get(system).replay(config, request, path);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    private boolean isStandardInput() {
        return String.valueOf(input).equals(STANDARD_INPUT);
    }
}
