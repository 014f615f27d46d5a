package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.ProgramRuns;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often the programs ran, and how long. The kernel counts that while somebody wants it: this capture, where it is set, or
 * the machine's administrator (kernel.bpf_stats_enabled). Thread-safe.
 */
final class RunTimes implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RunTimes.class);

    private final LoadedFamilies families;
    private final Kernel.@Nullable RunStatistics counting;

    private RunTimes(LoadedFamilies families, Kernel.@Nullable RunStatistics counting) {
        this.families = families;
        this.counting = counting;
    }

    /** Makes the kernel count where that is wanted; where it refuses, goes on without and says so. */
    static RunTimes of(LoadedFamilies families, boolean wanted) {
        return new RunTimes(families, wanted ? count() : null);
    }

    private static Kernel.@Nullable RunStatistics count() {
        try {
            return Kernel.enableRunStatistics();
        } catch (BpfException e) {
            log.warn(
                    "{}. The run time of the BPF programs stays unknown: kyanos_bpf_seconds_total is empty and a budget"
                            + " leaves it out. Hint: needs CAP_SYS_ADMIN and Linux 5.8.",
                    e.getMessage());
            return null;
        }
    }

    /** By program; empty where nobody counts. */
    Map<String, ProgramRuns> all() {
        Map<String, ProgramRuns> runs = families.runs();
        boolean counted = counting != null || runs.values().stream().anyMatch(each -> each.count() > 0);
        return counted ? runs : Map.of();
    }

    /** Nanoseconds in all programs together. */
    long nanos() {
        return families.runs().values().stream().mapToLong(ProgramRuns::nanos).sum();
    }

    @Override
    public void close() {
        if (counting != null) {
            counting.close();
        }
    }
}
