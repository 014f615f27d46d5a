package io.kyanos.connection;

/** The search for the next message of one direction after its framing was lost. Not thread-safe. */
final class Search {

    private boolean on;

    /** Since the last reported loss, unknown bytes were skipped. */
    private boolean skipped = true;

    /** The next message begins where a call does: bytes elsewhere may belong to an open message that was given up. */
    private boolean onlyAtCalls;

    Search(boolean on) {
        this.on = on;
    }

    boolean isOn() {
        return on;
    }

    boolean isOnlyAtCalls() {
        return on && onlyAtCalls;
    }

    void begin() {
        on = true;
    }

    /** Starts over; the matcher knows of the loss. */
    void restart() {
        on = true;
        skipped = false;
    }

    void onlyAtCalls() {
        onlyAtCalls = true;
    }

    void skipped() {
        skipped = true;
    }

    /** Framing stands again; true if what was skipped until here may have held messages of a later turn. */
    boolean end() {
        boolean mayHaveMissed = on && skipped;
        if (on) {
            on = false;
            onlyAtCalls = false;
        }
        return mayHaveMissed;
    }
}
