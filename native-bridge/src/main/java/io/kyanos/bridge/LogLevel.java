package io.kyanos.bridge;

/** How much of what libbpf says is kept for {@link BpfException#log()} and {@link ProgramResult#log()}. */
public enum LogLevel {
    WARN,
    INFO,
    DEBUG;

    /** Applies to the whole process from the next libbpf call on. {@link #WARN} is the default. */
    public void apply() {
        Native.logLevel(number());
    }

    /** As libbpf numbers its print levels. */
    private int number() {
        return switch (this) {
            case WARN -> 0;
            case INFO -> 1;
            case DEBUG -> 2;
        };
    }
}
