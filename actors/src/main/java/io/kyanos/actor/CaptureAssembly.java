package io.kyanos.actor;

import com.typesafe.config.Config;
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
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Protocol;
import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.typed.javadsl.ActorSink;
import org.jspecify.annotations.Nullable;

/**
 * Puts the parts of one capture together and lets them run: the kernel side, the router and the actors around it, the
 * queue and hub of records.
 */
final class CaptureAssembly {

    private CaptureAssembly() {}

    /**
     * Starts a capture; where it throws, nothing stays behind.
     *
     * @param name of the capture's actors, used once in the system
     */
    static RunningCapture start(
            ActorSystem<?> typed, String name, Config config, CaptureRequest request, List<Protocol> further) {
        NativeLibrary.load();
        ActorSettings settings = ActorSettings.of(config);
        CaptureSettings captureSettings = CaptureSettings.of(config);
        ConnectionSettings connectionSettings = ConnectionSettings.of(
                        config, request.protocols(), request.detail(), Kernel.realtimeMinusMonotonicNanos())
                .with(further);
        Books books =
                new Books(new MemoryBudget(settings.maxHeldBytes()), new MemoryBudget(settings.maxBufferedBytes()));
        KernelCapture kernel = KernelCapture.open(captureSettings, request.filters());
        ProcessTable processes =
                new ProcessTable(settings.endedProcessRetention().toNanos(), settings.maxProcesses());
        kernel.forEachRunningProcess(processes::on);

        Credit credit = new Credit(settings.maxEventsInFlight());
        RouterGauges gauges = new RouterGauges();
        RecordHub hub = new RecordHub(typed, settings.recordQueue(), settings.recordHub());
        CompletableFuture<Done> ended = new CompletableFuture<>();
        AtomicReference<@Nullable ActorRef<ConnectionRouter.Command>> router = new AtomicReference<>();
        ConnectionActor.Surroundings surroundings = new ConnectionActor.Surroundings(
                books,
                hub,
                events -> {
                    ActorRef<ConnectionRouter.Command> waiting = router.get();
                    if (credit.giveBack(events) && waiting != null) {
                        waiting.tell(ConnectionRouter.CreditLow.INSTANCE);
                    }
                    if (credit.isWhole()) {
                        hub.flush();
                    }
                },
                Kernel::monotonicNanos,
                connectionSettings.requestTimeout(),
                settings.recordRetry());
        ConnectionRouter.Connections connections = new ConnectionRouter.Connections() {
            @Override
            public Connection create(long generation, Consumer<TrafficRecord> records) {
                return new Connection(generation, connectionSettings, books, kernel::trace, processes, records);
            }

            @Override
            public Optional<Opening> describe(long socket, long generation) {
                return kernel.connection(socket).flatMap(entry -> Opening.ofEntry(entry, generation));
            }

            @Override
            public void trace(long generation, TraceState state) {
                kernel.trace(generation, state);
            }
        };
        ActorRef<ConnectionRouter.Command> routerRef = typed.systemActorOf(
                ConnectionRouter.create(connections, processes, settings, credit, gauges, surroundings, () -> {
                    hub.complete();
                    ended.complete(Done.getInstance());
                }),
                name,
                DispatcherSelector.fromConfig(Kyanos.STREAM_DISPATCHER));
        router.set(routerRef);
        ActorRef<DeadLetter> deadLetters = returnCreditOfDeadLetters(typed, surroundings, name);
        ActorRef<Reconciler.Command> reconciler = typed.systemActorOf(
                Reconciler.create(kernelSide(kernel), routerRef, captureSettings.reconcileInterval()),
                name + "-reconciler",
                DispatcherSelector.blocking());
        kernel.events()
                .to(ActorSink.<EventBatch, ConnectionRouter.Command, ConnectionRouter.Ack>actorRefWithBackpressure(
                        routerRef,
                        (ackTo, batch) -> new ConnectionRouter.Deliver(batch, ackTo),
                        ConnectionRouter.Started::new,
                        ConnectionRouter.Ack.INSTANCE,
                        ConnectionRouter.Completed.INSTANCE,
                        ConnectionRouter.Failed::new))
                .withAttributes(ActorAttributes.dispatcher(Kyanos.STREAM_DISPATCHER))
                .run(typed);
        Cancellable sweeps = typed.scheduler()
                .scheduleWithFixedDelay(
                        captureSettings.sweepInterval(),
                        captureSettings.sweepInterval(),
                        kernel::sweep,
                        typed.dispatchers().lookup(DispatcherSelector.blocking()));
        return new RunningCapture(
                kernel,
                hub,
                new LiveStatistics(kernel, books, credit, gauges, Kernel::monotonicNanos),
                sweeps,
                ended,
                () -> reconciler.tell(Reconciler.Stop.INSTANCE),
                () -> Adapter.toClassic(typed).stop(Adapter.toClassic(deadLetters)),
                request.detail().attributes(),
                request.recordFilter(),
                settings.stopTimeout());
    }

    private static Reconciler.KernelSide kernelSide(KernelCapture kernel) {
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
            public List<byte[]> takeUntoldEnds() {
                return kernel.takeUntoldEnds();
            }

            @Override
            public Optional<ProcessList> processes() {
                return kernel.processes();
            }

            @Override
            public void mark() {
                kernel.mark();
            }
        };
    }

    /** An actor that dies leaves its mailbox: what it was handed must come back all the same. */
    static ActorRef<DeadLetter> returnCreditOfDeadLetters(
            ActorSystem<?> system, ConnectionActor.Surroundings surroundings, String name) {
        ActorRef<DeadLetter> collector = system.systemActorOf(
                Behaviors.receive(DeadLetter.class)
                        .onMessage(DeadLetter.class, letter -> {
                            if (letter.message() instanceof ConnectionActor.Deliver deliver
                                    && letter.recipient().path().parent().name().equals(name)) {
                                surroundings.books().drop("connection", "dead_letter", deliver.indexes().length);
                                deliver.batch().release();
                                surroundings.giveBackCredit().accept(deliver.indexes().length);
                            }
                            return Behaviors.same();
                        })
                        .build(),
                name + "-dead-letters",
                DispatcherSelector.fromConfig(Kyanos.STREAM_DISPATCHER));
        Adapter.toClassic(system).eventStream().subscribe(Adapter.toClassic(collector), DeadLetter.class);
        return collector;
    }
}
