package io.kyanos.actor;

import com.typesafe.config.Config;
import io.kyanos.bridge.Kernel;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.KernelCapture;
import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.connection.MemoryBudget;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventBatch;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Detail;
import io.kyanos.record.TrafficRecord;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.typed.javadsl.ActorSink;
import org.jspecify.annotations.Nullable;

/**
 * Starts captures inside of an actor system. Nothing is global: several captures with different filters may run in one
 * JVM, and stopping one leaves nothing of it behind.
 */
public final class Kyanos {

    private static final AtomicInteger captures = new AtomicInteger();

    private Kyanos() {}

    /** Reads all settings of a capture without starting one; throws as {@link #start} does where one is wrong. */
    public static void check(Config config) {
        ActorSettings.of(config);
        CaptureSettings.of(config);
        ConnectionSettings.of(config, Set.of(), Detail.NONE, 0);
    }

    /**
     * Starts a capture.
     *
     * @param system typed or classic; its configuration must contain this library's reference.conf, as one that is loaded
     *     from the class path does
     * @param config the whole configuration, of which {@code kyanos} is read
     * @throws io.kyanos.bridge.BpfException when the machine does not allow it; nothing stays behind
     * @throws com.typesafe.config.ConfigException when a setting is wrong; its message names the key
     */
    public static Capture start(ClassicActorSystemProvider system, Config config, CaptureRequest request) {
        ActorSystem<?> typed = Adapter.toTyped(system.classicSystem());
        ActorSettings settings = ActorSettings.of(config);
        CaptureSettings captureSettings = CaptureSettings.of(config);
        ConnectionSettings connectionSettings = ConnectionSettings.of(
                config, request.protocols(), request.detail(), Kernel.realtimeMinusMonotonicNanos());
        Books books = new Books(
                new MemoryBudget(config.getBytes("kyanos.connection.max-held-total")),
                new MemoryBudget(config.getBytes("kyanos.connection.max-buffered-total")));
        KernelCapture kernel = KernelCapture.open(captureSettings, request.filters());
        ProcessTable processes =
                new ProcessTable(settings.endedProcessRetention().toNanos(), settings.maxProcesses());
        kernel.forEachRunningProcess(processes::on);

        Credit credit = new Credit(settings.maxEventsInFlight());
        RouterGauges gauges = new RouterGauges();
        RecordHub hub = new RecordHub(typed, settings.recordQueue());
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
        String name = "kyanos-" + captures.incrementAndGet();
        ActorRef<ConnectionRouter.Command> routerRef = typed.systemActorOf(
                ConnectionRouter.create(connections, processes, settings, credit, gauges, surroundings, () -> {
                    hub.complete();
                    ended.complete(Done.getInstance());
                }),
                name,
                Props.empty());
        router.set(routerRef);
        returnCreditOfDeadLetters(typed, surroundings, name);
        kernel.events()
                .to(ActorSink.<EventBatch, ConnectionRouter.Command, ConnectionRouter.Ack>actorRefWithBackpressure(
                        routerRef,
                        (ackTo, batch) -> new ConnectionRouter.Deliver(batch, ackTo),
                        ConnectionRouter.Started::new,
                        ConnectionRouter.Ack.INSTANCE,
                        ConnectionRouter.Completed.INSTANCE,
                        ConnectionRouter.Failed::new))
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
                settings.stopTimeout());
    }

    /** An actor that dies leaves its mailbox: what it was handed must come back all the same. */
    static void returnCreditOfDeadLetters(
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
                Props.empty());
        Adapter.toClassic(system).eventStream().subscribe(Adapter.toClassic(collector), DeadLetter.class);
    }
}
