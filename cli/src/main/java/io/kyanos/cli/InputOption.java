package io.kyanos.cli;

import io.kyanos.CaptureLauncher;
import io.kyanos.Kyanos;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flag that puts a recording in the place of the kernel. */
final class InputOption {

    @Option(
            names = "--input",
            paramLabel = "FILE",
            description = "Read a recording of `kyanos record` instead of capturing; needs no privileges.")
    @Nullable
    Path input;

    /** Whether a recording is read. */
    boolean isGiven() {
        return input != null;
    }

    /** The file, as it was given. */
    String file() {
        return String.valueOf(input);
    }

    /** How the command gets its records. */
    CaptureLauncher launcher(Assembly assembly) {
        if (input == null) {
            return assembly.launcher();
        }
        Path path = input;
        if (path.toString().isBlank() || path.toString().equals("-")) {
            throw new UsageException("--input", path.toString(), "a file made by kyanos record");
        }
        return (system, config, request) -> Kyanos.get(system).replay(config, request, path);
    }
}
