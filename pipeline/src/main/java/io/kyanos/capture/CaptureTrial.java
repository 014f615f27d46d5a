package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.bridge.RingReader;
import io.kyanos.record.DurationText;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A capture on trial: everything is loaded, opened and attached as in {@link KernelCapture#open}, each program only for
 * a moment, and removed again. One event must arrive: that of a process which the trial starts.
 *
 * @param transport how events would leave the kernel
 * @param steps what became of each step, in the order in which they are attached
 * @param refusal what stopped the trial as a whole, or an essential part of it; empty where a capture would start
 */
public record CaptureTrial(EventTransport transport, List<StepResult> steps, Optional<BpfException> refusal) {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    public CaptureTrial {
        steps = List.copyOf(steps);
    }

    /** Tries a capture with these settings, over this transport. Takes about a second. */
    public static CaptureTrial of(CaptureSettings settings, EventTransport transport) {
        List<StepResult> steps = new ArrayList<>();
        try {
            NativeLibrary.load();
            KernelRequirements.requireTypes();
            tryAll(settings, transport, steps);
        } catch (BpfException e) {
            Set<CaptureStep> tried = steps.stream().map(StepResult::step).collect(Collectors.toSet());
            Families.steps(settings.vantages().get(0)).stream()
                    .filter(step -> !tried.contains(step))
                    .forEach(step -> steps.add(StepResult.notTried(step, e)));
            return new CaptureTrial(transport, steps, Optional.of(e));
        }
        return new CaptureTrial(transport, steps, essentialRefusal(steps));
    }

    private static void tryAll(CaptureSettings settings, EventTransport transport, List<StepResult> steps) {
        int ownTgid = (int) ProcessHandle.current().pid();
        try (LoadedFamilies families = LoadedFamilies.load(settings, transport, processes -> ownTgid);
                RingReader rings = families.openRings()) {
            families.all().forEach(family -> steps.addAll(family.attachEachForAMoment()));
            Optional<Hook> fork = steps.stream()
                    .filter(result -> result.step().equals(ProcessFamily.FORK))
                    .findFirst()
                    .flatMap(StepResult::taken);
            if (fork.isPresent()) {
                awaitEvent(families.family(ProcessFamily.NAME).object(), fork.get(), rings, transport);
            }
        }
    }

    /** The transport that a capture with these settings takes. */
    public static EventTransport transportOf(CaptureSettings settings) {
        return settings.transport().orElseGet(CaptureTrial::best);
    }

    private static EventTransport best() {
        try {
            NativeLibrary.load();
        } catch (BpfException ignored) {
            // nothing can be tried then: the trial itself says why
            return EventTransport.RING;
        }
        return Kernel.hasRingBuffers() ? EventTransport.RING : EventTransport.PERF;
    }

    /** Starts a process and sees that its event arrives. */
    private static void awaitEvent(BpfObject process, Hook fork, RingReader rings, EventTransport transport) {
        process.attach(fork.program());
        try {
            new ProcessBuilder("true").start();
        } catch (IOException ignored) {
            // without such a program the attempt still forks a process
        }
        boolean arrived = rings.await(PATIENCE.toMillis());
        process.detach(fork.program());
        if (!arrived) {
            throw new BpfException(
                    "read from " + transport.label() + " buffers: no event within " + DurationText.of(PATIENCE)
                            + " of a new process",
                    0,
                    "");
        }
    }

    private static Optional<BpfException> essentialRefusal(List<StepResult> steps) {
        return steps.stream()
                .map(StepResult::essentialRefusal)
                .flatMap(Optional::stream)
                .findFirst();
    }
}
