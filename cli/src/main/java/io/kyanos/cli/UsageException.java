package io.kyanos.cli;

import java.util.List;
import java.util.stream.Collectors;

/** The user asked for something that cannot be meant. The message is shown as it is. */
final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String place;

    UsageException(String message) {
        this(message, List.of());
    }

    /** Shows lines below the message, which point at the place. */
    UsageException(String message, List<String> lines) {
        super(message);
        place = lines.stream().map(line -> "\n  " + line).collect(Collectors.joining());
    }

    /** A flag's value that is not one: {@code --pids: abc (expected: process ids, like 1234,5678)}. */
    UsageException(String flag, String value, String expected) {
        this(flag + ": " + (value.isBlank() ? "nothing" : value) + " (expected: " + expected + ")");
    }

    /** What is shown after the message: nothing, or lines that each begin with a line break. */
    String place() {
        return place;
    }
}
