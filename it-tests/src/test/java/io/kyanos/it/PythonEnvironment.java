package io.kyanos.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Python with packages of PyPI, in a folder of its own. Where they cannot be had, the test is skipped. */
record PythonEnvironment(Path folder) implements AutoCloseable {

    /** @param packages each with its version: {@code nats-py==2.9.0} */
    static PythonEnvironment with(String... packages) {
        PythonEnvironment environment = new PythonEnvironment(RunningProgram.newFolder());
        Commands.run("python3", "-m", "venv", environment.folder.toString()).expectSuccess();
        String[] pip = {environment.folder + "/bin/pip", "--timeout", "20", "install", "-q"};
        Commands.Result installed = Commands.run(Servers.concat(pip, packages));
        if (installed.exitCode() != 0) {
            environment.close();
            Assumptions.abort(String.join(", ", packages) + " cannot be had: " + installed);
        }
        return environment;
    }

    String python() {
        return folder + "/bin/python";
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new AssertionError("delete " + folder, e);
        }
    }
}
