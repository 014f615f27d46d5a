package io.kyanos.replay;

import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was recorded of a capture, read by one thread from beginning to end; the totals may be read by any. */
public interface RecordedEvents extends AutoCloseable {

    /** A connection that was open when its opening could no longer be seen. */
    record KnownConnection(long generation, Opening opening) {}

    /**
     * Some events and what goes before them.
     *
     * @param connections known from here on
     * @param events to be released once; a process that was running comes as an event
     */
    record Part(List<KnownConnection> connections, EventBatch events) {}

    /** What is to be added to the events' clock to get nanoseconds since the epoch. */
    long epochOffsetNanos();

    /** How events left the kernel: {@code ring} or {@code perf}. */
    String transport();

    /** Payload bytes of one event at most. */
    int payloadCap();

    /** The next part; null at the end, be it that of the file or the place where it is broken. */
    @Nullable
    Part next();

    /** Events that the kernel side could not write, as far as has been read. */
    long lostEvents(Channel channel);

    /** What found no room in the kernel side's tables, as far as has been read. */
    Map<Loss, Long> withoutRoom();

    /** What the user should know of it, once it has been read: where it is broken, what could not be read. */
    List<String> remarks();

    @Override
    void close();
}
