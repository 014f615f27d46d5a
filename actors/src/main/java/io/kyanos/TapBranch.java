package io.kyanos;

import io.kyanos.bridge.Kernel;
import io.kyanos.capture.KernelCapture;
import io.kyanos.capture.ProcessList;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.metadata.NamedProcesses;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a capture's events also go to a tap: on a thread of its own, at most two batches behind, each of which it holds until
 * the tap has taken it.
 */
final class TapBranch {

    private static final Logger log = LoggerFactory.getLogger(Kyanos.class);
    private static final int MAX_BATCHES_BEHIND = 2;

    private final EventTap tap;
    private final CompletableFuture<Done> done = new CompletableFuture<>();

    TapBranch(EventTap tap) {
        this.tap = tap;
    }

    /** Whether anybody takes the events. */
    boolean isTapped() {
        return tap != EventTap.NONE;
    }

    /** The same events, which now also go to the tap. */
    Source<EventBatch, NotUsed> tapped(Source<EventBatch, NotUsed> events) {
        if (tap == EventTap.NONE) {
            done.complete(Done.getInstance());
            return events;
        }
        Sink<EventBatch, NotUsed> branch = Flow.of(EventBatch.class)
                .map(this::take)
                .watchTermination((start, end) -> {
                    end.whenComplete((ignored, problem) -> complete());
                    return start;
                })
                .to(Sink.ignore())
                .withAttributes(Attributes.inputBuffer(1, MAX_BATCHES_BEHIND)
                        .and(ActorAttributes.dispatcher(
                                ActorAttributes.IODispatcher().dispatcher())))
                .async();
        return events.map(TapBranch::retained).alsoTo(branch);
    }

    /** Completes once the tap has taken the last batch. */
    CompletableFuture<Done> done() {
        return done;
    }

    List<byte[]> ends(List<byte[]> events) {
        if (!events.isEmpty()) {
            tap.ends(events);
        }
        return events;
    }

    Optional<ProcessList> processes(Optional<ProcessList> running) {
        if (tap != EventTap.NONE) {
            running.ifPresent(list -> tap.processes(copies(list::forEach)));
        }
        return running;
    }

    static EventTap.Origin origin(KernelCapture kernel, NamedProcesses names) {
        return new EventTap.Origin() {
            @Override
            public long monotonicNanos() {
                return Kernel.monotonicNanos();
            }

            @Override
            public long realtimeMinusMonotonicNanos() {
                return Kernel.realtimeMinusMonotonicNanos();
            }

            @Override
            public int possibleCpus() {
                return Kernel.possibleCpus();
            }

            @Override
            public String transport() {
                return kernel.transport().label();
            }

            @Override
            public int payloadCapBytes() {
                return kernel.payloadCap();
            }

            @Override
            public List<byte[]> runningProcesses() {
                return copies(names.atStart()::forEach);
            }

            @Override
            public Optional<byte[]> connection(long socket) {
                return kernel.connection(socket);
            }
        };
    }

    private static List<byte[]> copies(Consumer<Consumer<EventDecoder>> list) {
        List<byte[]> events = new ArrayList<>();
        list.accept(event -> {
            byte[] copy = new byte[event.length()];
            event.copyTo(copy, 0);
            events.add(copy);
        });
        return events;
    }

    private static EventBatch retained(EventBatch batch) {
        batch.retain();
        return batch;
    }

    private Done take(EventBatch batch) {
        try {
            tap.events(batch);
        } catch (RuntimeException e) {
            log.error("the tap of a capture's events has failed: {}", e.toString());
        } finally {
            batch.release();
        }
        return Done.getInstance();
    }

    private void complete() {
        try {
            tap.completed();
        } finally {
            done.complete(Done.getInstance());
        }
    }
}
