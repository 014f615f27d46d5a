package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.BpfMap;
import io.kyanos.bridge.BpfObject;
import io.kyanos.bridge.BpfVariable;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.KernelVersion;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.bridge.RingReader;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.event.TraceState;
import io.kyanos.record.Transport;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel side of one capture: its programs, attached, and the stream of what they send. Opening it needs the rights
 * to load BPF programs; closing it detaches everything. Thread-safe.
 *
 * @see #events
 */
public final class KernelCapture implements AutoCloseable {

    /**
     * The channels that carry events, in the order in which a poll drains them: what tells of a connection or a process
     * comes no later than the data of it, however much waits.
     */
    public static final List<Channel> CHANNELS = List.of(Channel.CONN, Channel.PROCESS, Channel.SYSCALL);

    private static final Logger log = LoggerFactory.getLogger(KernelCapture.class);

    /** What is written for; later versions are tested. */
    private static final int LEAST_MAJOR = 5;

    private static final int LEAST_MINOR = 10;

    // Bits of the constant socket_kinds: enum socket_kind.
    private static final int SOCKETS_TCP = 1;
    private static final int SOCKETS_UDP = 2;
    private static final int SOCKETS_UNIX = 4;

    // Indexes of the per-CPU array `counters`: enum ky_counter.
    private static final int COUNTER_LOST_CONN = 0;
    private static final int COUNTER_LOST_SYSCALL = 1;
    private static final int COUNTER_LOST_PROCESS = 2;
    private static final int COUNTER_LOST_SYSCALL_BYTES = 3;
    private static final int COUNTER_CONNECTIONS_FULL = 4;
    private static final int COUNTER_CALLS_FULL = 5;
    private static final int COUNTER_TRACED_FULL = 9;
    private static final int COUNTER_ENDS_FULL = 14;
    private static final int COUNTERS = 16;

    private final BpfObject process;
    private final BpfObject socket;
    private final RingReader rings;
    private final EventTransport transport;
    private final int payloadCap;
    private final EventReader reader;
    private final TraceStates traceStates;
    private final BpfMap connections;
    private final BpfVariable sweepable;
    private final BpfMap untoldEnds;
    private final KernelRules rules;
    private final ProcessList runningProcesses;
    private final List<HookResult> hooks;
    private final AbsentProcesses absent;
    private final Hook list;
    private final boolean sweeps;
    private final boolean reviews;
    // The counters outlive their maps, as losses are told at the end.
    private final long[] lastOfSocket = new long[COUNTERS];
    private final long[] lastOfProcess = new long[COUNTERS];
    private long processesWithoutRoomBefore;
    private boolean closed;

    private KernelCapture(
            BpfObject process,
            BpfObject socket,
            RingReader rings,
            EventTransport transport,
            CaptureSettings settings,
            KernelRules rules,
            Hook list,
            ProcessList runningProcesses,
            List<HookResult> hooks) {
        this.process = process;
        this.socket = socket;
        this.rings = rings;
        this.transport = transport;
        this.payloadCap = settings.payloadCap(transport);
        this.reader = new EventReader(Rings.of(rings), CHANNELS, settings);
        this.traceStates = new TraceStates(socket.map("trace_states"));
        this.connections = socket.map("connections");
        this.sweepable = socket.variable("sweepable");
        this.untoldEnds = socket.map("untold_ends");
        this.rules = rules;
        this.runningProcesses = runningProcesses;
        this.hooks = List.copyOf(hooks);
        this.absent = AbsentProcesses.of(rules.filters(), runningProcesses, ownTgid(runningProcesses));
        this.list = list;
        this.sweeps = hooks.contains(HookResult.taken(Hook.DATAGRAM_END));
        this.reviews = hooks.contains(HookResult.taken(Hook.FILTER_REVIEW));
    }

