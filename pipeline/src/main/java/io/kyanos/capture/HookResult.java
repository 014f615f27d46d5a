package io.kyanos.capture;

/**
 * What became of one hook.
 *
 * @param outcome whether it was taken, or where it was refused
 * @param errno the system's error number, positive; 0 where there is none
 * @param error why it was not taken, as in {@code ENOENT: No such file or directory}; empty when it was
 * @param log libbpf's and the verifier's own lines about it, at most 64 KiB; often empty
 */
public record HookResult(Hook hook, Outcome outcome, int errno, String error, String log) {

    /** How far a hook came. */
    public enum Outcome {
        /** Loaded and attached. */
        TAKEN,
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

    static HookResult switchedOff(Hook hook) {
        return new HookResult(hook, Outcome.SWITCHED_OFF, 0, "kyanos.capture.steps-off names " + hook.step(), "");
    }

    public boolean isTaken() {
        return outcome == Outcome.TAKEN;
    }
}
