package io.kyanos.capture;

import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.KernelVersion;
import io.kyanos.event.Channel;
import io.kyanos.record.Transport;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What moves through sockets: system calls and their bytes, the beginnings and ends of connections. */
final class SocketFamily implements Family {

    static final String NAME = "socket";

    private static final CaptureStep SYSCALL_EXIT = CaptureStep.essential(
            "syscall_exit",
            NAME,
            "everything: no bytes are captured, and no accepted connection is known",
            new Hook("on_sys_exit", "tp_btf/sys_exit"));
    private static final CaptureStep SYSCALL_ENTER = CaptureStep.essential(
            "syscall_enter",
            NAME,
            "everything: of no system call it is known which socket and which bytes it moves",
            new Hook("on_sys_enter", "tp_btf/sys_enter"));
    private static final CaptureStep SOCKET_SEND = CaptureStep.essential(
            "socket_send",
            NAME,
            "everything: nothing is seen of what sockets send",
            new Hook("on_send", "tp_btf/sock_send_length"));
    private static final CaptureStep SOCKET_RECEIVE = CaptureStep.essential(
            "socket_receive",
            NAME,
            "everything: nothing is seen of what sockets receive",
            new Hook("on_recv", "tp_btf/sock_recv_length"));
    private static final CaptureStep SEND_ENTRY = CaptureStep.essential(
            "send_entry",
            NAME,
            "everything: durations begin when their request is written",
            new Hook("on_sending", "tp_btf/tcp_sendmsg_locked"),
            new Hook("on_writing", "tp_btf/sys_enter"));
    static final CaptureStep TCP_SPLICE = CaptureStep.dispensable(
            "tcp_splice",
            NAME,
            "what is spliced from TCP sockets into pipes: it counts as bytes of other calls",
            new Hook("on_space_adjust", "tp_btf/tcp_rcv_space_adjust"));
    private static final CaptureStep SENDERS4 = CaptureStep.dispensable(
            "udp4_senders",
            NAME,
            "whom datagrams are from that come over IPv4 to a socket with many peers",
            new Hook("on_sender4", "cgroup/recvmsg4"));
    private static final CaptureStep SENDERS6 = CaptureStep.dispensable(
            "udp6_senders",
            NAME,
            "whom datagrams are from that come to an IPv6 socket with many peers",
            new Hook("on_sender6", "cgroup/recvmsg6"));
    private static final CaptureStep SEND_ENTRY_UDP4 = CaptureStep.dispensable(
            "udp4_send_entry",
            NAME,
            "when programs began to send datagrams to IPv4 addresses: they count as sent in no time",
            new Hook("on_datagram4", "cgroup/sendmsg4"));
    private static final CaptureStep SEND_ENTRY_UDP6 = CaptureStep.dispensable(
            "udp6_send_entry",
            NAME,
            "when programs began to send datagrams to IPv6 addresses: they count as sent in no time",
            new Hook("on_datagram6", "cgroup/sendmsg6"));
    private static final CaptureStep ACCEPT4 = CaptureStep.dispensable(
            "tcp4_accept",
            NAME,
            "connections that are accepted over IPv4, before they are used or closed",
            new Hook("on_accepted4", "cgroup/getpeername4"));
    private static final CaptureStep ACCEPT6 = CaptureStep.dispensable(
            "tcp6_accept",
            NAME,
            "connections that are accepted by IPv6 sockets, before they are used or closed",
            new Hook("on_accepted6", "cgroup/getpeername6"));
    static final CaptureStep RING_SUBMIT = CaptureStep.dispensable(
            "ring_submit",
            NAME,
            "the bytes that io_uring moves: they are counted and not looked at",
            new Hook("on_submit", "tp_btf/io_uring_submit_req"));
    static final CaptureStep CALLS_BEFORE = CaptureStep.dispensable(
            "calls_before",
            NAME,
            "what the calls move in which threads sit when the capture begins",
            new Hook("presume_calls", "iter/task"));
    private static final CaptureStep TCP_STATE = CaptureStep.dispensable(
            "tcp_state",
            NAME,
            "the end of a TCP connection's handshake and why it ended: it opens with its first bytes, and resets"
                    + " and time-outs pass for normal ends",
            new Hook("on_set_state", "tp_btf/inet_sock_set_state"));
    private static final CaptureStep TCP_END = CaptureStep.dispensable(
            "tcp_end",
            NAME,
            "the ends of TCP connections that the other side has reset or that timed out, without tcp_state of all:"
                    + " they count as open until their memory is used again",
            new Hook("on_destroy", "tp_btf/tcp_destroy_sock"));
    static final CaptureStep DATAGRAM_END = CaptureStep.dispensable(
            "datagram_end",
            NAME,
            "the ends of UDP and unix sockets that no close() tells, as at exit: they count as open until their"
                    + " memory is used again",
            new Hook("sweep_connections", "iter/bpf_map_elem"));
    static final CaptureStep FILTER_REVIEW = CaptureStep.dispensable(
            "filter_review",
            NAME,
            "filters that are changed while a capture runs, on connections that are open already",
            new Hook("review_connections", "iter/bpf_map_elem"));
    private static final CaptureStep THREAD_END = CaptureStep.dispensable(
            "thread_end",
            NAME,
            "room in the table of threads in calls: those that are killed inside one keep their place there",
            new Hook("on_thread_exit", "tp_btf/sched_process_exit"));

