package io.kyanos.actor;

import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.capture.ConnectionTable;
import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.connection.Fate;
import io.kyanos.connection.MemoryBudget;
import io.kyanos.connection.Opening;
import io.kyanos.event.EventBatch;
import io.kyanos.event.TraceState;
import io.kyanos.metadata.ProcessTable;
import io.kyanos.process.NamingSettings;
import io.kyanos.protocol.Detail;
import io.kyanos.record.TrafficRecord;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.javadsl.Sink;

/** A router with its connections, the kernel side and the clock played by the test. */
final class RouterUnderTest {

    static final Config CONFIG =
            ManualTime.config().withFallback(ConfigFactory.load()).resolve();
    static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    /** So many in a row show that nothing drains the queue any more. */
    private static final int REFUSALS = 5;

    private static final AtomicInteger ROUTERS = new AtomicInteger();

    final Books books = new Books(new MemoryBudget(1 << 24), new MemoryBudget(1 << 24));
    final RouterGauges gauges;
    final Batches batches = new Batches();
    final Credit credit;
    final RecordHub hub;
    final ProcessTable processes = new ProcessTable(NamingSettings.BY_PROGRAM, 1_000_000, 100);
    private final Share share;
    private final Division division;
    final AtomicLong clock = new AtomicLong();
    final AtomicBoolean ended = new AtomicBoolean();

    /** What actors have given back, one entry per time. */
    final List<Integer> givenBack = new CopyOnWriteArrayList<>();

    /** Whether credit that actors give back counts at once. */
    final AtomicBoolean returnsCredit = new AtomicBoolean(true);

    final Map<Long, Opening> openConnections = new ConcurrentHashMap<>();
    final List<String> traced = new CopyOnWriteArrayList<>();

    /** While set, a connection that gives out a record dies of it. */
    final AtomicBoolean breaks = new AtomicBoolean();

    /** While set, an assertion fails there. */
    final AtomicBoolean fails = new AtomicBoolean();

    /** While set, nothing more becomes a record. */
    final AtomicBoolean discarding = new AtomicBoolean();

    final ConnectionActor.Surroundings surroundings;
    final ActorRef<ConnectionRouter.Command> router;
    final TestProbe<ConnectionRouter.Ack> acks;
    final TestProbe<ConnectionRouter.Reconciled> answers;
    private final ConcurrentLinkedQueue<TrafficRecord> records = new ConcurrentLinkedQueue<>();
    private final ActorTestKit kit;

    RouterUnderTest(ActorTestKit kit, int maxEvents, int maxOpen) {
        this(kit, maxEvents, maxOpen, Share.WHOLE);
    }

    /** One of several routers, of which the others do not exist. */
    RouterUnderTest(ActorTestKit kit, int maxEvents, int maxOpen, Share share) {
        this.kit = kit;
        this.share = share;
        division = new Division(share.of(), processes, books);
        gauges = new RouterGauges(share.of());
        credit = new Credit(maxEvents);
        hub = new RecordHub(kit.system(), 1, 1);
        acks = kit.createTestProbe(ConnectionRouter.Ack.class);
        answers = kit.createTestProbe(ConnectionRouter.Reconciled.class);
        RecordGathering gathering = new RecordGathering(hub, books, discarding::get);
        surroundings = new ConnectionActor.Surroundings(
                books, gathering, this::giveBack, clock::get, REQUEST_TIMEOUT, false, discarding::get);
        ConnectionSettings settings = ConnectionSettings.of(CONFIG, Set.of(), new Detail(true, 0, true), 0)
                .with(List.of(new ThrowingProtocol()));
        ConnectionRouter.Connections connections = new ConnectionRouter.Connections() {
            @Override
            public Connection create(long generation, Consumer<TrafficRecord> into) {
                return new Connection(
                        generation,
                        settings,
                        books,
                        (of, state) -> traced.add(of + " " + state),
                        tgid -> "test",
                        record -> {
                            if (fails.get()) {
                                throw new AssertionError("failed by the test");
                            }
                            if (breaks.get()) {
                                throw new IllegalStateException("broken by the test");
                            }
                            into.accept(record);
                        });
            }

            @Override
            public Optional<Opening> describe(long socket, long generation) {
                return Optional.ofNullable(openConnections.get(generation));
            }

            @Override
            public void trace(long generation, TraceState state) {
                traced.add(generation + " " + state);
            }
        };
        ActorSettings actorSettings = new ActorSettings(
                1, maxEvents, 1, 1, Duration.ZERO, 100, Duration.ZERO, maxOpen, 1 << 24, 1 << 24, 1, 1 << 20, 1 << 20);
        String name = "router-" + ROUTERS.incrementAndGet();
        router = kit.spawn(
                ConnectionRouter.create(
                        share,
                        connections,
                        processes,
                        actorSettings,
                        credit,
                        gathering,
                        gauges,
                        surroundings,
                        () -> ended.set(true)),
                name);
    }

    private void giveBack(int events) {
        givenBack.add(events);
        if (returnsCredit.get()) {
            returnCredit(events);
        }
    }

    void returnCredit(int events) {
        boolean isLow = credit.giveBack(events);
        if (isLow || credit.isWhole()) {
            askAgain();
        }
    }

    private void askAgain() {
        router.tell(ConnectionRouter.CreditLow.INSTANCE);
    }

    /** Nobody takes records yet, and no more find room. */
    RouterUnderTest withFullRecordQueue() {
        AtomicInteger refused = new AtomicInteger();
        await().until(() -> {
            boolean isFull = hub.offer(List.of()) == RecordHub.Offer.FULL;
            return (isFull ? refused.incrementAndGet() : refused.getAndSet(0)) >= REFUSALS;
        });
        return this;
    }

    /** Begins to take the records that come. */
    RouterUnderTest consumesRecords() {
        hub.records().runWith(Sink.foreach(records::addAll), kit.system());
        return this;
    }

    List<TrafficRecord> records() {
        return List.copyOf(records);
    }

    /** As the reconciler does; the answer goes to {@code answers}. */
    void reconciles(ConnectionTable table, byte[]... ends) {
        router.tell(new ConnectionRouter.Reconcile(table, List.of(ends), Optional.empty(), answers.getRef()));
    }

    /** The stream of batches has ended. */
    void completes() {
        router.tell(new ConnectionRouter.Completed(OptionalLong.empty()));
    }

    long accountedBytes() {
        return Arrays.stream(Fate.values()).mapToLong(books::streamBytes).sum();
    }

    EventBatch tells(long watermark, byte[]... events) {
        EventBatch batch = batches.of(watermark, events);
        division.divide(batch);
        router.tell(new ConnectionRouter.Deliver(batch, OptionalLong.empty(), acks.getRef()));
        return batch;
    }

    /** As {@link #tells}, and the router asks for the next batch. */
    void tellsAndGetsAck(long watermark, byte[]... events) {
        tells(watermark, events);
        acks.expectMessage(new ConnectionRouter.Ack(share.number()));
    }
}
