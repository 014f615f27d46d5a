package io.kyanos.capture;

import io.kyanos.bridge.ProgramResult;

/**
 * What became of one hook.
 *
 * @param outcome whether it was taken, or why not
 * @param errno the system's error number, positive; 0 where there is none
 * @param error why it was not taken, as in {@code ENOENT: No such file or directory}; empty when it was or need not be
 * @param log libbpf's and the verifier's own lines about it, at most 64 KiB; often empty
 */
public record HookResult(Hook hook, Outcome outcome, int errno, String error, String log) {

    /** How far a hook came. */
    public enum Outcome {
        /** Loaded and attached. */
        TAKEN,
        /** The kernel has taken one that is preferred to it. */
        NOT_NEEDED,
        /** To be attached as soon as there is something for it to see. */
        NOT_MET,
        /** Left out, as the settings say. */
        SWITCHED_OFF,
        /** The kernel refused the program. */
        NOT_LOADED,
        /** The kernel refused to attach the program. */
        NOT_ATTACHED,
        /** What all programs of its object need was refused before. */
        NOT_TRIED;

        /** As in JSON. */
        public String label() {
            return switch (this) {
                case TAKEN -> "taken";
                case NOT_NEEDED -> "not_needed";
                case NOT_MET -> "not_met";
                case SWITCHED_OFF -> "switched_off";
                case NOT_LOADED -> "not_loaded";
                case NOT_ATTACHED -> "not_attached";
                case NOT_TRIED -> "not_tried";
            };
        }
    }

    static HookResult taken(Hook hook) {
        return new HookResult(hook, Outcome.TAKEN, 0, "", "");
    }

    static HookResult notNeeded(Hook hook) {
        return new HookResult(hook, Outcome.NOT_NEEDED, 0, "", "");
    }

    static HookResult notMet(Hook hook) {
        return new HookResult(hook, Outcome.NOT_MET, 0, "", "");
    }

    static HookResult refused(Hook hook, ProgramResult result) {
        return new HookResult(
                hook,
                switch (result.stage()) {
                    case LOAD -> Outcome.NOT_LOADED;
                    case ATTACH -> Outcome.NOT_ATTACHED;
                },
                result.errno(),
                result.error(),
                result.log());
    }

    public boolean isTaken() {
        return outcome == Outcome.TAKEN;
    }

    /** Whether the kernel said no to it. */
    public boolean isRefused() {
        return outcome == Outcome.NOT_LOADED || outcome == Outcome.NOT_ATTACHED;
    }

    /** What was refused, by whom, in a line. */
    String refusal() {
        String act = outcome == Outcome.NOT_LOADED ? "load" : "attach";
        return act + " BPF program " + hook.program() + " for " + hook.place() + ": " + error;
    }
}
