package io.kyanos.record;

/** Why a request has no answer. */
public enum Unanswered {
    CLOSED("closed"),
    RESET("reset"),
    TIMEOUT("timeout"),
    /** The answer may have come, but bytes that would have shown it were not captured. */
    CAPTURE_LOSS("capture_loss");

    private final String label;

    Unanswered(String label) {
        this.label = label;
    }

    /** The word used in metrics and JSON. */
    public String label() {
        return label;
    }
}
