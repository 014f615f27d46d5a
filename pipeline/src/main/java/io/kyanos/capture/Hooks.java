package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.ProgramResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Loads and attaches the programs of one object by the table of {@link Hook}, and keeps what became of each. */
final class Hooks {

    private final BpfObject object;
    private final List<Hook> rows;
    private final Set<Hook> off;
    private Map<String, ProgramResult> refused = Map.of();

    Hooks(BpfObject object, String family, Set<Hook> off) {
        this.object = object;
        this.rows = Hook.ofFamily(family);
        this.off = off;
    }

    /**
     * Loads what is not switched off; a program that the kernel refuses is left out.
     *
     * @throws BpfException where it refuses all of it
     */
    void load() {
        for (Hook hook : rows) {
            if (off.contains(hook)) {
                object.setAutoload(hook.program(), false);
            }
        }
        refused = object.load().stream().collect(Collectors.toMap(ProgramResult::program, Function.identity()));
    }

    /** Whether the kernel has taken the program. */
    boolean isLoaded(Hook hook) {
        return !off.contains(hook) && !refused.containsKey(hook.program());
    }

    /**
     * Attaches all that was loaded.
     *
     * @throws BpfException where one that nothing can be captured without is refused
     */
    List<HookResult> attach() {
        List<HookResult> results = new ArrayList<>();
        for (Hook hook : rows) {
            HookResult result = attach(hook);
            if (hook.isEssential() && !result.isTaken()) {
                throw new BpfException(refusal(result), result.errno(), result.log());
            }
            results.add(result);
        }
        return List.copyOf(results);
    }

    /** Attaches each program alone, for a moment. */
    List<HookResult> attachEachForAMoment() {
        List<HookResult> results = new ArrayList<>();
        for (Hook hook : rows) {
            results.add(attach(hook));
            object.detach(hook.program());
        }
        return List.copyOf(results);
    }

    /** What was refused, by whom, in a line. */
    static String refusal(HookResult result) {
        String act = result.outcome() == HookResult.Outcome.NOT_LOADED ? "load" : "attach";
        return act + " BPF program " + result.hook().program() + " for "
                + result.hook().place() + ": " + result.error();
    }

    private HookResult attach(Hook hook) {
        if (off.contains(hook)) {
            return HookResult.switchedOff(hook);
        }
        ProgramResult result = refused.get(hook.program());
        if (result == null && hook.isIterator()) {
            return HookResult.taken(hook);
        }
        if (result == null) {
            result = object.attach(hook.program());
        }
        if (result.isOk()) {
            return HookResult.taken(hook);
        }
        return new HookResult(
                hook,
                switch (result.stage()) {
                    case LOAD -> HookResult.Outcome.NOT_LOADED;
                    case ATTACH -> HookResult.Outcome.NOT_ATTACHED;
                },
                result.errno(),
                result.error(),
                result.log());
    }
}
