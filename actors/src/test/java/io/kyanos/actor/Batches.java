package io.kyanos.actor;

import io.kyanos.event.EventBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes batches of events and counts those that come back, which from then on are another's: their watermark is of the future.
 * Thread-safe but for making.
 */
public final class Batches {

    private final AtomicInteger returned = new AtomicInteger();
    private final List<EventBatch> made = new ArrayList<>();

    /** A batch of whole events, in this order. */
    public EventBatch of(long watermark, byte[]... events) {
        int length = 0;
        for (byte[] event : events) {
            length += event.length;
        }
        EventBatch batch = new EventBatch(new byte[length], this::comesBack);
        int at = 0;
        for (byte[] event : events) {
            System.arraycopy(event, 0, batch.slab(), at, event.length);
            batch.add(at, event.length);
            at += event.length;
        }
        batch.watermark(watermark);
        made.add(batch);
        return batch;
    }

    private void comesBack(EventBatch batch) {
        batch.watermark(Long.MAX_VALUE);
        returned.incrementAndGet();
    }

    public int made() {
        return made.size();
    }

    public int returned() {
        return returned.get();
    }
}
