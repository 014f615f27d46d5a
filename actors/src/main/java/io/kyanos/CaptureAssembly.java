package io.kyanos;

import com.typesafe.config.Config;
import io.kyanos.actor.ActorSettings;
import io.kyanos.actor.ConnectionActor;
import io.kyanos.actor.ConnectionRouter;
import io.kyanos.actor.Credit;
import io.kyanos.actor.Delivery;
import io.kyanos.actor.EventOrigin;
import io.kyanos.actor.LivePace;
import io.kyanos.actor.LiveStatistics;
import io.kyanos.actor.Pace;
import io.kyanos.actor.Reconciler;
import io.kyanos.actor.RecordGathering;
import io.kyanos.actor.RecordHub;
import io.kyanos.actor.RecordOutlet;
import io.kyanos.actor.RouterGauges;
import io.kyanos.actor.Share;
import io.kyanos.bridge.Kernel;
import io.kyanos.bridge.NativeLibrary;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.ConnectionTable;
import io.kyanos.capture.KernelCapture;
import io.kyanos.capture.ProcessList;
import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.connection.MemoryBudget;
import io.kyanos.connection.Opening;
import io.kyanos.connection.TraceControl;
import io.kyanos.event.Channel;
import io.kyanos.event.Direction;
import io.kyanos.event.TraceState;
import io.kyanos.metadata.NamedProcesses;
import io.kyanos.metadata.ProcessTable;
import io.kyanos.process.NamingSettings;
import io.kyanos.protocol.Protocol;
import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.TrafficRecord;
import io.kyanos.replay.RecordOrder;
import io.kyanos.replay.RecordedEvents;
import io.kyanos.replay.RecordedOrigin;
import io.kyanos.replay.ReplayPace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.stream.ActorAttributes;
import org.jspecify.annotations.Nullable;

/**
 * Assembles one capture and starts it: the origin of its events, the router and the actors around it, the queue and hub of
 * records.
 */
final class CaptureAssembly {

    /** Records of a replay that wait behind its ordering: few, as it is as fast as its sinks anyway. */
    private static final int REPLAY_RECORD_QUEUE = 8;

    private static final int REPLAY_RECORD_HUB = 2;
    private static final Duration LOSSES_LOOKED_AT_EVERY = Duration.ofSeconds(1);
    private static final int MAX_TEXT_IN_ORDER = 32 * 1024 * 1024;

    private final ActorSystem<?> system;
    private final String name;
    private final CaptureRequest request;
    private final ActorSettings settings;
    private final ConnectionSettings connectionSettings;
    private final EventOrigin origin;
    private final RecordHub hub;
    private final Books books;
    private final ProcessTable processes;
    private final List<Share> shares;
    private final List<Credit> credits = new ArrayList<>();
    private final RouterGauges gauges;
    private final CompletableFuture<Done> ended = new CompletableFuture<>();
    private final AtomicBoolean discarding = new AtomicBoolean();

    private CaptureAssembly(
            ActorSystem<?> system,
            String name,
            CaptureRequest request,
            ActorSettings settings,
            ConnectionSettings connectionSettings,
            NamingSettings naming,
            EventOrigin origin,
            boolean isReplay,
            RecordHub hub) {
        this.system = system;
        this.name = name;
        this.request = request;
        this.settings = settings;
        this.connectionSettings = connectionSettings;
        this.origin = origin;
        this.hub = hub;
        this.books =
                new Books(new MemoryBudget(settings.maxHeldBytes()), new MemoryBudget(settings.maxBufferedBytes()));
        this.processes =
                new ProcessTable(naming, settings.endedProcessRetention().toNanos(), settings.maxProcesses());
        int routers = settings.routersOf(isReplay, Runtime.getRuntime().availableProcessors());
        this.shares = IntStream.range(0, routers)
                .mapToObj(number -> new Share(number, routers))
                .toList();
        shares.forEach(share -> credits.add(new Credit(settings.maxEventsInFlight(share))));
        this.gauges = new RouterGauges(routers);
        origin.forEachRunningProcess(processes::on);
    }

