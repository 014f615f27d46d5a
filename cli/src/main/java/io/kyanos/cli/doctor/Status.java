package io.kyanos.cli.doctor;

import java.util.Locale;

/** What something means for a capture; the worst is last. */
public enum Status {
    /** Nothing stands in the way. */
    OK,
    /** Capture works and does not see everything. */
    DEGRADED,
    /** Capture cannot work. */
    FAILED;

    /** As in both outputs. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
