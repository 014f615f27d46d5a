package io.kyanos.capture;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The places of the kernel that a capture hooks into: which program, where, and what is lost without it. One row per
 * step and hook; a step that could be seen at several places would have a row for each, in order of preference.
 */
public enum Hook {
    PROCESS_EXEC(
            "process_exec",
            "process",
            "on_exec",
            "tp_btf/sched_process_exec",
            false,
            "the names of programs started during the capture, and so --comm for them"),
    PROCESS_FORK(
            "process_fork",
            "process",
            "on_fork",
            "tp_btf/sched_process_fork",
            false,
            "the names of processes forked during the capture; --pids and --comm miss such children"),
    PROCESS_EXIT(
            "process_exit",
            "process",
            "on_exit",
            "tp_btf/sched_process_exit",
            false,
            "the ends of processes: a process id that is used again may carry the old name for a while"),
    PROCESS_LIST(
            "process_list",
            "process",
            "dump_processes",
            "iter/task",
            true,
            "everything: the capture could not tell its own traffic from that of others"),
    PROCESS_NAMES(
            "process_names",
            "process",
            "dump_started_processes",
            "iter.s/task",
            false,
            "what programs were started as that ran before the capture: they go by what they call themselves"),
    SYSCALL_EXIT(
            "syscall_exit",
            "socket",
            "on_sys_exit",
            "tp_btf/sys_exit",
            true,
            "everything: no bytes are captured, and no accepted connection is known"),
    // After the exits: what is noted at an entry would be taken for that of a later call, if its own exit were not
    // seen.
    SYSCALL_ENTER(
            "syscall_enter",
            "socket",
            "on_sys_enter",
            "tp_btf/sys_enter",
            true,
            "everything: of no system call it is known which socket and which bytes it moves"),
    CALLS_BEFORE(
            "calls_before",
            "socket",
            "presume_calls",
            "iter/task",
            false,
            "what the calls move in which threads sit when the capture begins"),
    TCP_STATE(
            "tcp_state",
            "socket",
            "on_set_state",
            "tp_btf/inet_sock_set_state",
            false,
            "the end of a TCP connection's handshake and why it ended: it opens with its first bytes, and resets"
                    + " and time-outs pass for normal ends"),
    TCP_END(
            "tcp_end",
            "socket",
            "on_destroy",
            "tp_btf/tcp_destroy_sock",
            false,
            "the ends of TCP connections that the other side has reset or that timed out, without tcp_state of all:"
                    + " they count as open until their memory is used again"),
    DATAGRAM_END(
            "datagram_end",
            "socket",
            "sweep_connections",
            "iter/bpf_map_elem",
            false,
            "the ends of UDP and unix sockets that no close() tells, as at exit: they count as open until their"
                    + " memory is used again"),
    FILTER_REVIEW(
            "filter_review",
            "socket",
            "review_connections",
            "iter/bpf_map_elem",
            false,
            "filters that are changed while a capture runs, on connections that are open already"),
    THREAD_END(
            "thread_end",
            "socket",
            "on_thread_exit",
            "tp_btf/sched_process_exit",
            false,
            "room in the table of threads in calls: those that are killed inside of one keep their place there");

    private static final String ITERATOR = "iter";

    private final String step;
    private final String family;
    private final String program;
    private final String place;
    private final boolean essential;
    private final String lost;

    Hook(String step, String family, String program, String place, boolean essential, String lost) {
        this.step = step;
        this.family = family;
        this.program = program;
        this.place = place;
        this.essential = essential;
        this.lost = lost;
    }

    /** What is seen there, as in metrics and settings. */
    public String step() {
        return step;
    }

    /** The object that holds the program. */
    public String family() {
        return family;
    }

    /** The program's name in its object. */
    public String program() {
        return program;
    }

    /** Where the program is attached, as its section says: {@code tp_btf/sys_enter}. */
    public String place() {
        return place;
    }

    /** Whether nothing can be captured without it. */
    public boolean isEssential() {
        return essential;
    }

    /** What a capture does not see without it; completes the sentence "lost: ...". */
    public String lost() {
        return lost;
    }

    /** Whether user space runs the program, rather than the kernel at an event. */
    boolean isIterator() {
        return place.startsWith(ITERATOR);
    }

    /** The rows of one object, in the order of the table. */
    static List<Hook> ofFamily(String family) {
        return Arrays.stream(values())
                .filter(hook -> hook.family.equals(family))
                .toList();
    }

    static Optional<Hook> ofStep(String step) {
        return Arrays.stream(values()).filter(hook -> hook.step.equals(step)).findFirst();
    }
}
