package io.kyanos.actor;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.ProcessVerdicts;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.ProcessName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides of recorded events, one after the other, which of them the kernel side would have sent under other filters than
 * it had. Not thread-safe.
 */
/*
 * Calls of processes that are not wanted do not count. A connection that one of those has opened is known, and comes to be
 * when a wanted process uses it.
 */
final class RecordedFilter {

    /** Beyond so many of each kind nothing more is remembered. */
    private static final int MAX_REMEMBERED = 1 << 20;

    private final CaptureFilters filters;
    private final boolean byProcess;
    private final boolean byConnection;
    private final ProcessVerdicts processes;
    private final Set<Long> unwanted = new HashSet<>();
    private final Map<Long, Opening> unused = new HashMap<>();

    RecordedFilter(CaptureFilters filters) {
        this.filters = filters;
        this.byProcess = filters.chooseProcesses();
        this.byConnection = !filters.equals(CaptureFilters.NONE);
        this.processes = new ProcessVerdicts(filters);
    }

    /** Whether a connection is wanted whose opening is not among the events. Remembers it. */
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

    /** The opening, held back so far, of the connection that the event is the first kept one of; null if there is none. */
    @Nullable
    Opening opens(EventDecoder kept) {
        return unused.isEmpty() || kept.kind() == EventDecoder.KIND_CLOSED ? null : unused.remove(kept.generation());
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
        boolean wasUnwanted = unwanted.remove(event.generation());
        boolean wasUnused = unused.remove(event.generation()) != null;
        return !wasUnwanted && !wasUnused;
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
                // Says nothing of processes.
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
