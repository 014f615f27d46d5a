package io.kyanos.actor;

import io.kyanos.capture.ProcessList;
import io.kyanos.connection.ProcessNames;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.ProcessName;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The names of the processes that run, and for a while of those that have ended. Written by one thread at a
 * time, read by any.
 */
final class ProcessTable implements ProcessNames {

    private record Ended(int tgid, long startedAt, long endedAt) {}

    private record Entry(String name, String file, String startedAs, long startedAt) {

        /** Whether that tells of the same program: {@code comm} does not count, as a process may rename itself. */
        boolean isOf(EventDecoder event) {
            return file.equals(event.executableName()) && startedAs.equals(event.startedAs());
        }
    }

    private final Map<Integer, Entry> running = new ConcurrentHashMap<>();
    private final Queue<Ended> ended = new ArrayDeque<>();
    private final long retentionNanos;
    private final int maxProcesses;

    ProcessTable(long retentionNanos, int maxProcesses) {
        this.retentionNanos = retentionNanos;
        this.maxProcesses = maxProcesses;
    }

    @Override
    public String nameOf(int tgid) {
        Entry entry = running.get(tgid);
        return entry == null ? UNKNOWN : entry.name();
    }

    int size() {
        return running.size();
    }

    /** Takes an event of channel {@code process}. */
    void on(EventDecoder event) {
        if (event.kind() == EventDecoder.KIND_EXIT) {
            Entry entry = running.get(event.processTgid());
            if (entry != null) {
                ended.add(new Ended(event.processTgid(), entry.startedAt(), event.emittedAt()));
            }
        } else if (hasRoomFor(event.processTgid())) {
            running.put(event.processTgid(), entry(event));
        }
        forgetBefore(event.emittedAt() - retentionNanos);
    }

    /**
     * Puts right what lost events have left wrong: forgets, after the usual while, what does not run any more, and takes
     * in what does, where nothing younger is known of it. The events before the asking must have been taken.
     *
     * @return how many entries were wrong
     */
    int rescan(ProcessList list) {
        Map<Integer, Long> endedAt = new HashMap<>();
        for (Ended process : ended) {
            Entry entry = running.get(process.tgid());
            if (entry != null && entry.startedAt() == process.startedAt()) {
                endedAt.put(process.tgid(), process.endedAt());
            }
        }
        Set<Integer> listed = new HashSet<>();
        long[] askedFrom = {Long.MAX_VALUE};
        int[] wrong = {0};
        list.forEach(event -> {
            int tgid = event.processTgid();
            listed.add(tgid);
            askedFrom[0] = Math.min(askedFrom[0], event.emittedAt());
            Entry known = running.get(tgid);
            boolean isYounger =
                    known != null && Math.max(known.startedAt(), endedAt.getOrDefault(tgid, 0L)) >= event.emittedAt();
            boolean isRight = known != null && !endedAt.containsKey(tgid) && known.isOf(event);
            if (!isYounger && !isRight && hasRoomFor(tgid)) {
                running.put(tgid, entry(event));
                wrong[0]++;
            }
        });
        running.forEach((tgid, entry) -> {
            if (!listed.isEmpty()
                    && !listed.contains(tgid)
                    && !endedAt.containsKey(tgid)
                    && entry.startedAt() < askedFrom[0]) {
                ended.add(new Ended(tgid, entry.startedAt(), askedFrom[0]));
                wrong[0]++;
            }
        });
        return wrong[0];
    }

    /** A forked process is what its parent is until it executes something else. */
    private Entry entry(EventDecoder event) {
        Entry parent = event.kind() == EventDecoder.KIND_FORK ? running.get(event.parentTgid()) : null;
        String name = parent == null ? ProcessName.of(event) : parent.name();
        return new Entry(name, event.executableName(), event.startedAs(), event.emittedAt());
    }

    private boolean hasRoomFor(int tgid) {
        return running.containsKey(tgid) || running.size() < maxProcesses || forgetOldest();
    }

    private void forgetBefore(long moment) {
        for (Ended oldest = ended.peek(); oldest != null && oldest.endedAt() < moment; oldest = ended.peek()) {
            forgetOldest();
        }
    }

    /** Forgets the process that ended first, unless its number runs again; false if none has ended. */
    private boolean forgetOldest() {
        Ended oldest = ended.poll();
        if (oldest == null) {
            return false;
        }
        running.computeIfPresent(
                oldest.tgid(), (tgid, entry) -> entry.startedAt() == oldest.startedAt() ? null : entry);
        return true;
    }
}
