package io.kyanos.cli.doctor;

import io.kyanos.bridge.BpfException;
import io.kyanos.capture.HookResult;
import io.kyanos.capture.StepResult;
import java.util.stream.Collectors;

/** What to do about the system's errors. */
final class Advice {

    private static final int EPERM = 1;
    private static final int ENOENT = 2;
    private static final int E2BIG = 7;
    private static final int ENOMEM = 12;
    private static final int EACCES = 13;
    private static final int EINVAL = 22;
    private static final int ENOSYS = 38;
    private static final int ENOTSUPP = 524;

    private Advice() {}

    /** How to get a step that is lost; empty where it is not. */
    static String on(StepResult result) {
        return result.isTaken()
                ? ""
                : result.hooks().stream()
                        .map(Advice::on)
                        .filter(advice -> !advice.isEmpty())
                        .distinct()
                        .collect(Collectors.joining(" "));
    }

    private static String on(HookResult result) {
        return switch (result.outcome()) {
            case TAKEN, NOT_NEEDED, NOT_MET, NOT_TRIED -> "";
            case SWITCHED_OFF -> "Take it out of kyanos.capture.steps-off.";
            case NOT_ATTACHED ->
                result.errno() == ENOENT && result.hook().place().startsWith("cgroup/")
                        ? "The root of all cgroups (cgroup2) must be mounted here; in a container by --cgroupns=host."
                        : result.errno() == ENOENT || result.errno() == EINVAL
                                ? "This kernel has no " + result.hook().place() + "; a later one has."
                                : on(result.errno());
            case NOT_LOADED ->
                result.errno() == EACCES || result.errno() == EINVAL || result.errno() == E2BIG
                        ? "The kernel's verifier refuses the program; --debug shows its log, for a report."
                        : on(result.errno());
        };
    }

    /** A refusal's message without the advice at its end: the doctor has its own. */
    static String withoutHint(BpfException refusal) {
        String message = String.valueOf(refusal.getMessage());
        int hint = message.indexOf(". Hint: ");
        return hint < 0 ? message : message.substring(0, hint);
    }

    static String on(BpfException refusal) {
        return on(refusal.errno());
    }

    private static String on(int errno) {
        return switch (errno) {
            case EPERM, EACCES ->
                "See the privileges above, and whether a security module or a seccomp filter forbids bpf().";
            case ENOMEM, E2BIG -> "Lower kyanos.capture.rings, max-connections and max-threads, or give more memory.";
            case ENOSYS, ENOTSUPP ->
                "The kernel was built without what is needed (CONFIG_BPF_SYSCALL, CONFIG_BPF_EVENTS).";
            default -> "";
        };
    }
}
