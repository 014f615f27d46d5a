package io.kyanos.connection;

/** How far the current message of one direction has come. Not thread-safe. */
final class CurrentMessage {

    private boolean announced;
    private boolean givenOut;
    private boolean incomplete;

    /** The matcher knows that it has begun. */
    boolean isAnnounced() {
        return announced;
    }

    /** What is known of it has been given out, so its end is left out. */
    boolean isGivenOut() {
        return givenOut;
    }

    /** Bytes of it were lost. */
    boolean isIncomplete() {
        return incomplete;
    }

    void announce() {
        announced = true;
    }

    void giveOut() {
        givenOut = true;
    }

    /** Bytes of it are missing. */
    void misses(Fate fate) {
        incomplete |= isLoss(fate);
    }

    /** What a call has moved beyond the cap, or where nobody wanted it, is known as well as what was captured. */
    static boolean isLoss(Fate fate) {
        return fate != Fate.GAP_CAPPED && fate != Fate.PASSED_OVER;
    }

    void nothingMissing() {
        incomplete = false;
    }

    /** Another message is next. */
    void forget() {
        announced = false;
        givenOut = false;
    }
}
