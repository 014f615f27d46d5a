package io.kyanos.actor;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides of recorded events, one after the other, which of them the kernel side would have sent under other filters than
 * it had. Not thread-safe.
 */
/*
 * Processes: as bpf/src/process.bpf.c does it. A process is wanted by its number, by its name, or because its parent is;
 * of those that ran when the recording began the parents may come after their children, so they are looked at together.
 * Calls of other processes do not count. A connection that one of those has opened is known, and comes to be when a wanted
 * process uses it.
 */
final class RecordedFilter {

    /** Beyond so many of each kind nothing more is remembered. */
    private static final int MAX_REMEMBERED = 1 << 20;

    private final CaptureFilters filters;
    private final boolean byProcess;
    private final boolean byConnection;
    private final Set<Integer> traced = new HashSet<>();
    private final Map<Integer, Integer> parents = new HashMap<>();
    private final Set<Long> unwanted = new HashSet<>();
    private final Map<Long, Opening> unused = new HashMap<>();
    private boolean hasNewParents;

    RecordedFilter(CaptureFilters filters) {
        this.filters = filters;
        this.byProcess = !filters.pids().isEmpty() || !filters.names().isEmpty();
        this.byConnection = !filters.equals(CaptureFilters.NONE);
        traced.addAll(filters.pids());
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
        if (!byProcess) {
            return true;
        }
        if (hasNewParents) {
            traceDescendants();
        }
        return traced.contains(tgid);
    }

    private void process(EventDecoder event) {
        if (!byProcess) {
            return;
        }
        int tgid = event.processTgid();
        switch (event.kind()) {
            case EventDecoder.KIND_RUNNING -> {
                if (parents.size() < MAX_REMEMBERED) {
                    parents.put(tgid, event.parentTgid());
                }
                hasNewParents = true;
                if (hasWantedName(event)) {
                    remember(traced, tgid);
                }
            }
            case EventDecoder.KIND_FORK -> {
                if (isTraced(event.parentTgid())) {
                    remember(traced, tgid);
                }
            }
            case EventDecoder.KIND_EXEC -> {
                if (hasWantedName(event)) {
                    remember(traced, tgid);
                }
            }
            case EventDecoder.KIND_EXIT -> {
                traced.remove(tgid);
                parents.remove(tgid);
            }
            default -> {
                // Says nothing of processes.
            }
        }
    }

    private void traceDescendants() {
        hasNewParents = false;
        Map<Integer, List<Integer>> children = new HashMap<>();
        parents.forEach((tgid, parent) ->
                children.computeIfAbsent(parent, of -> new ArrayList<>()).add(tgid));
        Deque<Integer> toVisit = new ArrayDeque<>(traced);
        while (!toVisit.isEmpty()) {
            for (int child : children.getOrDefault(toVisit.remove(), List.of())) {
                if (traced.add(child)) {
                    toVisit.add(child);
                }
            }
        }
    }

    private static <T> void remember(Set<T> set, T what) {
        if (set.size() < MAX_REMEMBERED) {
            set.add(what);
        }
    }

    private boolean hasWantedName(EventDecoder event) {
        return filters.names().contains(event.processName()) || filters.names().contains(event.comm());
    }

    private boolean isWanted(Opening opening) {
        boolean sideFits =
                filters.side() == Side.UNKNOWN || opening.side() == Side.UNKNOWN || opening.side() == filters.side();
        return sideFits
                && isIn(filters.localPorts(), opening.local().port())
                && isIn(filters.remotePorts(), opening.remote().port())
                && hasWantedAddress(opening.remote());
    }

    private static boolean isIn(Set<Integer> ports, int port) {
        return ports.isEmpty() || ports.contains(port);
    }

    private boolean hasWantedAddress(Endpoint remote) {
        if (filters.remoteIps().isEmpty()) {
            return true;
        }
        for (InetAddress ip : filters.remoteIps()) {
            if (!remote.isUnix() && remote.equals(new Endpoint(sixteenBytes(ip), remote.port()))) {
                return true;
            }
        }
        return false;
    }

    /** As in {@code struct ky_address}. */
    private static byte[] sixteenBytes(InetAddress address) {
        byte[] ip = address.getAddress();
        if (ip.length == 16) {
            return ip;
        }
        byte[] mapped = new byte[16];
        mapped[10] = (byte) 0xff;
        mapped[11] = (byte) 0xff;
        System.arraycopy(ip, 0, mapped, 12, 4);
        return mapped;
    }
}
