package io.kyanos.cli.doctor;

import io.kyanos.bridge.Capability;
import io.kyanos.capture.EventTransport;
import io.kyanos.capture.StepResult;
import java.util.List;
import java.util.Set;

/**
 * All that was found.
 *
 * @param status what it comes to
 * @param transport how events would leave the kernel
 * @param needed the capabilities that a capture needs here
 * @param checks of the machine, in the order in which they are shown
 * @param steps what became of each step that a capture sees
 * @param processes of those that were asked about
 */
public record Diagnosis(
        Status status,
        EventTransport transport,
        Set<Capability> needed,
        List<Check> checks,
        List<StepResult> steps,
        List<ProcessDiagnosis> processes) {

    /** Exit code where capture cannot work. */
    static final int CANNOT_WORK = 1;

    /** Exit code where capture works and does not see everything; 2 is a wrong command line. */
    static final int WORKS_WITH_LOSSES = 3;

    public Diagnosis {
        needed = Set.copyOf(needed);
        checks = List.copyOf(checks);
        steps = List.copyOf(steps);
        processes = List.copyOf(processes);
    }

    /** About the machine alone: processes do not change it. */
    public int exitCode() {
        return switch (status) {
            case OK -> 0;
            case DEGRADED -> WORKS_WITH_LOSSES;
            case FAILED -> CANNOT_WORK;
        };
    }

    /** The verdict as a sentence's end. */
    String verdict() {
        return switch (status) {
            case OK -> "capture works";
            case DEGRADED -> "capture works, with losses";
            case FAILED -> "capture cannot work";
        };
    }

    static Status statusOf(StepResult result) {
        if (result.isTaken()) {
            return Status.OK;
        }
        return result.step().isEssential() || result.isUntried() ? Status.FAILED : Status.DEGRADED;
    }
}
