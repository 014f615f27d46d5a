package io.kyanos.capture;

import io.kyanos.event.ProcessName;
import java.util.Set;
import java.util.TreeSet;

/**
 * What filters include but no running process matches. Immutable.
 *
 * @param pids without a process; in a pid namespace still the machine's ids
 * @param names without a running program; one may still be started
 * @param nothingLeft whether the filters want only processes by their ids, and none of them exists
 */
public record AbsentProcesses(Set<Integer> pids, Set<String> names, boolean nothingLeft) {

    public static final AbsentProcesses NONE = new AbsentProcesses(Set.of(), Set.of(), false);

    public AbsentProcesses {
        pids = Set.copyOf(pids);
        names = Set.copyOf(names);
    }

    /** @param own this process, which no capture sees */
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
