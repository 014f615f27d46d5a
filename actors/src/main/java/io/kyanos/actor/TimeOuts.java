package io.kyanos.actor;

import it.unimi.dsi.fastutil.objects.ObjectLinkedOpenHashSet;
import java.util.function.Consumer;

/**
 * Which connections are to look soon for requests that have waited too long: each at the latest one request time-out after it
 * was last told something. Belongs to the router's thread.
 */
/*
 * All wait as long, so what was added first is due first. A timer of the actor system would stay there until it fires, however
 * early its connection ends.
 */
final class TimeOuts {

    private final long timeoutNanos;
    private final ObjectLinkedOpenHashSet<OpenConnection> waiting = new ObjectLinkedOpenHashSet<>();

    TimeOuts(long timeoutNanos) {
        this.timeoutNanos = timeoutNanos;
    }

    /** Something may begin to wait in the connection, at {@code now}. */
    void told(OpenConnection connection, long now) {
        connection.toldAt(now);
        if (waiting.add(connection)) {
            connection.looksAt(now + timeoutNanos);
        }
    }

    void forget(OpenConnection connection) {
        waiting.remove(connection);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** When the first is due. While not empty. */
    long nextAt() {
        return waiting.first().looksAt();
    }

    /** Gives those that are due at {@code now}; one that was told something since it was added is due again. */
    void due(long now, Consumer<OpenConnection> consumer) {
        while (!waiting.isEmpty() && nextAt() <= now) {
            OpenConnection connection = waiting.removeFirst();
            boolean isDueAgain = connection.toldAt() + timeoutNanos > now;
            if (isDueAgain) {
                waiting.add(connection);
                connection.looksAt(now + timeoutNanos);
            }
            consumer.accept(connection);
        }
    }
}
