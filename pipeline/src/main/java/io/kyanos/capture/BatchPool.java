package io.kyanos.capture;

import io.kyanos.event.EventBatch;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The batches of one capture: a fixed number of them, each with a slab of its own. Thread-safe. */
final class BatchPool {

    private final BlockingQueue<EventBatch> free;
    private final int size;

    BatchPool(int batches, int slabBytes) {
        size = batches;
        free = new ArrayBlockingQueue<>(batches);
        for (int i = 0; i < batches; i++) {
            free.add(new EventBatch(new byte[slabBytes], this::giveBack));
        }
    }

    /** An empty batch, as soon as one is free; null when none was free in time. */
    @Nullable
    EventBatch take(Duration patience) throws InterruptedException {
        EventBatch batch = free.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        if (batch != null) {
            batch.restart();
        }
        return batch;
    }

    int inUse() {
        return size - free.size();
    }

    private void giveBack(EventBatch batch) {
        if (!free.offer(batch)) {
            throw new IllegalStateException("a batch was released twice");
        }
    }
}
