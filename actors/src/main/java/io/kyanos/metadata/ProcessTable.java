package io.kyanos.metadata;

import io.kyanos.capture.ProcessList;
import io.kyanos.connection.ProcessNames;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.ProcessName;
import io.kyanos.process.NamingSettings;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The names of the running processes, and for a while of those that have ended. Thread-safe.
 */
public final class ProcessTable implements ProcessNames {

    private record Ended(int tgid, long startedAt, long endedAt) {}

    /** @param counted whether its name is one of the bounded number of names */
    private record Entry(String name, boolean counted, String file, String startedAs, long startedAt) {

        /** Whether the event is of the same program: {@code comm} does not count, as a process may rename itself. */
        boolean isOf(EventDecoder event) {
            return file.equals(event.executableName()) && startedAs.equals(event.startedAs());
        }
    }

    private final Map<Integer, Entry> running = new ConcurrentHashMap<>();
    private final Queue<Ended> ended = new ArrayDeque<>();
    private final NamingSettings naming;

    /** Names that are not programs', each with the number of entries that have it. */
    private final Map<String, Integer> counted = new HashMap<>();

    private final LongAdder overflows = new LongAdder();
    private final long retentionNanos;
    private final int maxProcesses;

    public ProcessTable(NamingSettings naming, long retentionNanos, int maxProcesses) {
        this.naming = naming;
        this.retentionNanos = retentionNanos;
        this.maxProcesses = maxProcesses;
    }

    @Override
    public String nameOf(int tgid) {
        Entry entry = running.get(tgid);
        return entry == null ? UNKNOWN : entry.name();
    }

    public int size() {
        return running.size();
    }

    /** Processes so far that go by their program because there was no room for their name. */
    public long overflows() {
        return overflows.sum();
    }

    /** Takes an event of channel {@code process}. */
    public synchronized void on(EventDecoder event) {
        if (event.kind() == EventDecoder.KIND_EXIT) {
            Entry entry = running.get(event.processTgid());
            if (entry != null) {
                ended.add(new Ended(event.processTgid(), entry.startedAt(), event.emittedAt()));
            }
        } else if (hasRoomFor(event.processTgid())) {
            put(event);
        }
        forgetBefore(event.emittedAt() - retentionNanos);
    }

    /**
     * Puts right what lost events have left wrong: forgets, after the usual while, what no longer runs, and takes in what
     * does, unless something younger is known of it. The events before the listing must have been taken.
     *
     * @return how many entries were wrong
     */
    public synchronized int rescan(ProcessList list) {
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
                put(event);
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

    private void put(EventDecoder event) {
        Entry entry = entry(event);
        if (entry.counted()) {
            counted.merge(entry.name(), 1, Integer::sum);
        }
        Entry before = running.put(event.processTgid(), entry);
        if (before != null) {
            giveUp(before);
        }
    }

    /** A forked process has its parent's name until it executes something else. */
    private Entry entry(EventDecoder event) {
        Entry parent = event.kind() == EventDecoder.KIND_FORK ? running.get(event.parentTgid()) : null;
        String name = parent == null ? naming.nameOf(event, this::hasRoomFor) : parent.name();
        boolean isCounted = parent == null ? !name.equals(ProcessName.of(event)) : parent.counted();
        return new Entry(name, isCounted, event.executableName(), event.startedAs(), event.emittedAt());
    }

    private boolean hasRoomFor(String name) {
        boolean hasRoom = counted.containsKey(name) || counted.size() < naming.maxNames();
        if (!hasRoom) {
            overflows.increment();
        }
        return hasRoom;
    }

    private void giveUp(Entry entry) {
        if (entry.counted()) {
            counted.computeIfPresent(entry.name(), (name, entries) -> entries == 1 ? null : entries - 1);
        }
    }

    private boolean hasRoomFor(int tgid) {
        return running.containsKey(tgid) || running.size() < maxProcesses || forgetOldest();
    }

    private void forgetBefore(long moment) {
        for (Ended oldest = ended.peek(); oldest != null && oldest.endedAt() < moment; oldest = ended.peek()) {
            forgetOldest();
        }
    }

    /** Forgets the process that ended first, unless its id is in use again; false if none has ended. */
    private boolean forgetOldest() {
        Ended oldest = ended.poll();
        if (oldest == null) {
            return false;
        }
        Entry entry = running.get(oldest.tgid());
        if (entry != null && entry.startedAt() == oldest.startedAt()) {
            running.remove(oldest.tgid());
            giveUp(entry);
        }
        return true;
    }
}
