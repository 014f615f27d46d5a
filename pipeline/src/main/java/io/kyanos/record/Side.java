package io.kyanos.record;

/** What this end of a connection is. */
public enum Side {
    CLIENT("client"),
    SERVER("server"),
    UNKNOWN("unknown");

    private final String label;

    Side(String label) {
        this.label = label;
    }

    /** The word used in metrics, JSON and flags. */
    public String label() {
        return label;
    }
}
