package io.kyanos.capture;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which processes the filters want, decided like the kernel side does as processes come and go: by pid, by name at
 * exec, and by what the parent is at fork. What is left out stays left out, whatever it becomes. Of what ran before,
 * each descends from all its ancestors. Not thread-safe; grows with the processes that a filter decides on.
 */
public final class ProcessVerdicts {

    /** What the kernel side's tables say: {@code enum verdict}. The greater one wins. */
    enum Verdict {
        TRACED(1),
        LEFT_OUT(2);

        final byte code;

        Verdict(int code) {
            this.code = (byte) code;
        }

        static @Nullable Verdict of(int code) {
            return code == TRACED.code ? TRACED : code == LEFT_OUT.code ? LEFT_OUT : null;
        }
    }

    private final CaptureFilters filters;
    private final Map<Integer, Verdict> verdicts = new HashMap<>();
    private final Map<Integer, Integer> unsettledParents = new HashMap<>();

    public ProcessVerdicts(CaptureFilters filters) {
        this.filters = filters;
        filters.pids().included().forEach(pid -> verdicts.put(pid, Verdict.TRACED));
        filters.pids().excluded().forEach(pid -> verdicts.put(pid, Verdict.LEFT_OUT));
    }

    /** A process that ran when the capture began; any of its names may be asked for. */
    public void running(int tgid, int parentTgid, Set<String> itsNames) {
        judge(tgid, ofNames(itsNames));
        unsettledParents.put(tgid, parentTgid);
    }

    public void forked(int parentTgid, int childTgid) {
        settle();
        Choice<Integer> pids = filters.pids();
        if (!pids.included().contains(childTgid) && !pids.excluded().contains(childTgid)) {
            verdicts.remove(childTgid);
        }
        judge(childTgid, verdicts.get(parentTgid));
    }

    public void executed(int tgid, Set<String> itsNames) {
        settle();
        judge(tgid, ofNames(itsNames));
    }

    public void exited(int tgid) {
        settle();
        verdicts.remove(tgid);
    }

    /** Whether what the process does is captured. */
    public boolean wants(int tgid) {
        settle();
        Verdict verdict = verdicts.get(tgid);
        return verdict == null ? !filters.includeProcesses() : verdict == Verdict.TRACED;
    }

    /** Adds what is known of a process from elsewhere; before {@link #all} or {@link #wants}. */
    void judge(int tgid, @Nullable Verdict verdict) {
        if (verdict != null) {
            verdicts.merge(tgid, verdict, ProcessVerdicts::stronger);
        }
    }

    /** By process. */
    Map<Integer, Verdict> all() {
        settle();
        return verdicts;
    }

    private @Nullable Verdict ofNames(Set<String> itsNames) {
        Choice<String> names = filters.names();
        if (!Collections.disjoint(names.excluded(), itsNames)) {
            return Verdict.LEFT_OUT;
        }
        return Collections.disjoint(names.included(), itsNames) ? null : Verdict.TRACED;
    }

    private static Verdict stronger(Verdict one, Verdict other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    private void settle() {
        if (unsettledParents.isEmpty()) {
            return;
        }
        Map<Integer, Verdict> own = Map.copyOf(verdicts);
        for (int tgid : unsettledParents.keySet()) {
            Set<Integer> seen = new HashSet<>();
            Integer ancestor = tgid;
            while (ancestor != null && seen.add(ancestor)) {
                judge(tgid, own.get(ancestor));
                ancestor = unsettledParents.get(ancestor);
            }
        }
        unsettledParents.clear();
    }
}
