package io.kyanos.capture;

import java.util.List;

/**
 * How much is captured of what the filters want, in steps: each costs less than the one before it, and tells less.
 */
public enum CaptureDetail {
    /** All of it. */
    FULL("full", 0, false, 0),
    /** Of one system call only the first bytes: no long bodies. */
    PAYLOAD("payload", CaptureDetail.CALL_BYTES, false, 0),
    /** Of each turn only the head, {@code kyanos.capture.head-bytes}. */
    HEADS("heads", CaptureDetail.CALL_BYTES, true, 0),
    /** That of one connection in two; both ends of it, or none. */
    SAMPLING_2("sampling", CaptureDetail.CALL_BYTES, true, 1),
    SAMPLING_4("sampling", CaptureDetail.CALL_BYTES, true, 2),
    SAMPLING_8("sampling", CaptureDetail.CALL_BYTES, true, 3),
    SAMPLING_16("sampling", CaptureDetail.CALL_BYTES, true, 4),
    SAMPLING_32("sampling", CaptureDetail.CALL_BYTES, true, 5),
    SAMPLING_64("sampling", CaptureDetail.CALL_BYTES, true, 6);

    private static final int CALL_BYTES = 1024;
    private static final List<CaptureDetail> STEPS = List.of(values());

    private final String label;
    private final int callBytes;
    private final boolean headsOnly;
    private final int sampleBits;

    CaptureDetail(String label, int callBytes, boolean headsOnly, int sampleBits) {
        this.label = label;
        this.callBytes = callBytes;
        this.headsOnly = headsOnly;
        this.sampleBits = sampleBits;
    }

    /** {@code full}, {@code payload}, {@code heads} or {@code sampling}. */
    public String label() {
        return label;
    }

    /** Of so many connections one is captured. */
    public int oneOf() {
        return 1 << sampleBits;
    }

    /** Payload bytes of one call at most; 0 for no less than is set. */
    int callBytes() {
        return callBytes;
    }

    boolean headsOnly() {
        return headsOnly;
    }

    /** One connection in two to the power of this is captured. */
    int sampleBits() {
        return sampleBits;
    }

    /** The step below; the last one is its own. */
    CaptureDetail less() {
        return STEPS.get(Math.min(STEPS.indexOf(this) + 1, STEPS.size() - 1));
    }

    /** The step above; the first one is its own. */
    CaptureDetail more() {
        return STEPS.get(Math.max(STEPS.indexOf(this) - 1, 0));
    }

    /** In messages. */
    String description() {
        return switch (this) {
            case FULL -> "full";
            case PAYLOAD -> "payload: at most " + callBytes + " bytes of a call";
            case HEADS -> "heads: the first bytes of each turn";
            case SAMPLING_2, SAMPLING_4, SAMPLING_8, SAMPLING_16, SAMPLING_32, SAMPLING_64 ->
                "sampling: heads of one connection in " + oneOf();
        };
    }
}
