package io.kyanos.cli;

/** The user asked for something that cannot be meant. The message is shown as it is. */
final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }

    /** A flag's value that is not one: {@code --pids: abc (expected: process ids, like 1234,5678)}. */
    UsageException(String flag, String value, String expected) {
        this(flag + ": " + (value.isBlank() ? "nothing" : value) + " (expected: " + expected + ")");
    }
}
