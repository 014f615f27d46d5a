package io.kyanos.cli.doctor;

import java.util.Set;

/**
 * The processes that a capture would be asked for; all where both are empty.
 *
 * @param pids these and what descends from them
 * @param names programs of these names and what descends from them
 */
public record ProcessFilter(Set<Integer> pids, Set<String> names) {

    public ProcessFilter {
        pids = Set.copyOf(pids);
        names = Set.copyOf(names);
    }

    boolean isEmpty() {
        return pids.isEmpty() && names.isEmpty();
    }
}