    /**
     * Loads and attaches. From here on the kernel side records; nothing is read before {@link #events} runs.
     *
     * @throws BpfException when the machine does not allow it; nothing stays behind
     */
    public static KernelCapture open(CaptureSettings settings, CaptureFilters filters) {
        NativeLibrary.load();
        requireTypes();
        try {
            return openOnKernel(settings, filters);
        } catch (BpfException e) {
            throw onKernel(e, Kernel.version());
        }
    }

    /** The refusal, with the kernel's version where that may be the reason. */
    static BpfException onKernel(BpfException refusal, KernelVersion version) {
        if (version.isAtLeast(LEAST_MAJOR, LEAST_MINOR)) {
            return refusal;
        }
        String message = String.valueOf(refusal.getMessage());
        BpfException withVersion = new BpfException(
                message + (message.contains(". Hint: ") ? "; this" : ". Hint: this") + " is Linux " + version
                        + " (expected: " + LEAST_MAJOR + "." + LEAST_MINOR + " or later)",
                refusal.errno(),
                refusal.log());
        withVersion.initCause(refusal);
        return withVersion;
    }

    /** @throws BpfException where the kernel does not describe its own types */
    static void requireTypes() {
        if (!Kernel.hasBtf()) {
            throw new BpfException(
                    "load BPF programs: /sys/kernel/btf/vmlinux cannot be read. Hint: needs a kernel with "
                            + "CONFIG_DEBUG_INFO_BTF and /sys mounted",
                    0,
                    "");
        }
    }

