package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.connection.Loss;
import io.kyanos.event.EventDecoder;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;

/**
 * Close events that came before their time. A connection closes only when everything emitted before its close event has
 * been delivered, which is certain once the watermark has passed that event. Belongs to the router's thread.
 */
final class CloseEvents {

    private final OpenConnections connections;
    private final Share share;
    private final Books books;
    private final Queue<byte[]> waiting = new ArrayDeque<>();
    private final EventDecoder decoder = new EventDecoder();

    CloseEvents(OpenConnections connections, Share share, Books books) {
        this.connections = connections;
        this.share = share;
        this.books = books;
    }

    /** Keeps a copy of a close event that the watermark has yet to pass. */
    void keep(EventDecoder event) {
        byte[] copy = new byte[event.length()];
        event.copyTo(copy, 0);
        waiting.add(copy);
    }

    /** Keeps those of this router's share of events that their channel had no room for. */
    void keepLost(Collection<byte[]> events) {
        for (byte[] event : events) {
            if (isOurs(event)) {
                waiting.add(event);
            }
        }
    }

    /** Takes an event that its channel had no room for; false if it is none, or another router's. */
    boolean takeLost(byte[] event, long watermark) {
        if (!isOurs(event)) {
            return false;
        }
        if (decoder.emittedAt() > watermark) {
            waiting.add(event);
        } else {
            close(event);
        }
        return true;
    }

    /** Whether the event, which the decoder then stands on, is this router's. What is none is counted by one of the routers. */
    private boolean isOurs(byte[] event) {
        if (decoder.wrap(event, 0, event.length)) {
            return share.holds(decoder.generation());
        }
        if (share.number() == 0) {
            books.drop(Loss.ROUTER_MALFORMED, 1);
        }
        return false;
    }

    /** Closes the connections of the events that the watermark has passed. */
    void closeUpTo(long watermark) {
        for (byte[] event = waiting.peek(); event != null; event = waiting.peek()) {
            if (!decoder.wrap(event, 0, event.length) || decoder.emittedAt() > watermark) {
                return;
            }
            waiting.remove();
            close(event);
        }
    }

    /** Closes the connection of the event, which the decoder stands on. */
    private void close(byte[] event) {
        OpenConnection connection = connections.of(decoder);
        if (connection != null && connections.tell(connection, new ConnectionActor.Close(event))) {
            connections.forget(connection);
        }
    }
}