    static final Counter LOST_SYSCALL_BYTES = new Counter("LOST_SYSCALL_BYTES", 3);
    static final Counter CONNECTIONS_FULL = new Counter("CONNECTIONS_FULL", 4);
    static final Counter CALLS_FULL = new Counter("CALLS_FULL", 5);
    static final Counter ENDS_FULL = new Counter("ENDS_FULL", 14);
    static final Counter NOTES_FULL = new Counter("NOTES_FULL", 15);
    static final Counter SAMPLED_OUT = new Counter("SAMPLED_OUT", 16);
    static final Counter PASSED_OVER = new Counter("PASSED_OVER", 20);
    private static final Counter LOST_CONN = new Counter("LOST_CONN", 0);
    private static final Counter LOST_SYSCALL = new Counter("LOST_SYSCALL", 1);

    /** No call moves so many bytes. */
    private static final long NEVER = 0xffff_ffffL;

    // Bits of the constant socket_kinds: enum socket_kind.
    private static final int SOCKETS_TCP = 1;
    private static final int SOCKETS_UDP = 2;
    private static final int SOCKETS_UNIX = 4;

    @Override
    public String name() {
        return NAME;
    }

    /** Kernels before 6.2 cannot cast addresses: for them there is a second form. */
    @Override
    public String file(KernelVersion kernel) {
        return kernel.isAtLeast(6, 2) ? NAME : NAME + "-plain";
    }

    /**
     * At system calls, exits are attached before entries: what an entry notes would be taken for a later call's if its own
     * exit were not seen. At sockets, what calls note comes first.
     */
    @Override
    public List<CaptureStep> steps(Vantage vantage) {
        return switch (vantage) {
            case SOCKETS ->
                List.of(
                        TCP_STATE,
                        SEND_ENTRY,
                        SEND_ENTRY_UDP4,
                        SEND_ENTRY_UDP6,
                        RING_SUBMIT,
                        SENDERS4,
                        SENDERS6,
                        ACCEPT4,
                        ACCEPT6,
                        SOCKET_SEND,
                        SOCKET_RECEIVE,
                        TCP_SPLICE,
                        TCP_END,
                        DATAGRAM_END,
                        FILTER_REVIEW,
                        THREAD_END);
            case SYSCALLS ->
                List.of(
                        SYSCALL_EXIT,
                        SYSCALL_ENTER,
                        CALLS_BEFORE,
                        TCP_STATE,
                        TCP_END,
                        DATAGRAM_END,
                        FILTER_REVIEW,
                        THREAD_END);
        };
    }

    /** At system calls nothing is seen of io_uring; at sockets its bytes are counted at their place even without the step. */
    @Override
    public Set<CaptureStep> toldOnlyFrom(Vantage vantage) {
        return vantage == Vantage.SOCKETS ? Set.of(RING_SUBMIT) : Set.of();
    }

    @Override
    public Map<Channel, Counter> channels() {
        return Map.of(Channel.CONN, LOST_CONN, Channel.SYSCALL, LOST_SYSCALL);
    }

    @Override
    public List<Counter> counters() {
        return List.of(
                LOST_CONN,
                LOST_SYSCALL,
                LOST_SYSCALL_BYTES,
                CONNECTIONS_FULL,
                CALLS_FULL,
                ENDS_FULL,
                SAMPLED_OUT,
                NOTES_FULL,
                PASSED_OVER);
    }

    @Override
    public void prepare(BpfObject object, FamilySetup setup, Vantage vantage) {
        CaptureSettings settings = setup.settings();
        int cpus = Kernel.possibleCpus();
        int traceStateSlots = Integer.highestOneBit(settings.maxConnections() * 2 - 1) << 1;
        object.setConstant("cpu_lanes", cpus);
        object.setConstant("trace_state_slots", traceStateSlots);
        object.setConstant("max_payload_bytes", settings.payloadCap(setup.transport()));
        object.setConstant("undecided_bytes", settings.undecidedBytes());
        object.setConstant("head_bytes", settings.headBytes());
        if (!settings.passOver()) {
            object.setConstant("pass_over_from", NEVER);
            object.setMaxEntries("pass_overs", 1);
        }
        object.setConstant("own_tgid", Integer.toUnsignedLong(setup.ownTgid().getAsInt()));
        object.setConstant("socket_kinds", socketKinds(settings.sockets()));
        object.setMaxEntries("scratches", cpus);
        object.setMaxEntries("trace_states", traceStateSlots);
        object.setMaxEntries("connections", settings.maxConnections());
        object.setConstant("by_sockets", vantage == Vantage.SOCKETS);
        object.setMaxEntries("inode_batches", cpus + 1);
        object.setMaxEntries("calls", settings.maxThreads());
        object.setMaxEntries("senders", settings.maxThreads());
        object.setMaxEntries("lost_closes", settings.lostCloseEvents());
        object.setMaxEntries("ip_rules", KernelRules.TABLES * settings.filterCapacity());
        object.reuseMap("traced_tgids", setup.loaded().apply(ProcessFamily.NAME).object(), "traced_tgids");
    }

    private static long socketKinds(Set<Transport> sockets) {
        long kinds = 0;
        for (Transport transport : sockets) {
            kinds |= switch (transport) {
                case TCP -> SOCKETS_TCP;
                case UDP -> SOCKETS_UDP;
                case UNIX -> SOCKETS_UNIX;
            };
        }
        return kinds;
    }
}
