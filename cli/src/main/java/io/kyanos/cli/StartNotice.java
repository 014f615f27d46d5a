package io.kyanos.cli;

import io.kyanos.CaptureControl;
import io.kyanos.CaptureRequest;
import io.kyanos.capture.AbsentProcesses;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Protocols;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What the user sees once a capture has begun. */
final class StartNotice {

    private StartNotice() {}

    /**
     * Says which of the processes that were asked for are not there.
     *
     * @throws IllegalStateException where that leaves nothing that could ever be seen
     */
    static void reportAbsent(Assembly assembly, CaptureControl capture) {
        AbsentProcesses absent = capture.absentProcesses();
        if (absent.nothingLeft()) {
            throw new IllegalStateException(noSuchProcess(absent)
                    + " (expected: one that runs). Hint: --comm waits for programs by their names");
        }
        if (!absent.pids().isEmpty()) {
            assembly.tell(noSuchProcess(absent));
        }
        if (!absent.names().isEmpty()) {
            boolean one = absent.names().size() == 1;
            assembly.tell("--comm " + sorted(absent.names()) + ": no process of "
                    + (one ? "this name runs; waiting for one" : "these names runs; waiting for them"));
        }
    }

    private static String noSuchProcess(AbsentProcesses absent) {
        return "--pids " + sorted(absent.pids()) + ": no such process"
                + (absent.pids().size() == 1 ? "" : "es");
    }

    /** {@code capturing http, redis of processes 12, 34 and of nginx}, with a word of the caller's own. */
    static String sentence(String verb, CaptureRequest request) {
        Collection<String> protocols =
                request.protocols().isEmpty() ? Protocols.names() : new TreeSet<>(request.protocols());
        return verb + " " + String.join(", ", protocols) + " of " + processes(request.filters());
    }

    private static String processes(CaptureFilters filters) {
        List<String> parts = new ArrayList<>();
        if (!filters.pids().included().isEmpty()) {
            parts.add((filters.pids().included().size() == 1 ? "process " : "processes ")
                    + spaced(filters.pids().included()));
        }
        if (!filters.names().included().isEmpty()) {
            parts.add(spaced(filters.names().included()));
        }
        return parts.isEmpty() ? "all processes" : String.join(" and of ", parts);
    }

    private static String sorted(Collection<?> values) {
        return values.stream().sorted().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static String spaced(Collection<?> values) {
        return values.stream().sorted().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
