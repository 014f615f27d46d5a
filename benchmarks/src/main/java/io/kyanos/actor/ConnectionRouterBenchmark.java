package io.kyanos.actor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.connection.MemoryBudget;
import io.kyanos.connection.Opening;
import io.kyanos.connection.TraceControl;
import io.kyanos.event.EventBatch;
import io.kyanos.event.ExchangeEvents;
import io.kyanos.event.TraceState;
import io.kyanos.metadata.ProcessTable;
import io.kyanos.process.NamingSettings;
import io.kyanos.protocol.Detail;
import io.kyanos.record.TrafficRecord;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Sink;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One event from its batch, by the router and its connection's actor, to the queue of records, which are thrown away.
 * Each connection exchanges Redis requests; a batch of many connections holds one event of each.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ConnectionRouterBenchmark {

    private static final int EVENTS = 1024;
    private static final int BATCHES = 8;

    @Param({"10", "100", "10000"})
    private int connections = 10;

    private @Nullable RouterAtWork router;

    @Setup
    public void start() throws InterruptedException {
        router = new RouterAtWork(connections);
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public void event() throws InterruptedException {
        running().deliver();
    }

    @TearDown
    public void stop() {
        running().stop();
    }

    private RouterAtWork running() {
        if (router == null) {
            throw new IllegalStateException("not set up");
        }
        return router;
    }

    /** A router with open connections, driven as the stream of batches drives it. */
    private static final class RouterAtWork {

        private final BlockingQueue<EventBatch> free = new ArrayBlockingQueue<>(BATCHES);
        private final Semaphore asked = new Semaphore(1);
        private final CompletableFuture<Done> ended = new CompletableFuture<>();
        private final Books books = new Books(new MemoryBudget(1 << 24), new MemoryBudget(1 << 24));
        private final ProcessTable processes = new ProcessTable(NamingSettings.BY_PROGRAM, 1, 1);
        private final Division division = new Division(1, processes, books);
        private final ExchangeEvents events;
        private final ActorSystem<Void> system;
        private final ActorRef<ConnectionRouter.Command> router;
        private final ActorRef<ConnectionRouter.Ack> acks;

        RouterAtWork(int connections) throws InterruptedException {
            events = new ExchangeEvents(connections, "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n", "$3\r\nxxx\r\n");
            for (int i = 0; i < BATCHES; i++) {
                free.add(new EventBatch(new byte[events.slabBytes(EVENTS)], free::add));
            }
            Config config = ConfigFactory.load();
            system = ActorSystem.create(Behaviors.empty(), "benchmark", config);
            acks = system.systemActorOf(countingAcks(asked), "acks", Props.empty());
            router = system.systemActorOf(behavior(config), "router", Props.empty());
            for (int connection = 1; connection <= connections; connection++) {
                byte[] opened = events.opened(connection);
                EventBatch batch = new EventBatch(opened, used -> {});
                batch.add(0, opened.length);
                tell(batch);
            }
        }

        void deliver() throws InterruptedException {
            EventBatch batch = free.take();
            events.fill(batch, EVENTS);
            tell(batch);
        }

        /** Ends all; throws if the connections did not make of the events what they had to. */
        void stop() {
            router.tell(new ConnectionRouter.Completed(OptionalLong.empty()));
            ended.join();
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
            if (books.emittedRecords() == 0
                    || !books.unparsedBytes().isEmpty()
                    || !books.dropped().isEmpty()) {
                throw new IllegalStateException("records: " + books.emittedRecords() + ", unparsed: "
                        + books.unparsedBytes() + ", dropped: " + books.dropped());
            }
        }

        private void tell(EventBatch batch) throws InterruptedException {
            asked.acquire();
            division.divide(batch);
            router.tell(new ConnectionRouter.Deliver(batch, OptionalLong.empty(), acks));
        }

        private Behavior<ConnectionRouter.Command> behavior(Config config) {
            ActorSettings settings = ActorSettings.of(config);
            ConnectionSettings connectionSettings = ConnectionSettings.of(config, Set.of(), Detail.NONE, 0);
            Credit credit = new Credit(settings.maxEventsInFlight());
            RecordHub hub = new RecordHub(system, settings.recordQueue(), settings.recordHub());
            hub.records().runWith(Sink.ignore(), system);
            CompletableFuture<ActorRef<ConnectionRouter.Command>> self = new CompletableFuture<>();
            RecordGathering records = new RecordGathering(hub, books, () -> false);
            Runnable askAgain = () -> self.join().tell(ConnectionRouter.CreditLow.INSTANCE);
            ConnectionActor.Surroundings surroundings = new ConnectionActor.Surroundings(
                    books,
                    records,
                    events -> {
                        boolean isLow = credit.giveBack(events);
                        if (isLow || credit.isWhole()) {
                            askAgain.run();
                        }
                    },
                    () -> 0,
                    Duration.ofMinutes(1),
                    false,
                    () -> false);
            return Behaviors.setup(context -> {
                self.complete(context.getSelf());
                return ConnectionRouter.create(
                        Share.WHOLE,
                        new ConnectionsOnly(connectionSettings, books),
                        processes,
                        settings,
                        credit,
                        records,
                        new RouterGauges(1),
                        surroundings,
                        () -> {
                            hub.complete();
                            ended.complete(Done.getInstance());
                        });
            });
        }

        private static Behavior<ConnectionRouter.Ack> countingAcks(Semaphore asked) {
            return Behaviors.receive(ConnectionRouter.Ack.class)
                    .onMessage(ConnectionRouter.Ack.class, ack -> {
                        asked.release();
                        return Behaviors.same();
                    })
                    .build();
        }
    }

    /** Makes connections; there is no kernel side. */
    private record ConnectionsOnly(ConnectionSettings settings, Books books) implements ConnectionRouter.Connections {

        @Override
        public Connection create(long generation, Consumer<TrafficRecord> records) {
            return new Connection(generation, settings, books, TraceControl.NONE, tgid -> "server", records);
        }

        @Override
        public Optional<Opening> describe(long socket, long generation) {
            return Optional.empty();
        }

        @Override
        public void trace(long generation, TraceState state) {}
    }
}
