package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.process.NameFinder;
import io.kyanos.process.NamingSettings;
import java.util.HashMap;
import java.util.Map;

/** What a capture would call the processes that run. */
public final class RunningNames {

    private RunningNames() {}

    /** By their programs, whatever the settings of naming: as {@link #ask(CaptureSettings, NamingSettings)}. */
    public static Map<Integer, String> ask(CaptureSettings settings) {
        return ask(settings, NamingSettings.BY_PROGRAM);
    }

    /**
     * As records show them, by process id as this process sees them. Empty where the kernel does not let it ask, and in a
     * process namespace, where the ids are others.
     */
    public static Map<Integer, String> ask(CaptureSettings settings, NamingSettings naming) {
        Map<Integer, String> names = new HashMap<>();
        try {
            NativeLibrary.load();
            KernelCapture.requireTypes();
            try (BpfObject process = BpfObjects.open("process")) {
                Hooks hooks = new Hooks(process, "process", settings.stepsOff());
                KernelCapture.loadProcess(process, hooks, CaptureTrial.transportOf(settings), settings);
                ProcessList running = KernelCapture.runningProcesses(process, KernelCapture.listing(hooks));
                if (running.hasOurNumbers()) {
                    running.named(NameFinder.create(naming.sought(), 1)::of)
                            .forEach(event -> names.put(event.processTgid(), naming.nameOf(event)));
                }
            }
        } catch (BpfException ignored) {
            // why not, a trial of the whole capture tells
            return Map.of();
        }
        return names;
    }
}
