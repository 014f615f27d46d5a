package io.kyanos.replay;

import com.sun.management.OperatingSystemMXBean;
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
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;

/**
 * Replays a recording from its file to the metrics, over and over: {@code ReplayRate RECORDING TIMES}. Prints a line for each
 * time: records, nanoseconds, and CPU nanoseconds of the whole process. Uses nothing but the public entry point, so that builds
 * before and after a change can be measured by the same program.
 */
public final class ReplayRate {

    private static final int MINUTES_AT_MOST = 10;

    private ReplayRate() {}

    public static void main(String[] arguments) throws Exception {
        Path recording = Path.of(arguments[0]);
        int times = Integer.parseInt(arguments[1]);
        Config config = ConfigFactory.load();
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "replay", config);
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        try {
            for (int i = 0; i < times; i++) {
                long cpuBefore = process.getProcessCpuTime();
                long before = System.nanoTime();
                long records = replay(system, config, recording);
                System.out.println(
                        records + " " + (System.nanoTime() - before) + " " + (process.getProcessCpuTime() - cpuBefore));
            }
        } finally {
            // Its threads would keep the process after an error.
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().join();
        }
    }

    private static long replay(ActorSystem<Void> system, Config config, Path recording) throws Exception {
        long[] records = {0};
        PrometheusSink metrics = new PrometheusSink(MetricsSettings.of(config), () -> 0);
        CaptureRequest request = new CaptureRequest(CaptureFilters.NONE, Set.of(), Detail.NONE);
        Capture capture = Kyanos.get(system).replay(config, request, recording);
        capture.records()
                .via(Flow.<List<TrafficRecord>>create().map(batch -> {
                    records[0] += batch.size();
                    return batch;
                }))
                .toMat(metrics.sink(), Keep.right())
                .withAttributes(ActorAttributes.dispatcher(Kyanos.STREAM_DISPATCHER))
                .run(system)
                .toCompletableFuture()
                .get(MINUTES_AT_MOST, TimeUnit.MINUTES);
        capture.stop().toCompletableFuture().get(MINUTES_AT_MOST, TimeUnit.MINUTES);
        return records[0];
    }
}
