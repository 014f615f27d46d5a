package io.kyanos.cli.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a machine tells of itself in files. What cannot be read is absent; nothing is written.
 *
 * @param root where its files are: {@code /}
 */
record Machine(Path root) {

    /** A whole file, without blanks around it. */
    Optional<String> text(String path) {
        try {
            return Optional.of(
                    Files.readString(at(path), StandardCharsets.ISO_8859_1).strip());
        } catch (IOException ignored) {
            // absent or not for us: its absence is what is reported
            return Optional.empty();
        }
    }

    List<String> lines(String path) {
        return text(path).map(text -> text.lines().toList()).orElse(List.of());
    }

    boolean exists(String path) {
        return Files.exists(at(path));
    }

    boolean isReadable(String path) {
        return Files.isReadable(at(path));
    }

    /** What a symbolic link names. */
    Optional<String> link(String path) {
        try {
            return Optional.of(Files.readSymbolicLink(at(path)).toString());
        } catch (IOException ignored) {
            // as above
            return Optional.empty();
        }
    }

    /** The names in a folder; absent where it cannot be listed. */
    Optional<List<String>> names(String folder) {
        try (Stream<Path> files = Files.list(at(folder))) {
            return Optional.of(
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        } catch (IOException ignored) {
            // as above
            return Optional.empty();
        }
    }

    Path at(String path) {
        return root.resolve(path.substring(1));
    }

    /** What {@code /proc/PID/status} says of a process, or of {@code self}. */
    ProcessStatus status(String pid) {
        return ProcessStatus.parse(text("/proc/" + pid + "/status").orElse(""));
    }
}
