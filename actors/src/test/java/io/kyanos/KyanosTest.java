package io.kyanos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import io.kyanos.actor.ActorSettings;
import io.kyanos.actor.CaptureDispatchers;
import io.kyanos.protocol.Detail;
import io.kyanos.record.RecordFilter;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a service can rely on before anything is captured. */
class KyanosTest {

    private final ActorTestKit kit = ActorTestKit.create("service");

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    @Test
    void isOneExtensionHoweverItIsAskedFor() {
        Kyanos kyanos = Kyanos.get(kit.system());

        assertThat(Kyanos.get(Adapter.toClassic(kit.system()))).isSameAs(kyanos);
        assertThat(kit.system().registerExtension(Kyanos.TYPED_ID)).isSameAs(kyanos);
        assertThat(Kyanos.ID.get(Adapter.toClassic(kit.system()))).isSameAs(kyanos);
    }

    @Test
    void aCaptureThatCannotStartFailsItsStreamAndItsControlWithTheSameReason() {
        Config mistyped = settings("kyanos.capture.max-payload-byte = 3");

        Pair<CaptureControl, CompletionStage<Done>> started = Kyanos.get(kit.system())
                .source(mistyped, CaptureRequest.EVERYTHING)
                .toMat(Sink.ignore(), Keep.both())
                .run(kit.system());

        Throwable reason = problemOf(started.second());
        assertThat(reason)
                .isInstanceOf(ConfigException.class)
                .hasMessage("a file: 1: kyanos.capture.max-payload-byte: unknown key."
                        + " Hint: did you mean kyanos.capture.max-payload-bytes?");
        assertThat(problemOf(started.first().stop())).isSameAs(reason);
        assertThatThrownBy(started.first()::statistics).isSameAs(reason);
        assertThatThrownBy(started.first()::unhealthyReason).isSameAs(reason);
        assertThatThrownBy(() -> started.first().replaceRecordFilter(RecordFilter.ALL))
                .isSameAs(reason);
    }

    @Test
    void theSystemsOwnSettingsAreCheckedToo() {
        Config mistyped = settings("kyanos.zzzzzzzz = 3")
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
        ActorSystem system = ActorSystem.create("mistyped", mistyped);
        try {
            CompletionStage<Done> end = Kyanos.get(system)
                    .source(CaptureRequest.EVERYTHING)
                    .toMat(Sink.ignore(), Keep.right())
                    .run(system);

            assertThat(problemOf(end))
                    .hasMessage("a file: 1: kyanos.zzzzzzzz: unknown key."
                            + " Hint: the reference.conf of kyanos-pipeline and kyanos-actors have all keys");
        } finally {
            system.terminate();
        }
    }

    @Test
    void aSystemWithoutOurDispatchersGetsThemAsTheConfigurationSays() throws Exception {
        ClassLoader loader = new WithoutOurReference(KyanosTest.class.getClassLoader());
        ActorSystem system = ActorSystem.create("stranger", ConfigFactory.empty(), loader);
        Config three = settings("kyanos.actors.connection-dispatcher { executor = fork-join-executor,"
                        + " fork-join-executor { parallelism-min = 3, parallelism-max = 3 } }")
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
        try {
            assertThat(system.dispatchers().hasDispatcher(ActorSettings.CONNECTION_DISPATCHER))
                    .isFalse();

            CaptureDispatchers.provide(system, three);
            CaptureDispatchers.provide(system, ConfigFactory.defaultReference());

            assertThat(system.dispatchers().hasDispatcher(Kyanos.STREAM_DISPATCHER))
                    .isTrue();
            assertThat(poolOf(system, ActorSettings.CONNECTION_DISPATCHER).getParallelism())
                    .isEqualTo(3);
            assertThat(system.dispatchers()
                            .lookup(ActorSettings.CONNECTION_DISPATCHER)
                            .throughput())
                    .isEqualTo(ConfigFactory.defaultReference()
                            .getInt(ActorSettings.CONNECTION_DISPATCHER + ".throughput"));
        } finally {
            system.terminate();
        }
    }

    @Test
    void aSystemsOwnDispatchersStay() throws Exception {
        Config two = settings("kyanos.actors.stream-dispatcher.fork-join-executor"
                        + " { parallelism-min = 2, parallelism-max = 2 }")
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
        ActorSystem system = ActorSystem.create("own", two);
        try {
            CaptureDispatchers.provide(system, ConfigFactory.defaultReference());

            assertThat(poolOf(system, Kyanos.STREAM_DISPATCHER).getParallelism())
                    .isEqualTo(2);
        } finally {
            system.terminate();
        }
    }

    @Test
    void aRequestWhoseFilterLooksAtAttributesKeepsThem() {
        RecordFilter keys = RecordFilter.ALL.attributeIn("key", Set.of("a"));

        assertThat(CaptureRequest.EVERYTHING.detail()).isEqualTo(Detail.NONE);
        assertThat(CaptureRequest.EVERYTHING.where(keys).detail()).isEqualTo(new Detail(true, 0, true));
        assertThat(CaptureRequest.EVERYTHING
                        .keeping(new Detail(false, 80, false))
                        .where(keys)
                        .detail())
                .isEqualTo(new Detail(true, 80, false));
        assertThat(CaptureRequest.EVERYTHING
                        .keeping(Detail.NONE.withHeaders(Set.of("host")))
                        .where(RecordFilter.of(record -> true, true, Set.of("x-team")))
                        .detail()
                        .headers())
                .containsExactlyInAnyOrder("host", "x-team");
    }

    private static Config settings(String text) {
        return ConfigFactory.parseString(text, ConfigParseOptions.defaults().setOriginDescription("a file"));
    }

    private static Throwable problemOf(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
            throw new AssertionError("no problem");
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static ForkJoinPool poolOf(ActorSystem system, String dispatcher) throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        system.dispatchers().lookup(dispatcher).execute(() -> thread.complete(Thread.currentThread()));
        return ((ForkJoinWorkerThread) thread.get(30, TimeUnit.SECONDS)).getPool();
    }
}
