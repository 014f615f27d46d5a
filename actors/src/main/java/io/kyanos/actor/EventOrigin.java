package io.kyanos.actor;

import io.kyanos.capture.AbsentProcesses;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** Where the events of a capture come from: the kernel of this machine, or a recording. Thread-safe. */
public interface EventOrigin extends AutoCloseable {

    /** The events, in batches ordered behind a watermark. Can be run once. */
    Source<EventBatch, NotUsed> events();

    /** Gives each process that was running at the start, as an event of kind {@link EventDecoder#KIND_RUNNING}. */
    void forEachRunningProcess(Consumer<EventDecoder> consumer);

    /** What is known of a connection whose opening did not come as an event. Asked by the router alone. */
    Optional<Opening> describe(long socket, long generation);

    /** Says how much of a connection is to be captured. */
    void trace(long generation, TraceState state);

    /**
     * Takes other filters from here on.
     *
     * @throws UnsupportedOperationException of a recording
     */
    void replaceCaptureFilters(CaptureFilters filters);

    /** What is to be added to the events' clock to get nanoseconds since the epoch. */
    long epochOffsetNanos();

    /** The events' clock, now; 0 where there is no now. */
    long monotonicNanos();

    /** How events left the kernel: {@code ring} or {@code perf}. */
    String transport();

    /** The places of the kernel to hook into, and whether each was; empty of a recording. */
    Map<SelfStatistics.Hook, Boolean> hooks();

    /** Payload bytes of one event at most. */
    int payloadCap();

    /** Events read from a channel so far. */
    long readEvents(Channel channel);

    /** Events that the kernel side could not write to a channel so far. */
    long lostEvents(Channel channel);

    /** What found no room in the kernel side's tables so far. */
    Map<Loss, Long> withoutRoom();

    /** Bytes of events that wait to be read. */
    long waitingBytes();

    /** Why events do not flow as they should; empty while they do. */
    String unhealthyReason();

    /** What the filters of the start include and nothing was that ran then. */
    default AbsentProcesses absentProcesses() {
        return AbsentProcesses.NONE;
    }

    /** What the user should know of the origin itself, once its events have ended. */
    List<String> remarks();

    /** No further events arise; those that are under way are handed on, then {@link #events} completes. */
    void drainAndComplete();

    /** Gives back all that was taken. A second close does nothing. */
    @Override
    void close();
}
