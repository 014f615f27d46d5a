package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.javadsl.BroadcastHub;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/**
 * Where the records of all connections come together: a bounded queue that routers offer to, and a hub behind
 * it for any number of sinks, the slowest of which holds back all others. Waits for its first sink. Thread-safe.
 */
public final class RecordHub implements RecordOutlet {

    private final ActorSystem<?> system;
    private final RecordQueue queue;
    private final Source<List<TrafficRecord>, NotUsed> records;
    private final AtomicBoolean completed = new AtomicBoolean();

    /**
     * A hub, already running.
     *
     * @param batches that may wait
     * @param hubBatches by which the fastest sink may be ahead of the slowest, a power of two
     */
    public RecordHub(ActorSystem<?> system, int batches, int hubBatches) {
        this.system = system;
        queue = new RecordQueue(batches);
        records = Source.fromGraph(queue)
                .toMat(BroadcastHub.<List<TrafficRecord>>of(hubClass(), 1, hubBatches), Keep.right())
                .withAttributes(ActorAttributes.dispatcher(ActorSettings.STREAM_DISPATCHER))
                .run(system);
    }

    public Source<List<TrafficRecord>, NotUsed> records() {
        return records;
    }

    /** Takes ownership of the list, which moves on at the next {@link #flush} at the latest. */
    @Override
    public Offer offer(List<TrafficRecord> batch) {
        return queue.offer(batch);
    }

    @Override
    public void flush() {
        queue.flush();
    }

    @Override
    public void whenRoom(Runnable callback) {
        queue.whenRoom(callback);
    }

    /** From now on records flow whether or not a sink is left to take them, so that connections can end. */
    public void drainWithoutSinks() {
        records.to(Sink.ignore())
                .withAttributes(ActorAttributes.dispatcher(ActorSettings.STREAM_DISPATCHER))
                .run(system);
    }

    /** What has been taken flows out; nothing more is taken. Further calls do nothing. */
    public void complete() {
        if (completed.compareAndSet(false, true)) {
            queue.complete();
        }
    }

    /** The class token that the hub asks for and does not use. */
    @SuppressWarnings("unchecked")
    private static Class<List<TrafficRecord>> hubClass() {
        return (Class<List<TrafficRecord>>) (Class<?>) List.class;
    }
}
