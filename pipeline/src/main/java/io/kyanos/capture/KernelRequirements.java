package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.KernelVersion;

/** What a kernel must be. */
public final class KernelRequirements {

    private static final int LEAST_MAJOR = 5;
    private static final int LEAST_MINOR = 10;

    private KernelRequirements() {}

    /** The oldest kernel that this is written for. */
    public static String leastVersion() {
        return LEAST_MAJOR + "." + LEAST_MINOR;
    }

    public static boolean isRecent(KernelVersion version) {
        return version.isAtLeast(LEAST_MAJOR, LEAST_MINOR);
    }

    /** @throws BpfException where the kernel does not describe its own types */
    static void requireTypes() {
        if (!Kernel.hasBtf()) {
            throw new BpfException(
                    "load BPF programs: /sys/kernel/btf/vmlinux cannot be read. Hint: needs a kernel with "
                            + "CONFIG_DEBUG_INFO_BTF and /sys mounted",
                    0,
                    "");
        }
    }

    /** The refusal, with the kernel's version where that may be the reason. */
    static BpfException explain(BpfException refusal, KernelVersion version) {
        if (isRecent(version)) {
            return refusal;
        }
        String message = String.valueOf(refusal.getMessage());
        BpfException withVersion = new BpfException(
                message + (message.contains(". Hint: ") ? "; this" : ". Hint: this") + " is Linux " + version
                        + " (expected: " + leastVersion() + " or later)",
                refusal.errno(),
                refusal.log());
        withVersion.initCause(refusal);
        return withVersion;
    }
}
