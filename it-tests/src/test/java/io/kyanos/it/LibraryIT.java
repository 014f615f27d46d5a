package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.Capture;
import io.kyanos.CaptureControl;
import io.kyanos.CaptureRequest;
import io.kyanos.Kyanos;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.protocol.Detail;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.prometheus.client.CollectorRegistry;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Captures inside of actor systems that are not the command's: what each sees, and that each leaves without a trace. */
class LibraryIT {

    private static final int ASKED = 20;
    private static final String STRANGER = "a-service-of-its-own";

    private Set<String> kernelBefore = Set.of();

    @BeforeAll
    static void require() {
        Requires.captureAnd("redis-server", "bpftool");
    }

    @BeforeEach
    void look() {
        kernelBefore = OwnKernelObjects.held();
    }

    @AfterEach
    void nothingStays() {
        Awaitility.await().untilAsserted(() -> {
            assertThat(OwnKernelObjects.held()).as("in the kernel").isEqualTo(kernelBefore);
            assertThat(Collections.list(CollectorRegistry.defaultRegistry.metricFamilySamples()))
                    .isEmpty();
            assertThat(threads()).as("threads").noneMatch(name -> name.startsWith("kyanos"));
        });
    }

    @Test
    void twoCapturesOfOneSystemEachSeeTheirOwn() throws Exception {
        ActorSystem<Void> service = service(ConfigFactory.load());
        try {
            eachSeesItsOwn(service, service);
        } finally {
            end(service);
        }
    }

    @Test
    void twoCapturesOfTwoSystemsEachSeeTheirOwn() throws Exception {
        ActorSystem<Void> typed = service(ConfigFactory.load());
        org.apache.pekko.actor.ActorSystem classic = org.apache.pekko.actor.ActorSystem.create("classic");
        try {
            eachSeesItsOwn(typed, classic);
        } finally {
            end(typed);
            end(Adapter.toTyped(classic));
        }
    }

    @Test
    void aSystemWithoutOurSettingsGetsTheDispatchersOfTheConfigurationItPasses() throws Exception {
        /* As where the reference.conf files of a service were put together without ours. */
        ActorSystem<?> service = Adapter.toTyped(org.apache.pekko.actor.ActorSystem.create(
                STRANGER, ConfigFactory.empty(), new WithoutOurReference(LibraryIT.class.getClassLoader())));
        assertThat(service.settings().config().hasPath("kyanos.actors")).isFalse();
        try (Servers.Server redis = Servers.redis()) {
            Seen seen = Seen.of(service, ConfigFactory.load(), ofRedis(redis));
            ask(redis, "ping", 1);
            Awaitility.await().untilAsserted(() -> assertThat(seen.records).hasSize(1));

            assertThat(threads())
                    .anyMatch(name -> name.startsWith(STRANGER + "-" + Kyanos.STREAM_DISPATCHER))
                    .anyMatch(name -> name.startsWith(STRANGER + "-kyanos.actors.connection-dispatcher"));
            seen.stop();
        } finally {
            end(service);
        }
    }

