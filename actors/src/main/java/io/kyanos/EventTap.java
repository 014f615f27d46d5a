package io.kyanos;

import io.kyanos.event.EventBatch;
import java.util.List;
import java.util.Optional;

/**
 * Gets every event of a capture as it came from the kernel, alongside the connections. A slow tap holds back the capture,
 * down to the kernel. Of what it throws, only what {@link #begin} throws ends the capture.
 */
public interface EventTap {

    /** Takes nothing. */
    EventTap NONE = new EventTap() {
        @Override
        public void begin(Origin origin) {}

        @Override
        public void events(EventBatch batch) {}

        @Override
        public void ends(List<byte[]> events) {}

        @Override
        public void processes(List<byte[]> events) {}

        @Override
        public void completed() {}
    };

    /** The kernel side is loaded, nothing has been read yet. What it throws ends the start of the capture. */
    void begin(Origin origin);

    /** One batch after the other, on a thread that may block. Valid until the return, unless retained. */
    void events(EventBatch batch);

    /** Close events that their channel had no room for. On any thread. */
    void ends(List<byte[]> events);

    /** The running processes, whenever they have been listed again: events of kind {@code RUNNING}. On any thread. */
    void processes(List<byte[]> events);

    /** No more batches will come. */
    void completed();

    /** The kernel side. Thread-safe. */
    interface Origin {

        /** Its monotonic clock, now. */
        long monotonicNanos();

        long realtimeMinusMonotonicNanos();

        int possibleCpus();

        /** {@code ring} or {@code perf}. */
        String transport();

        /** Of one event at most. */
        int payloadCapBytes();

        /** The processes that ran at the start, as events of kind {@code RUNNING}. */
        List<byte[]> runningProcesses();

        /** Its entry for a socket: a {@code struct ky_connection}. Empty once the socket is gone. */
        Optional<byte[]> connection(long socket);
    }
}
