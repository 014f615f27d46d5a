package io.kyanos.packet;

import java.io.IOException;

/** A packet capture that cannot be read or written. Its message is for users: what was done, on which file, what is wrong. */
public final class CaptureException extends IOException {

    private static final long serialVersionUID = 1L;

    /** {@code operation file: problem}. */
    CaptureException(String operation, String file, String problem) {
        super(operation + " " + file + ": " + problem);
    }

    CaptureException(String operation, String file, String problem, Throwable cause) {
        super(operation + " " + file + ": " + problem, cause);
    }
}
