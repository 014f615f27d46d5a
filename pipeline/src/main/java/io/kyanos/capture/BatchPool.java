package io.kyanos.capture;

import io.kyanos.event.EventBatch;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one capture: a fixed number of them at most, each with a slab of its own, made when it is first needed. One
 * thread takes, any gives back.
 */
final class BatchPool {

    private final BlockingQueue<EventBatch> free;
    private final int slabBytes;
    private final int max;
    private volatile int made;

    BatchPool(int batches, int slabBytes) {
        this.slabBytes = slabBytes;
        max = batches;
        free = new ArrayBlockingQueue<>(batches);
    }

    /** An empty batch, as soon as one is free; null when none was free in time. */
    @Nullable
    EventBatch take(Duration patience) throws InterruptedException {
        EventBatch batch = free.poll();
        if (batch == null && made < max) {
            return make();
        }
        if (batch == null) {
            batch = free.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        }
        if (batch != null) {
            batch.restart();
        }
        return batch;
    }

    int inUse() {
        return made - free.size();
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one thread takes
    private EventBatch make() {
        made++;
        return new EventBatch(new byte[slabBytes], this::giveBack);
    }

    private void giveBack(EventBatch batch) {
        if (!free.offer(batch)) {
            throw new IllegalStateException("a batch was released twice");
        }
    }
}
