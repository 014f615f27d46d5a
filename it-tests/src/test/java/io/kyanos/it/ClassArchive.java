package io.kyanos.it;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * The classes of the command as the JVM keeps them for faster starts, as the launcher does. Made once per build, in the
 * build's folder; a JVM that cannot make it does without, and so does one that is told {@code kyanos.it.archive=false}:
 * under an emulator, making it takes longer than the few starts of a run gain.
 */
final class ClassArchive {

    /** Jars alone, as an archive knows no folders: what is under test, without the tests. */
    static final String CLASS_PATH = Arrays.stream(
                    System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> entry.endsWith(".jar") && !entry.contains("kyanos-it-tests"))
            .collect(Collectors.joining(File.pathSeparator));

    /* A class of its own, as what waits here for the archive asks this one from another thread. */
    private static final class Made {
        static final Optional<Path> ARCHIVE = make();
    }

    private ClassArchive() {}

    /** The option that lets a JVM use it; none where there is none. */
    static List<String> options() {
        return Made.ARCHIVE
                .map(file -> List.of("-XX:SharedArchiveFile=" + file))
                .orElse(List.of());
    }

    private static Optional<Path> make() {
        if (!Boolean.parseBoolean(System.getProperty("kyanos.it.archive", "true"))) {
            return Optional.empty();
        }
        try {
            Path file = Path.of("target", "classes-" + Integer.toHexString(key().hashCode()) + ".jsa")
                    .toAbsolutePath();
            // the tests of another JVM may make it now
            try (FileChannel lock = FileChannel.open(file.resolveSibling("classes.lock"), CREATE, WRITE)) {
                lock.lock();
                return Files.exists(file) ? Optional.of(file) : makeAt(file);
            }
        } catch (IOException e) {
            throw new AssertionError("keep the classes of a first run", e);
        }
    }

    private static Optional<Path> makeAt(Path file) throws IOException {
        Path made = file.resolveSibling(
                file.getFileName() + "." + ProcessHandle.current().pid());
        run(made);
        if (!Files.exists(made)) {
            return Optional.empty();
        }
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        return Optional.of(file);
    }

    private static void run(Path archive) throws IOException {
        List<String> line = KyanosProcess.command(List.of("-XX:ArchiveClassesAtExit=" + archive));
        line.addAll(List.of("exporter", "--listen", "127.0.0.1:0"));
        try (RunningProgram exporter = RunningProgram.start(line.toArray(String[]::new))) {
            Awaitility.await("an exporter")
                    .until(() -> exporter.error().contains("metrics at ") || !exporter.isAlive());
            if (exporter.isAlive()) {
                String address = exporter.error().split("metrics at ")[1].strip();
                URI.create(address).toURL().openStream().close();
                exporter.signal("TERM");
                exporter.awaitExit();
            }
        }
    }

    /* The JVM refuses an archive of other jars; here, one of other jars is another file. */
    private static String key() throws IOException {
        StringBuilder key = new StringBuilder(System.getProperty("java.vm.version"));
        for (String jar : CLASS_PATH.split(File.pathSeparator)) {
            Path path = Path.of(jar);
            key.append(jar).append(Files.size(path)).append(Files.getLastModifiedTime(path));
        }
        return key.toString();
    }
}
