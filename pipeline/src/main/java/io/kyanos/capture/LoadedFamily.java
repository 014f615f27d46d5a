package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.ProgramRuns;
import io.kyanos.event.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A family's object in the kernel. Its counters can be read after it is closed, as losses are reported at the end.
 * Thread-safe.
 */
final class LoadedFamily implements AutoCloseable {

    private static final String COUNTERS = "counters";

    private final Family family;
    private final Vantage vantage;
    private final BpfObject object;
    private final Hooks hooks;
    private List<StepResult> results = List.of();
    private Map<Counter, Long> lastCounts = Map.of();
    private Map<String, ProgramRuns> lastRuns = Map.of();

    private LoadedFamily(Family family, Vantage vantage, BpfObject object, Hooks hooks) {
        this.family = family;
        this.vantage = vantage;
        this.object = object;
        this.hooks = hooks;
    }

    /**
     * Loads what is not switched off and what the kernel does not refuse, from the first vantage at which nothing is missing
     * that may be seen from another, else from the last.
     *
     * @throws BpfException where it refuses all of it; nothing stays behind
     */
    static LoadedFamily load(Family family, FamilySetup setup) {
        Iterator<Vantage> vantages = setup.settings().vantages().iterator();
        while (true) {
            Vantage vantage = vantages.next();
            if (vantages.hasNext() && !KernelRequirements.allows(vantage)) {
                continue;
            }
            LoadedFamily loaded = load(family, setup, vantage);
            if (!vantages.hasNext() || loaded.hooks.haveLoadedAllBut(family.toldOnlyFrom(vantage))) {
                return loaded;
            }
            loaded.object.close();
        }
    }

    private static LoadedFamily load(Family family, FamilySetup setup, Vantage vantage) {
        BpfObject object = BpfObjects.open(family);
        try {
            prepareBuffers(family, object, setup);
            family.prepare(object, setup, vantage);
            List<CaptureStep> steps = family.steps(vantage);
            Programs programs = Programs.of(object);
            family.steps().stream()
                    .filter(step -> !steps.contains(step))
                    .flatMap(step -> step.hooks().stream())
                    .forEach(hook -> programs.setAutoload(hook.program(), false));
            Hooks hooks = new Hooks(
                    programs,
                    steps,
                    setup.settings().stepsOff(),
                    setup.settings().stepsWhenMet());
            hooks.load();
            return new LoadedFamily(family, vantage, object, hooks);
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    /** Sizes the maps of the family's channels as the transport needs them. */
    private static void prepareBuffers(Family family, BpfObject object, FamilySetup setup) {
        EventTransport transport = setup.transport();
        int wakeBytes = Integer.MAX_VALUE;
        for (Channel channel : family.channels().keySet()) {
            if (transport == EventTransport.PERF) {
                object.usePerfBuffers(mapOf(channel));
            } else {
                object.setMaxEntries(mapOf(channel), setup.settings().bufferBytes(transport, channel));
            }
            wakeBytes = Math.min(wakeBytes, setup.settings().wakeBytes(transport, channel));
        }
        object.setConstant("perf_transport", transport == EventTransport.PERF);
        object.setConstant("wake_bytes", wakeBytes);
    }

    /** The map that carries a channel's events. */
    static String mapOf(Channel channel) {
        return channel.label() + "_events";
    }

    Family family() {
        return family;
    }

    /** Where it sees from. */
    Vantage vantage() {
        return vantage;
    }

    BpfObject object() {
        return object;
    }

    /** The hook of a step that is preferred among those that the kernel has loaded. */
    Optional<Hook> loaded(CaptureStep step) {
        return hooks.loaded(step);
    }

    /**
     * Attaches a hook for each step; does nothing the second time.
     *
     * @throws BpfException where one that nothing can be captured without is refused
     */
    synchronized void attach() {
        if (results.isEmpty()) {
            results = hooks.attach();
        }
    }

    /** Attaches a hook for a step that waits, as what it sees has been met; empty if it does not wait. */
    synchronized Optional<StepResult> attachMet(CaptureStep step) {
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i).step().equals(step) && results.get(i).isNotMet()) {
                StepResult result = hooks.attachMet(step);
                List<StepResult> changed = new ArrayList<>(results);
                changed.set(i, result);
                results = List.copyOf(changed);
                return Optional.of(result);
            }
        }
        return Optional.empty();
    }

    /** Attaches the hook of each step alone, for a moment. */
    List<StepResult> attachEachForAMoment() {
        return hooks.attachEachForAMoment();
    }

    /** What became of each step; empty until it is attached. */
    synchronized List<StepResult> results() {
        return results;
    }

    /** The hook by which a step is seen. */
    Optional<Hook> taken(CaptureStep step) {
        return results().stream()
                .filter(result -> result.step().equals(step))
                .findFirst()
                .flatMap(StepResult::taken);
    }

    synchronized long count(Counter counter) {
        Long last = lastCounts.get(counter);
        return last == null ? read(counter) : last;
    }

    /** Events that did not fit into one of its channels. */
    long lostEvents(Channel channel) {
        return count(Objects.requireNonNull(family.channels().get(channel), channel.label()));
    }

    /** From here on the counters stay as they are. */
    synchronized void stopCounting() {
        if (lastCounts.isEmpty()) {
            Map<Counter, Long> counts = new HashMap<>();
            family.counters().forEach(counter -> counts.put(counter, read(counter)));
            lastRuns = runs();
            lastCounts = Map.copyOf(counts);
        }
    }

    /** What the kernel has counted of each program in use, by its name. */
    synchronized Map<String, ProgramRuns> runs() {
        if (!lastCounts.isEmpty()) {
            return lastRuns;
        }
        Map<String, ProgramRuns> runs = new HashMap<>();
        for (StepResult result : results) {
            result.taken().ifPresent(hook -> runs.put(hook.program(), object.runs(hook.program())));
        }
        return Map.copyOf(runs);
    }

    private long read(Counter counter) {
        return object.map(COUNTERS).sumPerCpu(counter.index())[0];
    }

    @Override
    public void close() {
        stopCounting();
        object.close();
    }
}
