package io.kyanos;

import io.kyanos.event.EventBatch;
import java.util.List;
import java.util.Optional;

/**
 * Takes every event of a capture, as it came from the kernel, beside the connections. While it is slow the capture is held
 * back, down to the kernel. Nothing that it throws ends the capture but {@link #begin}.
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

    /** Closing events that their channel had no room for. On any thread. */
    void ends(List<byte[]> events);

    /** The processes that run, as far as they are asked for anew: events of kind {@code RUNNING}. On any thread. */
    void processes(List<byte[]> events);

    /** No batch comes any more. */
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

        /** What it knows of a socket: a {@code struct ky_connection}. Empty once the socket is gone. */
        Optional<byte[]> connection(long socket);
    }
}
