package io.kyanos.sink;

import java.util.Locale;

/** A label of the request metrics. */
public enum MetricLabel {
    PROTOCOL(false),
    SIDE(false),
    PROCESS(true),
    OPERATION(true),
    OUTCOME(false),
    PEER(true),

    /** {@code true} of what client libraries send by themselves when they connect, else {@code false}. */
    SETUP(false);

    private final boolean open;

    MetricLabel(boolean open) {
        this.open = open;
    }

    /** Its values are not from a closed table, so a cap applies. */
    boolean isOpen() {
        return open;
    }

    /** The name in metrics and in the configuration. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
