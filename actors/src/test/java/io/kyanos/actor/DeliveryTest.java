package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kyanos.connection.Books;
import io.kyanos.connection.Loss;
import io.kyanos.connection.MemoryBudget;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.metadata.ProcessTable;
import io.kyanos.process.NamingSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class DeliveryTest {

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final int ROUTERS = 3;
    private static final int MANY_BATCHES = 64;

    private final Books books = new Books(new MemoryBudget(1 << 20), new MemoryBudget(1 << 20));
    private final ProcessTable processes = new ProcessTable(NamingSettings.BY_PROGRAM, 1_000_000, 100);
    private final Batches batches = new Batches();
    private final List<TestProbe<ConnectionRouter.Command>> routers = new ArrayList<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private @Nullable ActorRef<ConnectionRouter.Ack> answers;

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void everyRouterGetsEveryBatchAndEachEventIsOneRoutersOwn() {
        BoundedSourceQueue<EventBatch> source = runs(LivePace.INSTANCE);
        byte[][] opened = IntStream.rangeClosed(1, 100)
                .mapToObj(generation -> opened(generation))
                .toArray(byte[][]::new);
        EventBatch batch = batches.of(50, opened);

        source.offer(batch);

        Set<Integer> seen = new HashSet<>();
        for (int number = 0; number < ROUTERS; number++) {
            EventBatch got = next(number).batch();
            assertThat(got).isSameAs(batch);
            assertThat(ownOf(got, number)).isNotEmpty().allMatch(seen::add);
        }
        assertThat(seen).hasSize(opened.length);
    }

    @Test
    void aConnectionIsAlwaysTheSameRouters() {
        BoundedSourceQueue<EventBatch> source = runs(LivePace.INSTANCE);
        EventBatch first = batches.of(50, opened(1), opened(2), opened(3), opened(4));
        EventBatch second = batches.of(60, closed(4), closed(3), closed(2), closed(1));
        source.offer(first);
        source.offer(second);
        next(0);

        asks(0);
        next(0);

        for (int i = 0; i < first.size(); i++) {
            assertThat(second.share(first.size() - 1 - i)).isEqualTo(first.share(i));
        }
    }

    @Test
    void aBatchIsGivenBackWhenAllRoutersHaveReleasedIt() {
        BoundedSourceQueue<EventBatch> source = runs(LivePace.INSTANCE);
        source.offer(batches.of(50, opened(1)));
        next(0).batch().release();
        next(1).batch().release();
        assertThat(batches.returned()).isZero();

        next(2).batch().release();

        assertThat(batches.returned()).isEqualTo(1);
    }

    @Test
    void processesAreKnownBeforeARouterHasTheBatch() {
        BoundedSourceQueue<EventBatch> source = runs(LivePace.INSTANCE);

        source.offer(batches.of(50, EventEncoder.process(EventDecoder.KIND_EXEC, 1, 11, 10, "curl", "curl")));

        EventBatch batch = next(0).batch();
        assertThat(processes.nameOf(11)).isEqualTo("curl");
        assertThat(batch.share(0)).isNegative();
    }

    @Test
    void countsOnceWhatIsNoEvent() {
        BoundedSourceQueue<EventBatch> source = runs(LivePace.INSTANCE);

        source.offer(batches.of(50, new byte[] {1, 2, 3}, opened(1)));

        assertThat(next(0).batch().share(0)).isNegative();
        assertThat(books.dropped()).containsExactly(Map.entry(Loss.ROUTER_MALFORMED, 1L));
    }

    @Test
    void aRouterThatIsBehindHoldsTheOthersBackOnlyWhenItsQueueIsFull() {
        BoundedSourceQueue<EventBatch> source = runs(LivePace.INSTANCE);
        for (int i = 0; i < MANY_BATCHES; i++) {
            assertThat(source.offer(batches.of(50 + i, opened(1)))).isEqualTo(QueueOfferResult.enqueued());
        }
        ConnectionRouter.Deliver behind = next(0);

        for (int i = 0; i <= Delivery.MAX_WAITING; i++) {
            for (int number = 1; number < ROUTERS; number++) {
                next(number);
                asks(number);
            }
        }
        routers.get(1).expectNoMessage(Duration.ZERO);

        behind.ackTo().tell(new ConnectionRouter.Ack(0));
        next(0);
        next(1);
    }

    @Test
    void inStepsNoRouterGetsABatchBeforeAllAreDoneWithTheOneBefore() {
        Steps steps = new Steps();
        BoundedSourceQueue<EventBatch> source = runs(steps);
        source.offer(batches.of(50, opened(1)));
        source.offer(batches.of(60, opened(2)));
        ConnectionRouter.Deliver delivered = next(0);
        next(1);
        next(2);
        assertThat(delivered.time()).hasValue(1);

        asks(0);
        asks(1);
        routers.get(0).expectNoMessage(Duration.ZERO);
        assertThat(steps.begun.get()).isEqualTo(1);
        asks(2);

        routers.forEach(router -> assertThat(router.expectMessageClass(ConnectionRouter.Deliver.class)
                        .time())
                .hasValue(2));
    }

    @Test
    void endsWhenTheLastRouterHas() {
        Delivery delivery = delivery(LivePace.INSTANCE);
        BoundedSourceQueue<EventBatch> source = run(delivery);

        source.complete();

        routers.forEach(router -> router.expectMessageClass(ConnectionRouter.Completed.class));
        delivery.ended(0);
        delivery.ended(2);
        assertThat(ended).isFalse();
        delivery.ended(1);
        await().untilTrue(ended);
    }

    @Test
    void endsTheSameWayWhenTheStreamFails() {
        Delivery delivery = delivery(LivePace.INSTANCE);

        run(delivery).fail(new IllegalStateException("the test says so"));

        routers.forEach(router -> router.expectMessageClass(ConnectionRouter.Completed.class));
        IntStream.range(0, ROUTERS).forEach(delivery::ended);
        await().untilTrue(ended);
    }

    @Test
    void completesARouterOnlyAfterTheBatchesThatWaitForIt() {
        BoundedSourceQueue<EventBatch> source = runs(LivePace.INSTANCE);
        EventBatch second = batches.of(60, opened(2));
        source.offer(batches.of(50, opened(1)));
        source.offer(second);
        source.complete();
        for (int number = 0; number < ROUTERS; number++) {
            next(number);
            asks(number);
        }

        for (int number = 0; number < ROUTERS; number++) {
            assertThat(next(number).batch()).isSameAs(second);
            routers.get(number).expectMessageClass(ConnectionRouter.Completed.class);
        }
    }

    @Test
    void endsTheStreamWhenARouterIsGone() {
        runs(LivePace.INSTANCE);

        routers.get(1).stop();

        await().untilTrue(cancelled);
        assertThat(ended).isFalse();
    }

    private BoundedSourceQueue<EventBatch> runs(Pace pace) {
        return run(delivery(pace));
    }

    private Delivery delivery(Pace pace) {
        List<ActorRef<ConnectionRouter.Command>> refs = new ArrayList<>();
        for (int i = 0; i < ROUTERS; i++) {
            TestProbe<ConnectionRouter.Command> probe = KIT.createTestProbe(ConnectionRouter.Command.class);
            routers.add(probe);
            refs.add(probe.getRef());
        }
        return new Delivery(refs, processes, books, pace, () -> ended.set(true));
    }

    private BoundedSourceQueue<EventBatch> run(Delivery delivery) {
        return Source.<EventBatch>queue(MANY_BATCHES)
                .watchTermination((queue, end) -> {
                    end.whenComplete((done, problem) -> cancelled.set(true));
                    return queue;
                })
                .toMat(delivery, Keep.left())
                .run(KIT.system());
    }

    private ConnectionRouter.Deliver next(int router) {
        ConnectionRouter.Deliver delivered = routers.get(router).expectMessageClass(ConnectionRouter.Deliver.class);
        answers = delivered.ackTo();
        return delivered;
    }

    private void asks(int router) {
        Objects.requireNonNull(answers).tell(new ConnectionRouter.Ack(router));
    }

    private static List<Integer> ownOf(EventBatch batch, int router) {
        return IntStream.range(0, batch.size())
                .filter(i -> batch.share(i) == router)
                .boxed()
                .toList();
    }

    /** A pace in steps, whose time is the number of batches that have begun. */
    private static final class Steps implements Pace {

        private final AtomicInteger begun = new AtomicInteger();

        @Override
        public boolean isInSteps() {
            return true;
        }

        @Override
        public OptionalLong begins(EventBatch batch) {
            return OptionalLong.of(begun.incrementAndGet());
        }

        @Override
        public boolean goesOn() {
            return true;
        }

        @Override
        public OptionalLong finishes() {
            return OptionalLong.empty();
        }

        @Override
        public boolean mayEnd() {
            return true;
        }
    }

    private static byte[] opened(long generation) {
        return EventEncoder.opened(1, generation, 10, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
    }

    private static byte[] closed(long generation) {
        return EventEncoder.closed(40, generation, 10, 3, 0, 0, EventDecoder.CLOSE_NORMAL);
    }
}
