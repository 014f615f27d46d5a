package io.kyanos.recording;

import java.nio.file.Path;

/** A recording that cannot be written or read. Its message is for users: what was done, on which file, what is wrong. */
public final class RecordingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** {@code operation file: problem}. */
    RecordingException(String operation, Path file, String problem) {
        super(operation + " " + file + ": " + problem);
    }

    RecordingException(String operation, Path file, String problem, Throwable cause) {
        super(operation + " " + file + ": " + problem, cause);
    }
}
