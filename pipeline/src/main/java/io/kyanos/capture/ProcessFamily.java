package io.kyanos.capture;

import io.kyanos.bridge.BpfObject;
import io.kyanos.event.Channel;
import java.util.List;
import java.util.Map;

/** What processes there are: their starts, forks and ends, and which of them the filters want. */
final class ProcessFamily implements Family {

    static final String NAME = "process";

    static final CaptureStep EXEC = CaptureStep.dispensable(
            "process_exec",
            NAME,
            "the names of programs started during the capture, and so --comm for them",
            new Hook("on_exec", "tp_btf/sched_process_exec"));
    static final CaptureStep FORK = CaptureStep.dispensable(
            "process_fork",
            NAME,
            "the names of processes forked during the capture; --pids and --comm miss such children",
            new Hook("on_fork", "tp_btf/sched_process_fork"));
    static final CaptureStep EXIT = CaptureStep.dispensable(
            "process_exit",
            NAME,
            "the ends of processes: a process id that is used again may carry the old name for a while",
            new Hook("on_exit", "tp_btf/sched_process_exit"));
    static final CaptureStep LIST = CaptureStep.essential(
            "process_list",
            NAME,
            "everything: the capture could not tell its own traffic from that of others",
            new Hook("dump_processes", "iter/task"));
    static final CaptureStep NAMES = CaptureStep.dispensable(
            "process_names",
            NAME,
            "what programs were started as that ran before the capture: they go by what they call themselves",
            new Hook("dump_started_processes", "iter.s/task"));

    static final Counter TRACED_FULL = new Counter("TRACED_FULL", 9);
    private static final Counter LOST_PROCESS = new Counter("LOST_PROCESS", 2);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<CaptureStep> steps(Vantage vantage) {
        return List.of(EXEC, FORK, EXIT, LIST, NAMES);
    }

    @Override
    public Map<Channel, Counter> channels() {
        return Map.of(Channel.PROCESS, LOST_PROCESS);
    }

    @Override
    public List<Counter> counters() {
        return List.of(LOST_PROCESS, TRACED_FULL);
    }

    @Override
    public void prepare(BpfObject object, FamilySetup setup, Vantage vantage) {
        int capacity = KernelRules.SETS * setup.settings().filterCapacity();
        object.setMaxEntries("traced_tgids", capacity);
        object.setMaxEntries("traced_names", capacity);
    }
}
