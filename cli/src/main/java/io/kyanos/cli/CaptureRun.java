package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.Capture;
import io.kyanos.CaptureLauncher;
import io.kyanos.CaptureRequest;
import io.kyanos.PreparedCapture;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TrafficRecord;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Source;

/** A capture with the actor system that it runs in, from start to orderly end. Used by the command's thread. */
final class CaptureRun implements AutoCloseable {

    /** Once no work is in progress, the rest takes moments, unless a reader does not take it. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(1);

    private final ActorSystem<Void> system;
    private final Capture capture;
    private final Duration shutdownTimeout;
    private boolean stuck;

    private CaptureRun(ActorSystem<Void> system, Capture capture, Duration shutdownTimeout) {
        this.system = system;
        this.capture = capture;
        this.shutdownTimeout = shutdownTimeout;
    }

    static CaptureRun start(CaptureLauncher launcher, Config config, CaptureRequest request, Duration shutdownTimeout) {
        try (PreparedCapture prepared = launcher.prepare(config, request)) {
            ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "kyanos", config);
            try {
                return new CaptureRun(system, prepared.startIn(system), shutdownTimeout);
            } catch (RuntimeException e) {
                system.terminate();
                await(system.getWhenTerminated(), shutdownTimeout);
                throw e;
            }
        }
    }

    ActorSystem<Void> system() {
        return system;
    }

    Capture capture() {
        return capture;
    }

    Source<List<TrafficRecord>, NotUsed> records(RecordFilter filter) {
        return capture.records()
                .map(batch -> batch.stream().filter(filter).toList())
                .filter(batch -> !batch.isEmpty());
    }

    /** As {@link #stop(CompletionStage, Duration)}, within the time that any command's end may take. */
    boolean stop(CompletionStage<?> consumer) {
        return stop(consumer, shutdownTimeout);
    }

    /** Detaches, drains, and waits until {@code consumer} has taken what was left; false if that took too long. */
    boolean stop(CompletionStage<?> consumer, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean stopped = await(capture.stop(), atMost);
        return await(consumer, Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))) && stopped;
    }

    /**
     * Drops what is in progress, after {@link #stop} has not been enough; false if {@code consumer} is stuck, in a write
     * that nothing reads.
     */
    boolean stopAtOnce(CompletionStage<?> consumer) {
        long deadline = System.nanoTime() + LAST_MOMENT.toNanos();
        boolean stopped = await(capture.stopAtOnce(), LAST_MOMENT);
        boolean ended = await(consumer, Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        stuck = !(stopped && ended);
        return !stuck;
    }

    /* Threads that are stuck end with the process. */
    @Override
    public void close() {
        capture.stop();
        system.terminate();
        if (!stuck) {
            await(system.getWhenTerminated(), shutdownTimeout);
        }
    }

    /* A failure is an end too: whoever cares about it looks at the stage itself. */
    private static boolean await(CompletionStage<?> stage, Duration atMost) {
        try {
            stage.toCompletableFuture().get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException ignored) {
            return true;
        } catch (TimeoutException ignored) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
