package io.kyanos.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What {@code /proc} tells of processes. Of one that has gone, or that may not be looked at, nothing. No file that a process
 * names is opened: who observes may read more than who is observed.
 *
 * @param proc where it is mounted
 */
record ProcessFiles(Path proc) {

    /** A class path alone may have 128 KiB. */
    private static final int MAX_ARGUMENT_BYTES = 512 * 1024;

    private static final int MAX_CGROUP_BYTES = 64 * 1024;
    private static final String DELETED = " (deleted)";

    /** The file name of the program that it runs now. */
    Optional<String> executable(int pid) {
        try {
            String path = Files.readSymbolicLink(file(pid, "exe")).toString();
            String there = path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
            return Optional.of(there.substring(there.lastIndexOf('/') + 1));
        } catch (IOException ignored) {
            // It has gone, or may not be looked at: the next choice names it.
            return Optional.empty();
        }
    }

    /** What it was started with, or what it has written over that; what is cut by our bound is left out. */
    List<String> arguments(int pid) {
        byte[] bytes = read(file(pid, "cmdline"), MAX_ARGUMENT_BYTES);
        List<String> arguments = Arrays.asList(new String(bytes, StandardCharsets.UTF_8).split("\0", -1));
        boolean hasEnd = bytes.length > 0 && (bytes[bytes.length - 1] == 0 || bytes.length == MAX_ARGUMENT_BYTES);
        return hasEnd ? arguments.subList(0, arguments.size() - 1) : arguments;
    }

    /** Its control groups, one a line, as {@code cgroups(7)} has it. */
    List<String> cgroups(int pid) {
        return new String(read(file(pid, "cgroup"), MAX_CGROUP_BYTES), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private Path file(int pid, String name) {
        return proc.resolve(Integer.toString(pid)).resolve(name);
    }

    private static byte[] read(Path file, int most) {
        try (InputStream input = Files.newInputStream(file)) {
            return input.readNBytes(most);
        } catch (IOException ignored) {
            // As above.
            return new byte[0];
        }
    }
}
