package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.event.ProcessName;
import java.util.HashMap;
import java.util.Map;

/** What a capture would call the processes that run. */
public final class RunningNames {

    private RunningNames() {}

    /**
     * By process id as this process sees them. Empty where the kernel does not let it ask, and in a process namespace, where
     * the ids are others.
     */
    public static Map<Integer, String> ask(CaptureSettings settings) {
        Map<Integer, String> names = new HashMap<>();
        int[] own = {0};
        try {
            NativeLibrary.load();
            KernelCapture.requireTypes();
            try (BpfObject process = BpfObjects.open("process")) {
                Hooks hooks = new Hooks(process, "process", settings.stepsOff());
                KernelCapture.loadProcess(process, hooks, CaptureTrial.transportOf(settings), settings);
                KernelCapture.runningProcesses(process, KernelCapture.listing(hooks))
                        .forEach(event -> {
                            own[0] = event.tid();
                            names.put(event.processTgid(), ProcessName.of(event));
                        });
            }
        } catch (BpfException ignored) {
            // why not, a trial of the whole capture tells
            return Map.of();
        }
        return own[0] == ProcessHandle.current().pid() ? names : Map.of();
    }
}
