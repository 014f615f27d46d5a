package io.kyanos.replay;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.Capture;
import io.kyanos.CaptureRequest;
import io.kyanos.Kyanos;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Detail;
import io.kyanos.record.TrafficRecord;
import io.kyanos.sink.MetricsSettings;
import io.kyanos.sink.PrometheusSink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One record of the recorded shop, from its file to the metrics: reading, unpacking, routing, parsing, matching, putting in
 * order, adding up. What real traffic costs the whole pipeline; the kernel side alone is missing.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReplayBenchmark {

    private static final int RECORDS = 25_228;
    private static final int REPLAYS = 4;
    private static final Path RECORDING = Path.of("examples/shop.kyanos");

    private final Config config = ConfigFactory.load();
    private @Nullable ActorSystem<Void> system;

    @Setup
    public void start() {
        if (!Files.isReadable(RECORDING)) {
            throw new IllegalStateException(
                    RECORDING.toAbsolutePath() + ": not there. Hint: run at the project's root");
        }
        system = ActorSystem.create(Behaviors.empty(), "benchmark", config);
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS * REPLAYS)
    public void record() throws Exception {
        for (int i = 0; i < REPLAYS; i++) {
            long records = replay();
            if (records != RECORDS) {
                throw new IllegalStateException("records: " + records + " (expected: " + RECORDS + ")");
            }
        }
    }

    @TearDown
    public void stop() {
        running().terminate();
        running().getWhenTerminated().toCompletableFuture().join();
    }

    private long replay() throws Exception {
        long[] records = {0};
        PrometheusSink metrics = new PrometheusSink(MetricsSettings.of(config), () -> 0);
        CaptureRequest request = new CaptureRequest(CaptureFilters.NONE, Set.of(), Detail.NONE);
        Capture capture = Kyanos.get(running()).replay(config, request, RECORDING);
        CompletionStage<Done> done = capture.records()
                .via(Flow.<List<TrafficRecord>>create().map(batch -> {
                    records[0] += batch.size();
                    return batch;
                }))
                .toMat(metrics.sink(), Keep.right())
                .withAttributes(ActorAttributes.dispatcher(Kyanos.STREAM_DISPATCHER))
                .run(running());
        done.toCompletableFuture().get(60, TimeUnit.SECONDS);
        capture.stop().toCompletableFuture().get(60, TimeUnit.SECONDS);
        return records[0];
    }

    private ActorSystem<Void> running() {
        if (system == null) {
            throw new IllegalStateException("not set up");
        }
        return system;
    }
}
