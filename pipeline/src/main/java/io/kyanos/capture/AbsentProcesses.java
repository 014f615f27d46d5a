package io.kyanos.capture;

import io.kyanos.event.ProcessName;
import java.util.Set;
import java.util.TreeSet;

/**
 * What filters include and nothing that runs is. Immutable.
 *
 * @param pids of no process; in a process namespace they are meant as the machine numbers them
 * @param names of no program that runs, which may be started yet
 * @param nothingLeft whether the filters want some processes alone, all by their ids, and none of them is there
 */
public record AbsentProcesses(Set<Integer> pids, Set<String> names, boolean nothingLeft) {

    public static final AbsentProcesses NONE = new AbsentProcesses(Set.of(), Set.of(), false);

    public AbsentProcesses {
        pids = Set.copyOf(pids);
        names = Set.copyOf(names);
    }

    /** @param own whom no capture sees */
    static AbsentProcesses of(CaptureFilters filters, ProcessList running, int own) {
        Set<Integer> pids = new TreeSet<>(filters.pids().included());
        Set<String> names = new TreeSet<>(filters.names().included());
        boolean byIdAlone = names.isEmpty() && !pids.isEmpty();
        running.forEach(event -> {
            pids.remove(event.processTgid());
            if (event.processTgid() != own) {
                names.removeAll(ProcessName.all(event));
            }
        });
        return new AbsentProcesses(
                pids,
                names,
                byIdAlone && pids.size() == filters.pids().included().size());
    }
}
