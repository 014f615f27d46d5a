package io.kyanos.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands to their end. */
final class Commands {

    /** What a command has left. */
    record Result(int exitCode, String output, String error) {

        /** Its output, if it went well. */
        String expectSuccess() {
            if (exitCode != 0) {
                throw new AssertionError("exit code " + exitCode + "\n" + output + error);
            }
            return output;
        }
    }

    private Commands() {}

    /** Runs it; what does not end is killed and an error. */
    static Result run(String... command) {
        try {
            Path output = Files.createTempFile("kyanos-it", ".out");
            Path error = Files.createTempFile("kyanos-it", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(output.toFile())
                        .redirectError(error.toFile())
                        .start();
                if (!process.waitFor(Patience.LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly().waitFor();
                    throw new AssertionError("not done after " + Patience.LIMIT + ": " + List.of(command) + "\n"
                            + Files.readString(output) + Files.readString(error));
                }
                return new Result(process.exitValue(), Files.readString(output), Files.readString(error));
            } finally {
                Files.delete(output);
                Files.delete(error);
            }
        } catch (IOException e) {
            throw new AssertionError("run " + List.of(command), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("run " + List.of(command), e);
        }
    }
}
