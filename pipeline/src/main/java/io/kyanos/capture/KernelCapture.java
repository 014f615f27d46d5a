package io.kyanos.capture;

import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.bridge.ProgramRuns;
import io.kyanos.bridge.RingReader;
import io.kyanos.event.Channel;
import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.TraceState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel side of one capture: its programs, attached, and the stream of what they send. Opening it needs the rights
 * to load BPF programs; closing it detaches everything. Thread-safe.
 *
 * @see #events
 */
public final class KernelCapture implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(KernelCapture.class);

    private final LoadedFamilies families;
    private final KernelProcesses processes;
    private final KernelConnections connections;
    private final KernelRules rules;
    private final RingReader rings;
    private final EventReader reader;
    private final EventTransport transport;
    private final int payloadCap;
    private final boolean passesOver;
    private final ProcessList processesAtStart;
    private final AbsentProcesses absent;
    private final RunTimes runTimes;
    private final @Nullable BudgetKeeper budget;
    private final LossNotices losses;
    private long processesWithoutRoomBefore;
    private boolean splicesMet;
    private Map<String, Long> lastRingCalls = Map.of();
    private boolean closed;

    private KernelCapture(
            LoadedFamilies families,
            KernelProcesses processes,
            KernelConnections connections,
            KernelRules rules,
            RingReader rings,
            CaptureSettings settings,
            EventTransport transport,
            ProcessList processesAtStart,
            RunTimes runTimes) {
        this.families = families;
        this.processes = processes;
        this.connections = connections;
        this.rules = rules;
        this.rings = rings;
        this.reader = new EventReader(Rings.of(rings), Families.channels(), settings);
        this.transport = transport;
        this.payloadCap = settings.payloadCap(transport);
        this.passesOver = settings.passOver();
        this.processesAtStart = processesAtStart;
        this.absent = AbsentProcesses.of(rules.filters(), processesAtStart, KernelProcesses.ownTgid(processesAtStart));
        this.runTimes = runTimes;
        this.budget = settings.budget().isSet() ? keeper(settings.budget()) : null;
        this.losses = new LossNotices(transport, families::lostEvents, System::nanoTime, log::warn);
    }

    private BudgetKeeper keeper(BudgetSettings settings) {
        return new BudgetKeeper(
                new Budget(settings.share(), settings.calmLooks()), this::spentNanos, System::nanoTime, this::spare);
    }

    private long spentNanos() {
        return OwnProcess.cpuNanos() + runTimes.nanos();
    }

    /**
     * Loads and attaches. From here on the kernel side records; nothing is read before {@link #events} runs.
     *
     * @throws BpfException when the machine does not allow it; nothing stays behind
     */
    public static KernelCapture open(CaptureSettings settings, CaptureFilters filters) {
        NativeLibrary.load();
        KernelRequirements.requireTypes();
        try {
            return openOnKernel(settings, filters);
        } catch (BpfException e) {
            throw KernelRequirements.explain(e, Kernel.version());
        }
    }

    private static KernelCapture openOnKernel(CaptureSettings settings, CaptureFilters filters) {
        EventTransport transport = CaptureTrial.transportOf(settings);
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            LoadedFamilies families = LoadedFamilies.load(
                    settings, transport, family -> KernelProcesses.ownTgid(new KernelProcesses(family).running()));
            opened.add(families);
            LoadedFamily processFamily = families.family(ProcessFamily.NAME);
            LoadedFamily socketFamily = families.family(SocketFamily.NAME);
            KernelProcesses processes = new KernelProcesses(processFamily);
            KernelConnections connections = new KernelConnections(socketFamily);
            KernelRules rules = new KernelRules(processFamily.object(), socketFamily.object(), settings);
            // Before anything is attached: perf buffers that are not open take nothing.
            RingReader rings = families.openRings();
            opened.add(rings);
            RunTimes runTimes = RunTimes.of(
                    families, settings.runTimes() || settings.budget().isSet());
            opened.add(runTimes);
            processFamily.attach();
            ProcessList running = processes.running();
            rules.replace(filters, processes::running);
            connections.presumeCalls(families::attach);
            connections.noteInodes();
            warnOfLosses(families.results());
            warnOfUnmeasuredClock();
            log.info(
                    "capture at {}, by {} buffers, at most {} payload bytes per system call",
                    socketFamily.vantage().label(),
                    transport.label(),
                    settings.payloadCap(transport));
            return new KernelCapture(
                    families, processes, connections, rules, rings, settings, transport, running, runTimes);
        } catch (RuntimeException e) {
            closeAll(opened, e);
            throw e;
        }
    }

    private static void warnOfLosses(List<StepResult> steps) {
        for (StepResult result : steps) {
            for (HookResult hook : result.hooks()) {
                if (!result.isTaken() && !result.isNotMet()) {
                    log.warn(
                            "hook {} for {} is not taken: {}; lost: {}",
                            hook.hook().place(),
                            result.step().name(),
                            hook.error(),
                            result.step().lost());
                } else if (hook.isRefused()) {
                    log.info(
                            "hook {} for {} is not taken: {}; another one is",
                            hook.hook().place(),
                            result.step().name(),
                            hook.error());
                }
            }
        }
    }

    private static void warnOfUnmeasuredClock() {
        String refusal = Kernel.clockRefusal();
        if (!refusal.isEmpty()) {
            log.warn("measure the kernel's clock: {}; in a time namespace all times of records are wrong", refusal);
        }
    }

    /** Everything that the kernel side sends, one batch per poll, ordered behind a watermark. Can be run once. */
    public Source<EventBatch, NotUsed> events() {
        List<Channel> channels = Families.channels();
        EmissionOrder order =
                new EmissionOrder(channels.stream().map(reader::events).toList());
        List<Source<ChannelBatch, ?>> sources = new ArrayList<>();
        channels.forEach(channel -> sources.add(reader.source(channel)));
        return Source.zipN(sources).map(order::merge);
    }

    /** The processes that were running at the start. */
    public ProcessList processesAtStart() {
        return processesAtStart;
    }

    /** What the first filters include but no process matched at the start. */
    public AbsentProcesses absentProcesses() {
        return absent;
    }

    /** Tells the kernel side how much of a connection to capture. */
    public void trace(long generation, TraceState state) {
        connections.trace(generation, state);
    }

    /**
     * Tells the kernel side that nobody wants what a connection moves one way up to a position of its stream; 0 takes that
     * back. Takes effect within microseconds, from the first call that sees it; does nothing where the settings are against
     * it.
     */
    public void passOver(long generation, Direction direction, long until) {
        if (passesOver) {
            connections.passOver(generation, direction, until);
        }
    }

    /** Stream bytes that were not captured as nobody wants them. */
    public long passedOverBytes() {
        return connections.passedOverBytes();
    }

    /** What the kernel side knows of a socket: a {@code struct ky_connection}. Empty once the socket is gone. */
    public Optional<byte[]> connection(long socketAddress) {
        return connections.entry(socketAddress);
    }

    /**
     * Reports the UDP and unix sockets that ended without a call that shows it, each as an event, and looks whether
     * something was spliced out of TCP sockets. To be run from time to time; costs next to nothing while there is nothing of
     * either.
     */
    public synchronized void sweep() {
        if (closed) {
            return;
        }
        connections.sweep();
        if (!splicesMet && connections.hasMetSplices()) {
            splicesMet = true;
            families.family(SocketFamily.NAME)
                    .attachMet(SocketFamily.TCP_SPLICE)
                    .ifPresent(KernelCapture::tellMet);
        }
    }

    /** Tells in the log of events that the kernel side could not write. To be run from time to time. */
    public synchronized void tellLosses() {
        if (!closed) {
            losses.look();
        }
    }

    private static void tellMet(StepResult result) {
        if (result.isTaken()) {
            log.info(
                    "bytes of a TCP socket went elsewhere than to a read: {} is attached",
                    result.step().name());
        } else {
            warnOfLosses(List.of(result));
        }
    }

    /** What is open now. Reads the whole table, a few milliseconds for some ten thousand; empty once closed. */
    public synchronized Optional<ConnectionTable> connections() {
        return closed ? Optional.empty() : Optional.of(connections.list());
    }

    /** Close events for which their buffer had no room, complete, each once, in order. */
    public synchronized List<byte[]> takeLostCloseEvents() {
        return closed ? List.of() : connections.takeLostCloseEvents();
    }

    /**
     * What runs now; empty once closed. Where a filter wants processes that found no room before, they are traced from
     * here on as far as there is room now.
     */
    public synchronized Optional<ProcessList> processes() {
        if (closed) {
            return Optional.empty();
        }
        ProcessList running = processes.running();
        long withoutRoom = processes.withoutRoom();
        if (withoutRoom > processesWithoutRoomBefore) {
            processesWithoutRoomBefore = withoutRoom;
            judgeAgain(running);
        }
        return Optional.of(running);
    }

    private void judgeAgain(ProcessList running) {
        try {
            rules.judgeAgain(running);
        } catch (BpfException full) {
            log.debug("{}", full.getMessage());
        }
    }

    /**
     * From here on captures by other filters, without a gap: what both want goes on. An open connection that is no
     * longer wanted ends in the events, and a newly wanted one begins at its next call, in the middle of its stream. Costs a few
     * milliseconds, and more with many open connections. Nothing happens once closed.
     *
     * @throws BpfException if the kernel side has no room for them; then the old filters hold
     */
    public synchronized void replaceFilters(CaptureFilters filters) {
        if (closed) {
            return;
        }
        connections.presumeCalls(() -> rules.replace(filters, processes::running));
        connections.review();
    }

    /**
     * Looks at what the capture has spent, and lowers or raises its detail where there is a budget. To be run from time to
     * time.
     */
    public void keepBudget() {
        if (budget != null) {
            budget.look();
        }
    }

    private synchronized void spare(CaptureDetail detail) {
        if (closed) {
            return;
        }
        connections.spare(detail);
        if (rules.sampleBits() != detail.sampleBits()) {
            sample(detail.sampleBits());
        }
    }

    private void sample(int bits) {
        try {
            connections.presumeCalls(() -> rules.sample(bits));
            connections.review();
        } catch (BpfException e) {
            log.warn("budget: {}; what is open stays as it was, new connections are sampled", e.getMessage());
        }
    }

    /** How much is captured now. */
    public CaptureDetail detail() {
        return budget == null ? CaptureDetail.FULL : budget.detail();
    }

    /** What the kernel has counted of each program in use, by its name; empty where nobody makes it count. */
    public Map<String, ProgramRuns> programRuns() {
        return runTimes.all();
    }

    /** The filters that hold. */
    public synchronized CaptureFilters filters() {
        return rules.filters();
    }

    /** Makes a batch come soon in {@link #events}, perhaps an empty one, whose watermark is later than this call. */
    public synchronized void mark() {
        if (!closed) {
            reader.mark();
        }
    }

    /** How events leave the kernel. */
    public EventTransport transport() {
        return transport;
    }

    /**
     * Payload bytes of one system call at most: what is set, or less where the transport's buffer could never hold it.
     */
    public int payloadCap() {
        return payloadCap;
    }

    /** What became of each step, in the order in which they were attached. */
    public List<StepResult> steps() {
        return families.results();
    }

    /** Events that the kernel side could not write to a channel. */
    public long lostEvents(Channel channel) {
        return families.lostEvents(channel);
    }

    /** Stream bytes of the data events that the kernel side could not write. */
    public long lostStreamBytes() {
        return connections.lostStreamBytes();
    }

    /** Connections that found no room in the kernel side's table. */
    public long connectionsWithoutRoom() {
        return connections.withoutRoom();
    }

    /** System calls of threads that found no room in the kernel side's table. */
    public long callsWithoutRoom() {
        return connections.callsWithoutRoom();
    }

    /** Sockets for whose notes the kernel had no memory. */
    public long socketsWithoutNotes() {
        return connections.socketsWithoutNotes();
    }

    /** The calls of io_uring that have moved bytes over sockets, by kind; empty where it is not seen. */
    public synchronized Map<String, Long> ringCalls() {
        return closed ? lastRingCalls : connections.ringCalls();
    }

    /** Close events that neither their buffer nor the kernel side's reserve had room for. */
    public long closesWithoutRoom() {
        return connections.closesWithoutRoom();
    }

    /** Connections that the budget's sampling has left out. */
    public long connectionsSampledOut() {
        return connections.sampledOut();
    }

    /** Processes that a filter wanted and that found no room in the kernel side's table. */
    public long processesWithoutRoom() {
        return processes.withoutRoom();
    }

    /** Events read from a channel. */
    public long readEvents(Channel channel) {
        return reader.events(channel).sum();
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
            families.detach();
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
        // Before the rings go: what is written then is no loss of this capture.
        families.stopCounting();
        losses.end();
        lastRingCalls = connections.ringCalls();
        rings.close();
        runTimes.close();
        families.close();
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
