package io.kyanos.event;

/** One of the kernel side's event streams. */
public enum Channel {
    CONN("conn"),
    SYSCALL("syscall"),
    SSL("ssl"),
    KERN("kern"),
    FIRST_PACKET("first-packet"),
    PROCESS("process");

    private final String label;

    Channel(String label) {
        this.label = label;
    }

    /** The word used in metrics and configuration. */
    public String label() {
        return label;
    }
}
