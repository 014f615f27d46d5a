package io.kyanos.cli.doctor;

import io.kyanos.bridge.KernelVersion;
import io.kyanos.capture.KernelRequirements;
import java.util.Map;

/**
 * Weighs findings against the outcome of the trial: what looks bad but did no harm is not reported as a fault, so that
 * the checks never contradict the verdict.
 *
 * @param works whether the trial went well
 */
record Findings(boolean works) {

    static final String LEAST_KERNEL = KernelRequirements.leastVersion();

    static boolean isRecent(KernelVersion version) {
        return KernelRequirements.isRecent(version);
    }

    /** Something that explains why capture cannot work, where it cannot. */
    Check suspect(String group, String name, String finding, String advice, Map<String, Object> facts) {
        return works
                ? Check.ok(group, name, finding + "; it works all the same", facts)
                : new Check(group, name, Status.FAILED, finding, advice, facts);
    }
}
