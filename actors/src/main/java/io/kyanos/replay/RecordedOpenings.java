package io.kyanos.replay;

import io.kyanos.connection.Opening;
import io.kyanos.event.EventBatch;
import io.kyanos.replay.RecordedEvents.KnownConnection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The openings of connections whose own event is not among those of the recording, or was held back. The reading thread adds
 * some with each batch; they are known once the router begins that batch, and all else is for the router's thread.
 */
/*
 * Batches are read ahead of the router. What a connection is found to be must not depend on how far ahead.
 */
final class RecordedOpenings {

    private final Queue<List<KnownConnection>> ahead = new ConcurrentLinkedQueue<>();
    private final Map<Long, Opening> known;

    /** Keeps {@code max} at once, the latest. */
    RecordedOpenings(int max) {
        known = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Opening> eldest) {
                return size() > max;
            }
        };
    }

    /** What goes before the next batch that is read, if only nothing. */
    void add(List<KnownConnection> before) {
        ahead.add(before);
    }

    /** The router is about to work on the next batch. */
    void begins(EventBatch batch) {
        List<KnownConnection> before = ahead.poll();
        if (before == null) {
            throw new IllegalStateException("a batch that was not read here, of " + batch.size() + " events");
        }
        before.forEach(connection -> known.put(connection.generation(), connection.opening()));
    }

    Optional<Opening> of(long generation) {
        return Optional.ofNullable(known.get(generation));
    }
}
