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
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the kernel makes of a capture: everything is loaded, opened and attached as {@link KernelCapture#open} does it,
 * each program for a moment only, and taken away again. Of what comes one event is awaited, that of a process which
 * this starts.
 *
 * @param transport how events would leave the kernel
 * @param hooks one result per row of {@link Hook}, in the table's order
 * @param refusal what stopped the trial as a whole, or an essential part of it; empty where a capture would start
 */
public record CaptureTrial(EventTransport transport, List<HookResult> hooks, Optional<BpfException> refusal) {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    public CaptureTrial {
        hooks = List.copyOf(hooks);
    }

    /** Tries a capture with these settings, over this transport. Takes about a second. */
    public static CaptureTrial of(CaptureSettings settings, EventTransport transport) {
        try {
            NativeLibrary.load();
            KernelCapture.requireTypes();
        } catch (BpfException e) {
            return new CaptureTrial(transport, notTried(EnumSet.allOf(Hook.class), e), Optional.of(e));
        }
        List<HookResult> hooks = new ArrayList<>();
        Optional<BpfException> refusal = Optional.empty();
        try (BpfObject process = BpfObjects.open("process");
                BpfObject socket = BpfObjects.open("socket")) {
            Hooks ofProcess = new Hooks(process, "process", settings.stepsOff());
            Hooks ofSocket = new Hooks(socket, "socket", settings.stepsOff());
            KernelCapture.loadProcess(process, ofProcess, transport, settings);
            int ownTgid = (int) ProcessHandle.current().pid();
            KernelCapture.loadSocket(socket, ofSocket, process, transport, settings, ownTgid);
            try (RingReader rings = KernelCapture.openRings(socket, process, transport, settings)) {
                hooks.addAll(ofProcess.attachEachForAMoment());
                hooks.addAll(ofSocket.attachEachForAMoment());
                if (hooks.contains(HookResult.taken(Hook.PROCESS_FORK))) {
                    awaitEvent(process, rings, transport);
                }
            }
        } catch (BpfException e) {
            refusal = Optional.of(e);
            Set<Hook> rest = EnumSet.allOf(Hook.class);
            hooks.forEach(result -> rest.remove(result.hook()));
            hooks.addAll(notTried(rest, e));
        }
        return new CaptureTrial(transport, hooks, refusal.or(() -> essentialRefusal(hooks)));
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
    private static void awaitEvent(BpfObject process, RingReader rings, EventTransport transport) {
        process.attach(Hook.PROCESS_FORK.program());
        try {
            new ProcessBuilder("true").start();
        } catch (IOException ignored) {
            // where there is no such program the attempt has made a process all the same
        }
        boolean arrived = rings.await(PATIENCE.toMillis());
        process.detach(Hook.PROCESS_FORK.program());
        if (!arrived) {
            throw new BpfException(
                    "read from " + transport.label() + " buffers: no event within " + DurationText.of(PATIENCE)
                            + " of a new process",
                    0,
                    "");
        }
    }

    private static List<HookResult> notTried(Set<Hook> hooks, BpfException because) {
        return hooks.stream()
                .map(hook -> new HookResult(
                        hook,
                        HookResult.Outcome.NOT_TRIED,
                        because.errno(),
                        String.valueOf(because.getMessage()),
                        because.log()))
                .toList();
    }

    private static Optional<BpfException> essentialRefusal(List<HookResult> hooks) {
        return hooks.stream()
                .filter(result -> result.hook().isEssential() && !result.isTaken())
                .findFirst()
                .map(result -> new BpfException(Hooks.refusal(result), result.errno(), result.log()));
    }
}