    @Test
    void aConsumerThatCancelsStopsItsCapture() throws Exception {
        ActorSystem<Void> service = service(ConfigFactory.load());
        try (Servers.Server redis = Servers.redis()) {
            Pair<CaptureControl, CompletionStage<List<TrafficRecord>>> first = Kyanos.get(service)
                    .source(ofRedis(redis))
                    .toMat(Sink.head(), Keep.both())
                    .run(service);
            assertThat(OwnKernelObjects.held()).hasSizeGreaterThan(kernelBefore.size());
            ask(redis, "ping", 1);

            assertThat(first.second().toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .hasSize(1);
            first.first().stop().toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertThat(OwnKernelObjects.held()).isEqualTo(kernelBefore);
        } finally {
            end(service);
        }
    }

    @Test
    void terminatingAnActorSystemStopsItsCaptures() throws Exception {
        ActorSystem<Void> service = service(ConfigFactory.load());
        try (Servers.Server redis = Servers.redis()) {
            Seen source = Seen.of(service, ConfigFactory.load(), ofRedis(redis));
            Capture unread = Kyanos.get(service).start(ConfigFactory.load(), ofRedis(redis));
            ask(redis, "ping", 1);
            Awaitility.await().untilAsserted(() -> assertThat(source.records).hasSize(1));

            end(service);

            assertThat(unread.stop()).isDone();
            assertThat(source.control.stop()).isDone();
            assertThat(OwnKernelObjects.held()).isEqualTo(kernelBefore);
        }
    }

    @Test
    void terminationWithoutCoordinatedShutdownAlsoStopsCaptures() throws Exception {
        ActorSystem<Void> service =
                service(ConfigFactory.parseString("pekko.coordinated-shutdown.run-by-actor-system-terminate = off")
                        .withFallback(ConfigFactory.load())
                        .resolve());
        try (Servers.Server redis = Servers.redis()) {
            Seen seen = Seen.of(service, ConfigFactory.load(), ofRedis(redis));
            ask(redis, "ping", 1);
            Awaitility.await().untilAsserted(() -> assertThat(seen.records).hasSize(1));

            end(service);

            assertThat(OwnKernelObjects.held()).isEqualTo(kernelBefore);
        }
    }

    @Test
    void aNewRecordFilterHoldsFromThenOn() throws Exception {
        ActorSystem<Void> service = service(ConfigFactory.load());
        try (Servers.Server redis = Servers.redis()) {
            CaptureRequest gets =
                    ofRedis(redis).where(RecordFilter.ALL.attributeInIgnoringCase("command", Set.of("get")));
            Seen seen = Seen.of(service, ConfigFactory.load(), gets);
            ask(redis, "ping", ASKED);
            ask(redis, "get a", ASKED);
            Awaitility.await()
                    .untilAsserted(() ->
                            assertThat(seen.operations()).containsOnly("GET").hasSize(ASKED));

            seen.control.replaceRecordFilter(RecordFilter.ALL.attributeInIgnoringCase("command", Set.of("ping")));
            ask(redis, "get a", ASKED);
            ask(redis, "ping", ASKED);
            Awaitility.await().untilAsserted(() -> assertThat(seen.operations()).hasSize(2 * ASKED));

            assertThat(seen.operations().subList(ASKED, 2 * ASKED)).containsOnly("PING");
            seen.stop();
        } finally {
            end(service);
        }
    }

    @Test
    void newKernelFiltersHoldFromThenOn() throws Exception {
        ActorSystem<Void> service = service(ConfigFactory.load());
        try (Servers.Server first = Servers.redis();
                Servers.Server second = Servers.redis()) {
            Seen seen = Seen.of(service, ConfigFactory.load(), ofRedis(first));
            ask(first, "ping", ASKED);
            ask(second, "ping", ASKED);
            Awaitility.await().untilAsserted(() -> assertThat(seen.records).hasSize(ASKED));

            seen.control.replaceCaptureFilters(serversOn(second));
            ask(first, "get a", ASKED);
            ask(second, "get a", ASKED);
            Awaitility.await().untilAsserted(() -> assertThat(seen.records).hasSize(2 * ASKED));
            seen.stop();

            assertThat(seen.ports().subList(0, ASKED)).containsOnly(first.port());
            assertThat(seen.ports().subList(ASKED, 2 * ASKED)).containsOnly(second.port());
            assertThat(seen.operations()).startsWith("PING").endsWith("GET");
        } finally {
            end(service);
        }
    }

    private static void eachSeesItsOwn(ClassicActorSystemProvider one, ClassicActorSystemProvider other)
            throws Exception {
        try (Servers.Server left = Servers.redis();
                Servers.Server right = Servers.redis()) {
            Seen ofLeft = Seen.of(one, ConfigFactory.load(), ofRedis(left));
            Seen ofRight = Seen.of(other, ConfigFactory.load(), ofRedis(right));
            for (int i = 0; i < ASKED; i++) {
                ask(left, "ping", 1);
                ask(right, "get a", 2);
            }
            Awaitility.await().untilAsserted(() -> {
                assertThat(ofLeft.records).hasSizeGreaterThanOrEqualTo(ASKED);
                assertThat(ofRight.records).hasSizeGreaterThanOrEqualTo(2 * ASKED);
            });
            assertThatThrownBy(
                            () -> ofLeft.control.replaceRecordFilter(RecordFilter.ALL.attributeIn("key", Set.of("a"))))
                    .hasMessage("record filter: looks at attributes (expected: a capture that keeps them)."
                            + " Hint: start it with a Detail that has attributes");
            Set<String> held = OwnKernelObjects.held();
            assertThat(OwnKernelObjects.ofTheMachine()).containsAll(held);
            ofLeft.stop();
            ask(right, "get a", 1);
            Awaitility.await().untilAsserted(() -> assertThat(ofRight.records).hasSize(2 * ASKED + 1));
            ofRight.stop();
            Awaitility.await()
                    .untilAsserted(
                            () -> assertThat(OwnKernelObjects.ofTheMachine()).doesNotContainAnyElementsOf(held));

            assertThat(ofLeft.ports()).containsOnly(left.port()).hasSize(ASKED);
            assertThat(ofRight.ports()).containsOnly(right.port()).hasSize(2 * ASKED + 1);
            assertThat(ofLeft.operations()).containsOnly("PING");
            assertThat(ofRight.operations()).containsOnly("GET");
            assertThat(ofLeft.control.statistics().eventsLost().values()).containsOnly(0L);
        }
    }

    /** What a consumer has got, and the control of its capture. */
    private record Seen(CaptureControl control, CompletionStage<?> end, Queue<TrafficRecord> records) {

        static Seen of(ClassicActorSystemProvider system, Config config, CaptureRequest request) {
            Queue<TrafficRecord> records = new ConcurrentLinkedQueue<>();
            Pair<CaptureControl, CompletionStage<org.apache.pekko.Done>> running = Kyanos.get(system)
                    .source(config, request)
                    .toMat(Sink.foreach(records::addAll), Keep.both())
                    .run(system);
            return new Seen(running.first(), running.second(), records);
        }

        List<Integer> ports() {
            return records.stream()
                    .map(record -> record.connection().local().port())
                    .toList();
        }

        List<String> operations() {
            return records.stream().map(record -> record.request().operation()).toList();
        }

        void stop() throws Exception {
            control.stop().toCompletableFuture().get(30, TimeUnit.SECONDS);
            end.toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }

    private static ActorSystem<Void> service(Config config) {
        return ActorSystem.create(Behaviors.empty(), STRANGER, config);
    }

    private static void end(ActorSystem<?> system) throws Exception {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static Collection<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName).toList();
    }

    private static void ask(Servers.Server redis, String command, int times) throws IOException {
        try (RedisClient client = new RedisClient(redis)) {
            for (int i = 0; i < times; i++) {
                assertThat(client.ask(command)).isIn("+PONG", "$-1");
            }
        }
    }

    private static CaptureRequest ofRedis(Servers.Server redis) {
        return new CaptureRequest(serversOn(redis), Set.of("redis"), Detail.NONE);
    }

    private static CaptureFilters serversOn(Servers.Server server) {
        return CaptureFilters.NONE
                .withLocalPorts(Choice.of(Set.of(PortRange.of(server.port()))))
                .withSide(Side.SERVER);
    }
}
