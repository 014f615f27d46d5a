package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.Capture;
import io.kyanos.CaptureRequest;
import io.kyanos.Kyanos;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.protocol.Detail;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Sink;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Inside a service whose default dispatcher is all taken, a capture runs in its own threads, as many as configured. */
class DispatchersIT {

    private static final int REQUESTS = 100;
    private static final Config ONE_THREAD_EACH = ConfigFactory.parseString("""
            pekko.actor.default-dispatcher.fork-join-executor { parallelism-min = 1, parallelism-max = 1 }
            kyanos.actors.stream-dispatcher.fork-join-executor { parallelism-min = 1, parallelism-max = 1 }
            """);

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server");
    }

    @Test
    void aRunningCaptureNeedsNothingOfTheDefaultDispatcher() throws Exception {
        Config config = ONE_THREAD_EACH.withFallback(ConfigFactory.load()).resolve();
        ActorSystem<Void> service = ActorSystem.create(Behaviors.empty(), "service", config);
        CountDownLatch release = new CountDownLatch(1);
        try (Servers.Server redis = Servers.redis()) {
            Queue<TrafficRecord> records = new ConcurrentLinkedQueue<>();
            Capture capture = Kyanos.start(service, config, ofRedis(redis));
            capture.records()
                    .to(Sink.foreach(records::addAll))
                    .withAttributes(ActorAttributes.dispatcher(Kyanos.STREAM_DISPATCHER))
                    .run(service);
            ping(redis, 1);
            Awaitility.await().untilAsserted(() -> assertThat(records).hasSize(1));

            CountDownLatch taken = new CountDownLatch(1);
            service.executionContext().execute(() -> {
                taken.countDown();
                awaitQuietly(release);
            });
            taken.await();
            ping(redis, REQUESTS);
            Awaitility.await().untilAsserted(() -> assertThat(records).hasSize(1 + REQUESTS));
            List<String> threads = Thread.getAllStackTraces().keySet().stream()
                    .map(Thread::getName)
                    .filter(name -> name.startsWith("service-kyanos."))
                    .map(name -> name.substring("service-".length(), name.lastIndexOf('-')))
                    .toList();
            release.countDown();
            capture.stop().toCompletableFuture().get(30, TimeUnit.SECONDS);

            assertThat(threads).containsExactly(Kyanos.STREAM_DISPATCHER);
        } finally {
            release.countDown();
            service.terminate();
            service.getWhenTerminated().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private static void ping(Servers.Server redis, int times) throws IOException {
        try (RedisClient client = new RedisClient(redis)) {
            for (int i = 0; i < times; i++) {
                assertThat(client.ask("ping")).isEqualTo("+PONG");
            }
        }
    }

    private static CaptureRequest ofRedis(Servers.Server redis) {
        CaptureFilters filters = CaptureFilters.NONE
                .withPids(Choice.of(Set.of((int) redis.pid())))
                .withLocalPorts(Choice.of(Set.of(PortRange.of(redis.port()))))
                .withSide(Side.SERVER);
        return new CaptureRequest(filters, Set.of(), Detail.NONE);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
