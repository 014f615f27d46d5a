package io.kyanos.packet;

import java.io.IOException;
import java.nio.file.Path;

/** A packet capture that cannot be read or written. Its message is for users: what was done, on which file, what is wrong. */
public final class CaptureException extends IOException {

    private static final long serialVersionUID = 1L;

    /** A file that could not be written. {@code reason} is in words for people. */
    public static CaptureException writing(Path file, String reason, IOException cause) {
        return new CaptureException("write packet capture", file.toString(), reason, cause);
    }

    /** {@code operation file: problem}. */
    CaptureException(String operation, String file, String problem) {
        super(operation + " " + file + ": " + problem);
    }

    CaptureException(String operation, String file, String problem, Throwable cause) {
        super(operation + " " + file + ": " + problem, cause);
    }
}