    /**
     * Starts a capture; if it throws, nothing stays behind.
     *
     * @param name of the capture's actors, used once in the system
     * @param opening gives the kernel side
     */
    static RunningCapture start(
            ActorSystem<?> system,
            String name,
            Config config,
            CaptureRequest request,
            List<Protocol> further,
            Function<CaptureSettings, KernelCapture> opening) {
        NativeLibrary.load();
        ActorSettings settings = ActorSettings.of(config);
        CaptureSettings captureSettings = CaptureSettings.of(config);
        ConnectionSettings connectionSettings = ConnectionSettings.of(
                        config, request.protocols(), request.detail(), Kernel.realtimeMinusMonotonicNanos())
                .with(further);
        NamingSettings naming = NamingSettings.of(config);
        KernelCapture kernel = opening.apply(captureSettings);
        NamedProcesses names = NamedProcesses.of(
                kernel.processesAtStart(), naming, request.tap() != EventTap.NONE, settings.maxProcesses());
        TapBranch tap = tap(kernel, names, request);
        RecordHub hub = new RecordHub(system, settings.recordQueue(), settings.recordHub());
        return new CaptureAssembly(
                        system,
                        name,
                        request,
                        settings,
                        connectionSettings,
                        naming,
                        new KernelOrigin(kernel, names, tap),
                        false,
                        hub)
                .runLive(kernel, names, tap, captureSettings);
    }

    /** As {@link #start}, of a recording. */
    static RunningCapture replay(
            ActorSystem<?> system,
            String name,
            Config config,
            CaptureRequest request,
            List<Protocol> further,
            RecordedEvents recording) {
        ActorSettings settings = ActorSettings.of(config);
        ConnectionSettings connectionSettings = ConnectionSettings.of(
                        config, request.protocols(), request.detail(), recording.epochOffsetNanos())
                .with(further)
                .inSteps();
        RecordedOrigin origin = new RecordedOrigin(recording, request.filters(), settings.maxOpenConnections());
        RecordHub hub = new RecordHub(system, REPLAY_RECORD_QUEUE, REPLAY_RECORD_HUB);
        return new CaptureAssembly(
                        system,
                        name,
                        request,
                        settings,
                        connectionSettings,
                        NamingSettings.of(config),
                        origin,
                        true,
                        hub)
                .runReplay(origin, recording);
    }

    private RunningCapture runLive(
            KernelCapture kernel, NamedProcesses names, TapBranch tap, CaptureSettings captureSettings) {
        List<ActorRef<ConnectionRouter.Command>> routers = start(hub, LivePace.INSTANCE, new AtomicReference<>());
        ActorRef<Reconciler.Command> reconciler = system.systemActorOf(
                Reconciler.create(kernelSide(kernel, names, tap), routers, captureSettings.reconcileInterval()),
                name + "-reconciler",
                DispatcherSelector.blocking());
        Cancellable sweeps = repeat(captureSettings.sweepInterval(), kernel::sweep);
        Cancellable losses = repeat(LOSSES_LOOKED_AT_EVERY, kernel::tellLosses);
        Cancellable looks = captureSettings.budget().isSet()
                ? repeat(captureSettings.budget().interval(), kernel::keepBudget)
                : Cancellable.alreadyCancelled();
        return running(ended.thenCombine(tap.done(), (done, tapped) -> done), () -> {
            sweeps.cancel();
            losses.cancel();
            looks.cancel();
            reconciler.tell(Reconciler.Stop.INSTANCE);
        });
    }

    private Cancellable repeat(Duration interval, Runnable task) {
        return system.scheduler()
                .scheduleWithFixedDelay(
                        interval, interval, task, system.dispatchers().lookup(DispatcherSelector.blocking()));
    }

    private RunningCapture runReplay(RecordedOrigin recorded, RecordedEvents recording) {
        AtomicReference<@Nullable Delivery> delivery = new AtomicReference<>();
        int maxText = connectionSettings.detail().maxTextBytes();
        int window = Math.min(settings.replayOrderWindow(), 1 + MAX_TEXT_IN_ORDER / (1 + maxText));
        Predicate<TrafficRecord> wanted = recording.isFiltered() ? this::isCaptured : record -> true;
        RecordOrder order =
                new RecordOrder(hub, wanted, window, () -> started(delivery).lookAgain());
        Pace pace = new ReplayPace(
                order,
                recorded::begins,
                () -> connectionSettings.protocols().forEach(Protocol::settle),
                connectionSettings.requestTimeout().toNanos(),
                recording.isLive());
        start(order, pace, delivery);
        return running(ended, () -> {});
    }

    /** Once it is known which end is which. */
    private boolean isCaptured(TrafficRecord record) {
        ConnectionDescription connection = record.connection();
        return request.filters().wants(connection.local(), connection.remote(), connection.side());
    }

