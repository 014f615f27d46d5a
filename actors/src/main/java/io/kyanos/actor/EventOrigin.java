package io.kyanos.actor;

import io.kyanos.capture.AbsentProcesses;
import io.kyanos.capture.CaptureDetail;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Channel;
import io.kyanos.event.Direction;
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

    /** Each process that was running at the start, as an event of kind {@link EventDecoder#KIND_RUNNING}. */
    void forEachRunningProcess(Consumer<EventDecoder> consumer);

    /** What is known of a connection whose opening did not come as an event. Only the router asks. */
    Optional<Opening> describe(long socket, long generation);

    /** Sets how much of a connection is to be captured. */
    void trace(long generation, TraceState state);

    /** Nobody wants what a connection moves this way up to a position of its stream; 0 takes that back. */
    default void passOver(long generation, Direction direction, long until) {
        // A recording holds what it holds.
    }

    /**
     * Replaces the filters.
     *
     * @throws UnsupportedOperationException if it is a recording
     */
    void replaceCaptureFilters(CaptureFilters filters);

    /** To be added to the events' clock to get nanoseconds since the epoch. */
    long epochOffsetNanos();

    /** The events' clock, now; 0 where there is no now. */
    long monotonicNanos();

    /** How events left the kernel: {@code ring} or {@code perf}; {@code packets} if of packets. */
    String transport();

    /** The kernel's hooks, and whether each is attached; empty for a recording. */
    Map<SelfStatistics.Hook, Boolean> hooks();

    /** At most this many payload bytes per event. */
    int payloadCap();

    /** Stream bytes so far that were not captured as nobody wants them. */
    default long passedOverBytes() {
        return 0;
    }

    /** Events read from a channel so far. */
    long readEvents(Channel channel);

    /** Events that the kernel side could not write to a channel so far. */
    long lostEvents(Channel channel);

    /** What has found no room in the kernel side's tables so far. */
    Map<Loss, Long> withoutRoom();

    /** Runs and time of each BPF program so far; empty where nobody counts them. */
    default Map<String, SelfStatistics.ProgramRuns> programRuns() {
        return Map.of();
    }

    /** The calls of io_uring that have moved bytes over sockets so far, by kind; empty where it is not seen. */
    default Map<String, Long> ringCalls() {
        return Map.of();
    }

    /** How much is captured of what the filters want, now. */
    default CaptureDetail detail() {
        return CaptureDetail.FULL;
    }

    /** Bytes of events waiting to be read. */
    long waitingBytes();

    /** Why events do not flow as they should; empty while they do. */
    String unhealthyReason();

    /** What the initial filters include that was not running at the start. */
    default AbsentProcesses absentProcesses() {
        return AbsentProcesses.NONE;
    }

    /** What the user should know of the origin itself, once its events have ended. */
    List<String> remarks();

    /** No further events arise; those in progress are handed on, then {@link #events} completes. */
    void drainAndComplete();

    /** Releases everything. A second close does nothing. */
    @Override
    void close();
}