    private static KernelCapture openOnKernel(CaptureSettings settings, CaptureFilters filters) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            BpfObject process = keep(opened, BpfObjects.open("process"));
            BpfObject socket = keep(opened, BpfObjects.open("socket"));
            Hooks ofProcess = new Hooks(process, "process", settings.stepsOff());
            Hooks ofSocket = new Hooks(socket, "socket", settings.stepsOff());
            EventTransport transport = CaptureTrial.transportOf(settings);
            loadProcess(process, ofProcess, transport, settings);
            Hook list = listing(ofProcess);
            int ownTgid = ownTgid(runningProcesses(process, list));
            loadSocket(socket, ofSocket, process, transport, settings, ownTgid);
            KernelRules rules = new KernelRules(process, socket, settings);
            // Before anything is attached: perf buffers that nobody has opened take nothing.
            RingReader rings = keep(opened, openRings(socket, process, transport, settings));
            List<HookResult> hooks = new ArrayList<>(ofProcess.attach());
            ProcessList running = runningProcesses(process, list);
            rules.replace(filters, () -> runningProcesses(process, list));
            presumeCalls(socket, () -> hooks.addAll(ofSocket.attach()), () -> hooks);
            warnOfLosses(hooks);
            warnOfUnmeasuredClock();
            log.info(
                    "capture by {} buffers, at most {} payload bytes per system call",
                    transport.label(),
                    settings.payloadCap(transport));
            return new KernelCapture(process, socket, rings, transport, settings, rules, list, running, hooks);
        } catch (RuntimeException e) {
            closeAll(opened, e);
            throw e;
        }
    }

    /** Everything that the kernel side sends, one batch per poll, ordered behind a watermark. Can be run once. */
    public Source<EventBatch, NotUsed> events() {
        List<Source<ChannelBatch, ?>> channels = new ArrayList<>();
        for (Channel channel : CHANNELS) {
            channels.add(reader.source(channel));
        }
        EmissionOrder order =
                new EmissionOrder(CHANNELS.stream().map(reader::events).toList());
        return Source.zipN(channels).map(order::merge);
    }

    /** The processes that were running at the start. */
    public ProcessList processesAtStart() {
        return runningProcesses;
    }

    /** What the filters of the start include and nothing was that ran then. */
    public AbsentProcesses absentProcesses() {
        return absent;
    }

    /** Tells the kernel side how much of a connection to capture. */
    public void trace(long generation, TraceState state) {
        traceStates.trace(generation, state);
    }

    /** What the kernel side knows of a socket: a {@code struct ky_connection}. Empty once the socket is gone. */
    public Optional<byte[]> connection(long socketAddress) {
        byte[] value = connections.lookup(littleEndian(socketAddress));
        return Optional.ofNullable(value);
    }

    /**
     * Tells the end of the UDP and unix sockets that are gone and whose end no call has told; each comes as an event. To
     * be run every now and then; costs next to nothing while no such socket is open.
     */
    public synchronized void sweep() {
        if (!closed && sweeps && sweepable.readU64() != 0) {
            socket.readIterator(Hook.DATAGRAM_END.program(), "connections");
        }
    }

    /** What is open now. Reads the whole table, a few milliseconds for some ten thousand; empty once closed. */
    public synchronized Optional<ConnectionTable> connections() {
        if (closed) {
            return Optional.empty();
        }
        ConnectionTable table = new ConnectionTable(Kernel.monotonicNanos());
        ConnectionTable.readInto(table, connections);
        return Optional.of(table.readTo(Kernel.monotonicNanos()));
    }

    /** Closing events that their ring had no room for, whole, each given once, in order. */
    public synchronized List<byte[]> takeUntoldEnds() {
        List<byte[]> ends = new ArrayList<>();
        while (!closed && ends.size() < untoldEnds.maxEntries()) {
            byte[] end = untoldEnds.take();
            if (end == null) {
                break;
            }
            ends.add(end);
        }
        return ends;
    }

    /**
     * What runs now; empty once closed. Where a filter wants processes that found no room before, they are traced from
     * here on as far as there is room now.
     */
    public synchronized Optional<ProcessList> processes() {
        if (closed) {
            return Optional.empty();
        }
        ProcessList running = runningProcesses(process, list);
        long withoutRoom = read(process, COUNTER_TRACED_FULL);
        if (withoutRoom > processesWithoutRoomBefore) {
            processesWithoutRoomBefore = withoutRoom;
            judgeAgain(running);
        }
        return Optional.of(running);
    }

    /**
     * From here on captures by other filters, without a gap: what both want goes on. An open connection that is wanted no
     * more ends, for those who look at the events, and one newly wanted begins at its next call, in the middle of its
     * stream. Costs a few milliseconds, and more with many open connections. Nothing happens once closed.
     *
     * @throws BpfException if the kernel side has no room for them; then the old filters hold
     */
    public synchronized void replaceFilters(CaptureFilters filters) {
        if (closed) {
            return;
        }
        presumeCalls(socket, () -> rules.replace(filters, () -> runningProcesses(process, list)), () -> hooks);
        if (reviews) {
            socket.readIterator(Hook.FILTER_REVIEW.program(), "connections");
        }
    }

    /**
     * Does what makes calls visible, so that those in which threads sit meanwhile are told, too: the kernel side takes every
     * exit without an entry for the end of one, until the threads that still sit in one have been marked.
     */
    private static void presumeCalls(BpfObject socket, Runnable change, Supplier<List<HookResult>> hooks) {
        BpfVariable presuming = socket.variable("presuming");
        presuming.writeU32(1);
        try {
            change.run();
            if (hooks.get().contains(HookResult.taken(Hook.CALLS_BEFORE))) {
                socket.readIterator(Hook.CALLS_BEFORE.program());
            }
        } finally {
            presuming.writeU32(0);
        }
    }

    /** The filters that hold. */
    public synchronized CaptureFilters filters() {
        return rules.filters();
    }

    /** A batch comes soon in {@link #events}, be it an empty one, whose watermark is later than this call. */
    public synchronized void mark() {
        if (!closed) {
            reader.mark();
        }
    }

    /** How events leave the kernel. */
    public EventTransport transport() {
        return transport;
    }

    /** Payload bytes of one system call at most: what is set, or less where the transport's buffer could never hold it. */
    public int payloadCap() {
        return payloadCap;
    }

    /** What became of each hook, in the order of the table. */
    public List<HookResult> hooks() {
        return hooks;
    }

    /** Events that the kernel side could not write to a channel. */
    public long lostEvents(Channel channel) {
        return switch (channel) {
            case CONN -> counter(socket, COUNTER_LOST_CONN);
            case SYSCALL -> counter(socket, COUNTER_LOST_SYSCALL);
            case PROCESS -> counter(process, COUNTER_LOST_PROCESS);
            case SSL, KERN, FIRST_PACKET -> 0;
        };
    }

    /** Stream bytes of the data events that the kernel side could not write. */
    public long lostStreamBytes() {
        return counter(socket, COUNTER_LOST_SYSCALL_BYTES);
    }

    /** Connections that found no room in the kernel side's table. */
    public long connectionsWithoutRoom() {
        return counter(socket, COUNTER_CONNECTIONS_FULL);
    }

    /** System calls of threads that found no room in the kernel side's table. */
    public long callsWithoutRoom() {
        return counter(socket, COUNTER_CALLS_FULL);
    }

    /** Ends of connections that neither their ring nor the kernel side's reserve had room for. */
    public long endsWithoutRoom() {
        return counter(socket, COUNTER_ENDS_FULL);
    }

    /** Processes that a filter wanted and that found no room in the kernel side's table. */
    public long processesWithoutRoom() {
        return counter(process, COUNTER_TRACED_FULL);
    }

    /** Events read from a channel. */
    public long readEvents(Channel channel) {
        return CHANNELS.contains(channel) ? reader.events(channel).sum() : 0;
    }

    /** Nanoseconds since the reader completed a poll. */
    public long sinceLastPollNanos() {
        return reader.sinceLastPollNanos();
    }

    /** Why reading has ended by itself, if it has. */
    public Optional<String> failure() {
        return Optional.ofNullable(reader.failure());
    }

    /** Bytes that the last poll left in the rings for want of room. */
    public long waitingBytes() {
        return reader.waitingBytes();
    }

    /** Detaches the programs, lets the stream run until the rings are empty, and completes it. */
    public synchronized void drainAndComplete() {
        if (!closed) {
            socket.detachAll();
            process.detachAll();
            reader.drainAndStop();
        }
    }

    /** Detaches and unloads everything; ends the stream if it still runs. A second close does nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        reader.stop();
        for (int i = 0; i < COUNTERS; i++) {
            lastOfSocket[i] = read(socket, i);
            lastOfProcess[i] = read(process, i);
        }
        rings.close();
        socket.close();
        process.close();
    }

    private synchronized long counter(BpfObject object, int index) {
        if (closed) {
            return (object == socket ? lastOfSocket : lastOfProcess)[index];
        }
        return read(object, index);
    }

    private static long read(BpfObject object, int index) {
        return object.map("counters").sumPerCpu(index)[0];
    }

    private static void warnOfLosses(List<HookResult> hooks) {
        for (HookResult result : hooks) {
            if (!result.isTaken()) {
                log.warn(
                        "hook {} for {} is not taken: {}; lost: {}",
                        result.hook().place(),
                        result.hook().step(),
                        result.error(),
                        result.hook().lost());
            }
        }
    }

    private static void warnOfUnmeasuredClock() {
        String refusal = Kernel.clockRefusal();
        if (!refusal.isEmpty()) {
            log.warn("measure the kernel's clock: {}; in a time namespace all times of records are wrong", refusal);
        }
    }

    /** The kernel side's map of a channel. */
    private static String mapOf(Channel channel) {
        return channel.label() + "_events";
    }

    /** Sizes the maps of a family's channels as the transport needs them. */
    private static void prepareBuffers(
            BpfObject object, EventTransport transport, CaptureSettings settings, Channel... channels) {
        int wakeBytes = Integer.MAX_VALUE;
        for (Channel channel : channels) {
            String map = mapOf(channel);
            if (transport == EventTransport.PERF) {
                object.usePerfBuffers(map);
            } else {
                object.setMaxEntries(map, settings.bufferBytes(transport, channel));
            }
            wakeBytes = Math.min(wakeBytes, settings.wakeBytes(transport, channel));
        }
        object.setConstant("perf_transport", transport == EventTransport.PERF);
        object.setConstant("wake_bytes", wakeBytes);
    }

    static void loadProcess(BpfObject process, Hooks hooks, EventTransport transport, CaptureSettings settings) {
        prepareBuffers(process, transport, settings, Channel.PROCESS);
        KernelRules.prepareProcess(process, settings);
        hooks.load();
    }

    static void loadSocket(
            BpfObject socket,
            Hooks hooks,
            BpfObject process,
            EventTransport transport,
            CaptureSettings settings,
            int ownTgid) {
        int cpus = Kernel.possibleCpus();
        int traceStateSlots = Integer.highestOneBit(settings.maxConnections() * 2 - 1) << 1;
        socket.setConstant("cpu_lanes", cpus);
        socket.setConstant("trace_state_slots", traceStateSlots);
        socket.setConstant("max_payload_bytes", settings.payloadCap(transport));
        socket.setConstant("undecided_bytes", settings.undecidedBytes());
        socket.setConstant("head_bytes", settings.headBytes());
        prepareBuffers(socket, transport, settings, Channel.SYSCALL, Channel.CONN);
        socket.setConstant("own_tgid", Integer.toUnsignedLong(ownTgid));
        socket.setConstant("socket_kinds", socketKinds(settings.sockets()));
        socket.setMaxEntries("scratches", cpus);
        socket.setMaxEntries("trace_states", traceStateSlots);
        socket.setMaxEntries("connections", settings.maxConnections());
        socket.setMaxEntries("calls", settings.maxThreads());
        socket.setMaxEntries("untold_ends", settings.untoldEnds());
        KernelRules.prepareSocket(socket, settings);
        socket.reuseMap("traced_tgids", process, "traced_tgids");
        hooks.load();
    }

    static RingReader openRings(
            BpfObject socket, BpfObject process, EventTransport transport, CaptureSettings settings) {
        List<RingReader.Origin> rings = new ArrayList<>();
        for (Channel channel : CHANNELS) {
            BpfObject object = channel == Channel.PROCESS ? process : socket;
            String map = mapOf(channel);
            rings.add(
                    transport == EventTransport.PERF
                            ? new RingReader.PerfBuffers(
                                    object,
                                    map,
                                    settings.bufferBytes(transport, channel),
                                    settings.wakeBytes(transport, channel),
                                    (int) settings.perfLookInterval().toMillis())
                            : new RingReader.Ring(object, map));
        }
        return RingReader.open(
                rings,
                List.of(
                        new RingReader.SleepFlag(socket, "reader_asleep"),
                        new RingReader.SleepFlag(process, "reader_asleep")));
    }

    /** The reader of the iterator is this process: each of its events says so. */
    private static int ownTgid(ProcessList running) {
        int[] own = {0};
        running.forEach(event -> own[0] = event.tid());
        if (own[0] == 0) {
            throw new BpfException("list the running processes: nothing was listed", 0, "");
        }
        return own[0];
    }

    /** What lists the running processes. */
    static Hook listing(Hooks ofProcess) {
        return ofProcess.isLoaded(Hook.PROCESS_NAMES) ? Hook.PROCESS_NAMES : Hook.PROCESS_LIST;
    }

    static ProcessList runningProcesses(BpfObject process, Hook list) {
        return new ProcessList(process.readIterator(list.program()));
    }

    private void judgeAgain(ProcessList running) {
        try {
            rules.judgeAgain(running);
        } catch (BpfException full) {
            log.debug("{}", full.getMessage());
        }
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

    private static byte[] littleEndian(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    private static <T extends AutoCloseable> T keep(List<AutoCloseable> opened, T resource) {
        opened.add(resource);
        return resource;
    }

    private static void closeAll(List<AutoCloseable> opened, RuntimeException because) {
        for (int i = opened.size() - 1; i >= 0; i--) {
            try {
                opened.get(i).close();
            } catch (Exception e) {
                because.addSuppressed(e);
            }
        }
    }
}
