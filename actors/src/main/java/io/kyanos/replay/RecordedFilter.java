package io.kyanos.replay;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.ProcessVerdicts;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.ProcessName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides, event by event, whether the kernel side would have sent it under these filters in place of those of the
 * recording. Not thread-safe.
 */
/*
 * Calls of unwanted processes do not count. A connection that one of them has opened is remembered, and opens when a wanted
 * process uses it.
 *
 * Close events: channels are read one after the other, so a close event often stands before the connection's last data.
 * Hence a connection is remembered beyond its close event, and so is the event, in case only those data show it to be wanted.
 */
final class RecordedFilter {

    /** At most this many of each kind are remembered. */
    private static final int MAX_REMEMBERED = 1 << 20;

    /** At most this many connections that have closed. */
    private static final int MAX_ENDED = 1 << 16;

    private final CaptureFilters filters;
    private final boolean byProcess;
    private final boolean byConnection;
    private final ProcessVerdicts processes;
    private final Set<Long> unwanted = new HashSet<>();
    private final Map<Long, Opening> unused = new HashMap<>();
    private final Queue<Long> ended = new ArrayDeque<>();
    private final Map<Long, byte[]> heldEnds = new HashMap<>();
    private List<byte[]> ends = new ArrayList<>();

    RecordedFilter(CaptureFilters filters) {
        this.filters = filters;
        this.byProcess = filters.chooseProcesses();
        this.byConnection = !filters.equals(CaptureFilters.NONE);
        this.processes = new ProcessVerdicts(filters);
    }

    /** Whether a connection is wanted whose opening is not among the events. Remembers the answer. */
    boolean knows(long generation, Opening opening) {
        boolean isWanted = isWanted(opening);
        if (!isWanted) {
            remember(unwanted, generation);
        }
        return isWanted;
    }

    boolean keeps(EventDecoder event) {
        if (!byConnection) {
            return true;
        }
        return switch (event.kind()) {
            case EventDecoder.KIND_OPENED -> keepsOpening(event);
            case EventDecoder.KIND_CLOSED -> keepsClosing(event);
            case EventDecoder.KIND_DATA, EventDecoder.KIND_INFERRED ->
                !unwanted.contains(event.generation()) && isTraced(event.tgid());
            default -> {
                process(event);
                yield true;
            }
        };
    }

    /** The opening that was held back, if the event is the first one kept of its connection; else null. */
    @Nullable
    Opening opens(EventDecoder kept) {
        if (unused.isEmpty() || kept.kind() == EventDecoder.KIND_CLOSED) {
            return null;
        }
        Opening opening = unused.remove(kept.generation());
        byte[] end = opening == null ? null : heldEnds.remove(kept.generation());
        if (end != null) {
            ends.add(end);
        }
        return opening;
    }

    /** Close events, not kept when they came, of connections that later events have opened. Each once. */
    List<byte[]> takeEnds() {
        List<byte[]> taken = ends;
        ends = new ArrayList<>();
        return taken;
    }

    private boolean keepsOpening(EventDecoder event) {
        Opening opening = Opening.of(event);
        if (!isWanted(opening)) {
            remember(unwanted, event.generation());
            return false;
        }
        if (!isTraced(event.tgid())) {
            if (unused.size() < MAX_REMEMBERED) {
                unused.put(event.generation(), opening);
            }
            return false;
        }
        return true;
    }

    private boolean keepsClosing(EventDecoder event) {
        long generation = event.generation();
        boolean isUnused = unused.containsKey(generation);
        if (!isUnused && !unwanted.contains(generation)) {
            return true;
        }
        if (isUnused) {
            byte[] end = new byte[event.length()];
            event.copyTo(end, 0);
            heldEnds.put(generation, end);
        }
        ended.add(generation);
        if (ended.size() > MAX_ENDED) {
            Long oldest = ended.remove();
            unwanted.remove(oldest);
            unused.remove(oldest);
            heldEnds.remove(oldest);
        }
        return false;
    }

    private boolean isTraced(int tgid) {
        return !byProcess || processes.wants(tgid);
    }

    private void process(EventDecoder event) {
        if (!byProcess) {
            return;
        }
        int tgid = event.processTgid();
        switch (event.kind()) {
            case EventDecoder.KIND_RUNNING -> processes.running(tgid, event.parentTgid(), ProcessName.all(event));
            case EventDecoder.KIND_FORK -> processes.forked(event.parentTgid(), tgid);
            case EventDecoder.KIND_EXEC -> processes.executed(tgid, ProcessName.all(event));
            case EventDecoder.KIND_EXIT -> processes.exited(tgid);
            default -> {
                // Says nothing about processes.
            }
        }
    }

    private static <T> void remember(Set<T> set, T what) {
        if (set.size() < MAX_REMEMBERED) {
            set.add(what);
        }
    }

    private boolean isWanted(Opening opening) {
        return filters.wants(opening.local(), opening.remote(), opening.side());
    }
}
