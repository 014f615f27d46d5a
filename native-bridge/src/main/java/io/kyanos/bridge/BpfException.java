package io.kyanos.bridge;

/**
 * A refusal by the environment: the kernel, libbpf or the machine's set-up. The message names the operation, its
 * subject and the system's error; {@link #log()} holds what libbpf (and through it the verifier) said meanwhile.
 */
public final class BpfException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String log;

    public BpfException(String message, int errno, String log) {
        super(message);
        this.errno = errno;
        this.log = log;
    }

    BpfException(String message, Throwable cause) {
        super(message, cause);
        this.errno = 0;
        this.log = "";
    }

    /** The system's error number, positive; 0 where there is none. */
    public int errno() {
        return errno;
    }

    /** libbpf's own lines, oldest first, at most 64 KiB (the end is kept); empty when it said nothing. */
    public String log() {
        return log;
    }
}
