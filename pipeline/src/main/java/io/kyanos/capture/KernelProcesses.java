package io.kyanos.capture;

import io.kyanos.bridge.BpfException;

/** The processes of the machine, as the kernel side lists them. */
final class KernelProcesses {

    private final LoadedFamily family;
    private final String list;

    /** Of the loaded family of processes. */
    KernelProcesses(LoadedFamily family) {
        this.family = family;
        this.list = family.loaded(ProcessFamily.NAMES)
                .or(() -> family.loaded(ProcessFamily.LIST))
                // refused: reading it says why
                .orElse(ProcessFamily.LIST.hooks().get(0))
                .program();
    }

    /** What runs now. */
    ProcessList running() {
        return new ProcessList(family.object().readIterator(list));
    }

    /** Processes that a filter wanted and that found no room. */
    long withoutRoom() {
        return family.count(ProcessFamily.TRACED_FULL);
    }

    /** The id of this process: it is who reads the list, as each of its events says. */
    static int ownTgid(ProcessList running) {
        int[] own = {0};
        running.forEach(event -> own[0] = event.tid());
        if (own[0] == 0) {
            throw new BpfException("list the running processes: nothing was listed", 0, "");
        }
        return own[0];
    }
}
