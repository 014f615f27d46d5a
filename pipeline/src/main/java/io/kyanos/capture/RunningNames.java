package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.event.ProcessName;
import io.kyanos.process.NameFinder;
import io.kyanos.process.NamingSettings;
import java.util.HashMap;
import java.util.Map;

/** What a capture would call the processes that run. */
public final class RunningNames {

    private RunningNames() {}

    /**
     * What one process is called.
     *
     * @param program what it was started as, by which a filter finds it
     * @param shown as records show it
     */
    public record Name(String program, String shown) {}

    /**
     * By process id as this process sees them. Empty where the kernel does not let it ask, and in a
     * process namespace, where the ids are others.
     */
    public static Map<Integer, Name> ask(CaptureSettings settings, NamingSettings naming) {
        Map<Integer, Name> names = new HashMap<>();
        try {
            NativeLibrary.load();
            KernelRequirements.requireTypes();
            try (LoadedFamily processes = LoadedFamilies.loadProcesses(settings, CaptureTrial.transportOf(settings))) {
                ProcessList running = new KernelProcesses(processes).running();
                if (running.hasOurNumbers()) {
                    running.named(NameFinder.create(naming.sought(), 1)::of)
                            .forEach(event -> names.put(
                                    event.processTgid(), new Name(ProcessName.of(event), naming.nameOf(event))));
                }
            }
        } catch (BpfException ignored) {
            // a trial of the whole capture says why
            return Map.of();
        }
        return names;
    }
}
