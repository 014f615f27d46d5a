package io.kyanos.event;

/**
 * One of the kernel side's event streams. In the order in which a poll drains them: what describes a connection or a
 * process comes no later than its data, however much waits.
 */
public enum Channel {
    CONN("conn"),
    PROCESS("process"),
    SYSCALL("syscall");

    private final String label;

    Channel(String label) {
        this.label = label;
    }

    /** The word used in metrics and configuration. */
    public String label() {
        return label;
    }
}
