package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.ProgramResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The hooks of one family: loads the programs, attaches for each step the first that the kernel takes, and tells what
 * became of each. Not thread-safe.
 */
final class Hooks {

    private final Programs programs;
    private final List<CaptureStep> steps;
    private final Set<CaptureStep> off;
    private final Set<CaptureStep> whenMet;
    private Map<String, ProgramResult> refused = Map.of();

    /**
     * @param steps in the order in which they are attached
     * @param off which of them to leave out
     * @param whenMet which of them to load and not to attach before {@link #attachMet}
     */
    Hooks(Programs programs, List<CaptureStep> steps, Set<CaptureStep> off, Set<CaptureStep> whenMet) {
        this.programs = programs;
        this.steps = steps;
        this.off = off;
        this.whenMet = whenMet;
    }

    /**
     * Loads what is not switched off; a program that the kernel refuses is left out. Alternatives are loaded too, as
     * only attaching shows whether they are needed.
     *
     * @throws BpfException where it refuses all of it
     */
    void load() {
        for (CaptureStep step : steps) {
            if (off.contains(step)) {
                step.hooks().forEach(hook -> programs.setAutoload(hook.program(), false));
            }
        }
        refused = programs.load().stream().collect(Collectors.toMap(ProgramResult::program, Function.identity()));
    }

    /** Whether the kernel has taken a program for each step that is not switched off, and that is none of these. */
    boolean haveLoadedAllBut(Set<CaptureStep> some) {
        return steps.stream()
                .filter(step -> !off.contains(step) && !some.contains(step))
                .allMatch(step -> loaded(step).isPresent());
    }

    /** The hook of a step that is preferred among those that the kernel has loaded. */
    Optional<Hook> loaded(CaptureStep step) {
        return off.contains(step)
                ? Optional.empty()
                : step.hooks().stream()
                        .filter(hook -> !refused.containsKey(hook.program()))
                        .findFirst();
    }

    /**
     * Attaches a hook for each step.
     *
     * @throws BpfException where all hooks of one that nothing can be captured without are refused
     */
    List<StepResult> attach() {
        List<StepResult> results = new ArrayList<>();
        for (CaptureStep step : steps) {
            StepResult result = isToBeMet(step) ? StepResult.notMet(step) : attach(step);
            Optional<BpfException> refusal = result.essentialRefusal();
            if (refusal.isPresent()) {
                throw refusal.get();
            }
            results.add(result);
        }
        return List.copyOf(results);
    }

    private boolean isToBeMet(CaptureStep step) {
        return whenMet.contains(step) && loaded(step).isPresent();
    }

    /** Attaches a hook for a step that waits for what has now been met. */
    StepResult attachMet(CaptureStep step) {
        return attach(step);
    }

    /** Attaches the hook of each step alone, for a moment. */
    List<StepResult> attachEachForAMoment() {
        List<StepResult> results = new ArrayList<>();
        for (CaptureStep step : steps) {
            StepResult result = attach(step);
            result.taken().ifPresent(hook -> programs.detach(hook.program()));
            results.add(result);
        }
        return List.copyOf(results);
    }

    private StepResult attach(CaptureStep step) {
        if (off.contains(step)) {
            return StepResult.switchedOff(step);
        }
        List<HookResult> results = new ArrayList<>();
        boolean taken = false;
        for (Hook hook : step.hooks()) {
            HookResult result = taken ? HookResult.notNeeded(hook) : attach(hook);
            taken |= result.isTaken();
            results.add(result);
        }
        return new StepResult(step, results);
    }

    private HookResult attach(Hook hook) {
        ProgramResult result = refused.get(hook.program());
        if (result == null && hook.isIterator()) {
            return HookResult.taken(hook);
        }
        if (result == null) {
            result = programs.attach(hook.program());
        }
        return result.isOk() ? HookResult.taken(hook) : HookResult.refused(hook, result);
    }
}
