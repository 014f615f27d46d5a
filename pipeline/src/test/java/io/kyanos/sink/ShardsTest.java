package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.prometheus.client.CollectorRegistry;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardsTest {

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final int CONNECTIONS = 100;
    private static final int BATCHES = 2000;

    /** So many in a row show that nothing takes batches any more. */
    private static final int REFUSALS = 5;

    private final CollectorRegistry registry = new CollectorRegistry();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 64})
    void sumsAreTheSameWithAnyNumberOfShards(int shards) throws Exception {
        PrometheusSink sink = sink(shards, 4, () -> 0);

        Source.from(IntStream.range(0, BATCHES).boxed().toList())
                .map(i -> List.of(ofConnection(i % CONNECTIONS), ofConnection(i % CONNECTIONS)))
                .concat(Source.single(List.of()))
                .runWith(sink.sink(), KIT.system())
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);

        assertThat(requests()).isEqualTo(2 * BATCHES);
    }

    @Test
    void shardsRunAtTheSameTimeAndEachConnectionHasItsOwn() throws Exception {
        AtomicBoolean running = new AtomicBoolean();
        CountDownLatch bothAtOnce = new CountDownLatch(2);
        PrometheusSink sink = sink(2, 4, () -> {
            if (running.get()) {
                bothAtOnce.countDown();
                awaitLatch(bothAtOnce);
            }
            return 0;
        });
        running.set(true);

        CompletionStage<Done> done = Source.from(
                        IntStream.range(0, CONNECTIONS).boxed().toList())
                .map(i -> List.of(ofConnection(i)))
                .runWith(sink.sink(), KIT.system());

        done.toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(requests()).isEqualTo(CONNECTIONS);
    }

    @Test
    void oneConnectionIsAddedUpByOneShard() throws Exception {
        Set<Thread> atOnce = ConcurrentHashMap.newKeySet();
        AtomicInteger most = new AtomicInteger();
        PrometheusSink sink = sink(8, 4, () -> {
            atOnce.add(Thread.currentThread());
            most.accumulateAndGet(atOnce.size(), Math::max);
            Thread.yield();
            atOnce.remove(Thread.currentThread());
            return 0;
        });

        Source.from(IntStream.range(0, BATCHES).boxed().toList())
                .map(i -> List.of(ofConnection(5)))
                .runWith(sink.sink(), KIT.system())
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);

        assertThat(most).hasValue(1);
        assertThat(requests()).isEqualTo(BATCHES);
    }

    @Test
    void fullShardsHoldBackWhatComes() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        AtomicBoolean running = new AtomicBoolean();
        PrometheusSink sink = sink(2, 1, () -> {
            if (running.get()) {
                awaitLatch(slow);
            }
            return 0;
        });
        running.set(true);
        Pair<BoundedSourceQueue<List<TrafficRecord>>, CompletionStage<Done>> stream = Source.<List<TrafficRecord>>queue(
                        1)
                .toMat(sink.sink(), Keep.both())
                .run(KIT.system());

        AtomicInteger taken = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        await().until(() -> {
            boolean isTaken = stream.first().offer(List.of(ofConnection(taken.get()))) == QueueOfferResult.enqueued();
            if (isTaken) {
                taken.incrementAndGet();
            }
            return (isTaken ? refused.getAndSet(0) : refused.incrementAndGet()) >= REFUSALS;
        });
        int takenWhileFull = taken.get();
        slow.countDown();
        stream.first().complete();
        stream.second().toCompletableFuture().get(60, TimeUnit.SECONDS);

        assertThat(takenWhileFull).isBetween(2, 8);
        assertThat(requests()).isEqualTo(takenWhileFull);
    }

    private PrometheusSink sink(int shards, int queue, LongSupplier clock) {
        PrometheusSink sink = new PrometheusSink(
                MetricsSettings.of(ConfigFactory.parseString(
                                "kyanos.metrics { shards = " + shards + ", shard-queue = " + queue + " }")
                        .withFallback(ConfigFactory.defaultReference())
                        .resolve()),
                clock);
        sink.register(registry);
        return sink;
    }

    private double requests() {
        return Collections.list(registry.metricFamilySamples()).stream()
                .flatMap(family -> family.samples.stream())
                .filter(sample -> sample.name.equals("kyanos_requests_total"))
                .mapToDouble(sample -> sample.value)
                .sum();
    }

    private static TrafficRecord ofConnection(long generation) {
        return TestRecords.http().generation(generation).build();
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("nothing came to the other shard");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
