package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What became of one step. It is lost only if none of its hooks was taken.
 *
 * @param hooks what became of each of its hooks, in order of preference
 */
public record StepResult(CaptureStep step, List<HookResult> hooks) {

    public StepResult {
        hooks = List.copyOf(hooks);
    }

    static StepResult switchedOff(CaptureStep step) {
        return ofAll(step, HookResult.Outcome.SWITCHED_OFF, 0, "kyanos.capture.steps-off names " + step.name(), "");
    }

    static StepResult notMet(CaptureStep step) {
        return new StepResult(
                step, step.hooks().stream().map(HookResult::notMet).toList());
    }

    static StepResult notTried(CaptureStep step, BpfException because) {
        return ofAll(
                step,
                HookResult.Outcome.NOT_TRIED,
                because.errno(),
                String.valueOf(because.getMessage()),
                because.log());
    }

    private static StepResult ofAll(CaptureStep step, HookResult.Outcome outcome, int errno, String error, String log) {
        return new StepResult(
                step,
                step.hooks().stream()
                        .map(hook -> new HookResult(hook, outcome, errno, error, log))
                        .toList());
    }

    /** The hook that sees the step; empty if it is not seen. */
    public Optional<Hook> taken() {
        return hooks.stream().filter(HookResult::isTaken).map(HookResult::hook).findFirst();
    }

    public boolean isTaken() {
        return taken().isPresent();
    }

    /** Whether it is to be attached as soon as there is something for it to see. */
    public boolean isNotMet() {
        return hooks.get(0).outcome() == HookResult.Outcome.NOT_MET;
    }

    /** Whether nothing of it was tried, as something before it was refused. */
    public boolean isUntried() {
        return hooks.get(0).outcome() == HookResult.Outcome.NOT_TRIED;
    }

    /** Why a capture is impossible without it; nothing if it is taken or dispensable. */
    Optional<BpfException> essentialRefusal() {
        if (isTaken() || !step.isEssential()) {
            return Optional.empty();
        }
        HookResult last = hooks.get(hooks.size() - 1);
        String message = hooks.stream().map(HookResult::refusal).collect(Collectors.joining("; "));
        return Optional.of(new BpfException(message, last.errno(), last.log()));
    }
}