    /** Starts the routers and lets the events flow to them; {@code started} is set before the first of them does. */
    private List<ActorRef<ConnectionRouter.Command>> start(
            RecordOutlet outlet, Pace pace, AtomicReference<@Nullable Delivery> started) {
        List<ActorRef<ConnectionRouter.Command>> routers = shares.stream()
                .map(share -> router(share, outlet, pace, started))
                .toList();
        Delivery delivery = new Delivery(routers, processes, books, pace, () -> {
            hub.complete();
            ended.complete(Done.getInstance());
        });
        started.set(delivery);
        origin.events()
                .to(delivery)
                .withAttributes(ActorAttributes.dispatcher(ActorSettings.STREAM_DISPATCHER))
                .run(system);
        return routers;
    }

    /** A capture's only router has the thread of what comes before it; several have a thread each. */
    private ActorRef<ConnectionRouter.Command> router(
            Share share, RecordOutlet outlet, Pace pace, AtomicReference<@Nullable Delivery> delivery) {
        boolean isAlone = share.of() == 1;
        Credit credit = credits.get(share.number());
        RecordGathering records = new RecordGathering(outlet, books, discarding::get);
        AtomicReference<@Nullable ActorRef<ConnectionRouter.Command>> self = new AtomicReference<>();
        ConnectionActor.Surroundings surroundings = new ConnectionActor.Surroundings(
                books,
                records,
                events -> {
                    boolean isLow = credit.giveBack(events) && !pace.isInSteps();
                    if (isLow || credit.isWhole()) {
                        started(self).tell(ConnectionRouter.CreditLow.INSTANCE);
                    }
                },
                origin::monotonicNanos,
                connectionSettings.requestTimeout(),
                pace.isInSteps(),
                discarding::get);
        ActorRef<ConnectionRouter.Command> router = system.systemActorOf(
                ConnectionRouter.create(
                        share,
                        connections(),
                        processes,
                        settings,
                        credit,
                        records,
                        gauges,
                        surroundings,
                        () -> started(delivery).ended(share.number())),
                isAlone ? name : name + "-" + share.number(),
                DispatcherSelector.fromConfig(
                        isAlone ? ActorSettings.STREAM_DISPATCHER : ActorSettings.ROUTER_DISPATCHER));
        self.set(router);
        return router;
    }

    private TraceControl traceControl() {
        return new TraceControl() {
            @Override
            public void trace(long generation, TraceState state) {
                origin.trace(generation, state);
            }

            @Override
            public void passOver(long generation, Direction direction, long until) {
                origin.passOver(generation, direction, until);
            }
        };
    }

    private static <T> T started(AtomicReference<@Nullable T> what) {
        T started = what.get();
        if (started == null) {
            throw new IllegalStateException("not started yet");
        }
        return started;
    }

    private ConnectionRouter.Connections connections() {
        TraceControl traceControl = traceControl();
        return new ConnectionRouter.Connections() {
            @Override
            public Connection create(long generation, Consumer<TrafficRecord> records) {
                return new Connection(generation, connectionSettings, books, traceControl, processes, records);
            }

            @Override
            public Optional<Opening> describe(long socket, long generation) {
                return origin.describe(socket, generation);
            }

            @Override
            public void trace(long generation, TraceState state) {
                origin.trace(generation, state);
            }
        };
    }

    private RunningCapture running(CompletableFuture<Done> over, Runnable beforeStop) {
        return new RunningCapture(
                origin,
                hub,
                new LiveStatistics(origin, books, connectionSettings.protocols(), processes, credits, gauges),
                over,
                beforeStop,
                () -> discarding.set(true),
                request.detail(),
                request.recordFilter(),
                settings.stopTimeout());
    }

    private static TapBranch tap(KernelCapture kernel, NamedProcesses names, CaptureRequest request) {
        try {
            request.tap().begin(TapBranch.origin(kernel, names));
        } catch (RuntimeException e) {
            kernel.close();
            throw e;
        }
        return new TapBranch(request.tap());
    }

    private static Reconciler.KernelSide kernelSide(KernelCapture kernel, NamedProcesses names, TapBranch tap) {
        return new Reconciler.KernelSide() {
            @Override
            public long lostConnectionEvents() {
                return kernel.lostEvents(Channel.CONN);
            }

            @Override
            public long lostProcesses() {
                return kernel.lostEvents(Channel.PROCESS) + kernel.processesWithoutRoom();
            }

            @Override
            public Optional<ConnectionTable> connections() {
                return kernel.connections();
            }

            @Override
            public List<byte[]> takeLostCloseEvents() {
                return tap.ends(kernel.takeLostCloseEvents());
            }

            @Override
            public Optional<ProcessList> processes() {
                return tap.processes(kernel.processes().map(names::named));
            }

            @Override
            public void mark() {
                kernel.mark();
            }
        };
    }
}
