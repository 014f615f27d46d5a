package io.kyanos.capture;

/**
 * Decides the detail that a share of a processor allows, look by look. Above the share, detail falls by a step at every
 * look. It comes back by a step after some looks in a row that used less than half of the share, as a step may double what
 * is spent; where that was too much, it takes twice as many looks the next time. As many looks at the beginning decide nothing, as a JVM
 * that starts spends more than it will. Knows no clock. Not thread-safe.
 */
final class Budget {

    private static final double ROOM_FOR_A_STEP = 0.5;
    private static final int MOST_PATIENCE = 64;

    private final double share;
    private final int calmLooks;
    private CaptureDetail detail = CaptureDetail.FULL;
    private int looksToStart;
    private int patience = 1;
    private int calm;
    private boolean trying;

    /**
     * @param share of one processor
     * @param calmLooks before detail comes back by a step, and at the beginning
     */
    Budget(double share, int calmLooks) {
        this.share = share;
        this.calmLooks = calmLooks;
        this.looksToStart = calmLooks;
    }

    double share() {
        return share;
    }

    /** The detail from here on, after a look that found {@code used} of one processor spent. */
    CaptureDetail look(double used) {
        if (looksToStart > 0) {
            looksToStart--;
        } else if (used > share) {
            if (trying) {
                patience = Math.min(2 * patience, MOST_PATIENCE);
            }
            calm = 0;
            trying = false;
            detail = detail.less();
        } else if (used > share * ROOM_FOR_A_STEP) {
            calm = 0;
            trying = false;
        } else if (++calm >= calmLooks * patience) {
            if (detail == CaptureDetail.FULL) {
                patience = 1;
            }
            calm = 0;
            trying = detail != CaptureDetail.FULL;
            detail = detail.more();
        }
        return detail;
    }
}
