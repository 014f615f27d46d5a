package io.kyanos.replay;

import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The events of a recording, or what takes their place, read by one thread from beginning to end; any thread may read the totals. */
public interface RecordedEvents extends AutoCloseable {

    /** A connection that was open before the recording began. */
    record KnownConnection(long generation, Opening opening) {}

    /**
     * Some events and what precedes them.
     *
     * @param connections known from here on
     * @param events to be released once; a process that was running comes as an event
     */
    record Part(List<KnownConnection> connections, EventBatch events) {}

    /** It leaves out by itself what filters do not want, as far as that can be told before there are records. */
    default boolean isFiltered() {
        return false;
    }

    /** It is still being made: what has come is to be shown, whatever may follow. */
    default boolean isLive() {
        return false;
    }

    /** To be added to the events' clock to get nanoseconds since the epoch. */
    long epochOffsetNanos();

    /** How events left the kernel: {@code ring} or {@code perf}; {@code packets} if of packets. */
    String transport();

    /** At most this many payload bytes per event. */
    int payloadCap();

    /** The next part; null at the end of the file, or where it is broken. */
    @Nullable
    Part next();

    /** No more is wanted: what waits for more waits no longer. Any thread. */
    default void stop() {
        // What is in a file does not make anybody wait.
    }

    /** Events that the kernel side could not write, up to where it has been read. */
    long lostEvents(Channel channel);

    /** What found no room in the kernel side's tables, up to where it has been read. */
    Map<Loss, Long> withoutRoom();

    /** What the user should know once it has been read: where it is broken, what could not be read. */
    List<String> remarks();

    @Override
    void close();
}
