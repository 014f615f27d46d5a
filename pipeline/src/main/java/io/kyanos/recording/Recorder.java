package io.kyanos.recording;

import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of a capture, and what a reader needs but only the kernel knows: the two ends of connections that
 * were open before. Thread-safe. A file that cannot be written ends the recording, not the capture: see
 * {@link #problem}.
 */
public final class Recorder {

    /** Holds connections whose end was lost, too; asking again does no harm. */
    private static final int MAX_KNOWN = 1 << 20;

    private final RecordingWriter writer;
    private final LongFunction<Optional<byte[]>> connectionOfSocket;
    private final EventDecoder decoder = new EventDecoder();
    private final LongOpenHashSet known = new LongOpenHashSet();
    private long watermark;
    private @Nullable RecordingException problem;

    /** Asks {@code connectionOfSocket} what the kernel side knows of a socket, as {@code struct ky_connection}. */
    public Recorder(RecordingWriter writer, LongFunction<Optional<byte[]>> connectionOfSocket) {
        this.writer = writer;
        this.connectionOfSocket = connectionOfSocket;
    }

    /** Takes processes that run, as events of kind {@code RUNNING}. */
    public synchronized void processes(List<byte[]> processes) {
        guard(() -> writer.writeProcesses(processes));
    }

    /** Takes the next batch, which stays the caller's. */
    public synchronized void events(EventBatch batch) {
        List<RecordedBlock.OpenConnection> openedBefore = openedBefore(batch);
        watermark = Math.max(watermark, batch.watermark());
        guard(() -> {
            if (!openedBefore.isEmpty()) {
                writer.writeConnections(openedBefore);
            }
            writer.write(batch);
            writer.flushIfDue();
        });
    }

    /** Takes events that came outside a batch. */
    public synchronized void events(List<byte[]> events) {
        int bytes = events.stream().mapToInt(event -> event.length).sum();
        EventBatch batch = new EventBatch(new byte[bytes], recycled -> {});
        int at = 0;
        for (byte[] event : events) {
            System.arraycopy(event, 0, batch.slab(), at, event.length);
            batch.add(at, event.length);
            at += event.length;
        }
        batch.watermark(watermark);
        events(batch);
    }

    /** Takes the capture's current statistics. To be called every second or so, as it also writes what waits. */
    public synchronized void statistics(RecordedStatistics now) {
        guard(() -> writer.writeStatistics(now));
    }

    /** Writes what waits, and closes the file. */
    public synchronized void close(RecordedStatistics last) {
        guard(() -> writer.close(last));
    }

    /** Whether the file has reached its bound. */
    public synchronized boolean isFull() {
        return writer.isFull();
    }

    /** Why the file accepts nothing more, if so. */
    public synchronized Optional<RecordingException> problem() {
        return Optional.ofNullable(problem);
    }

    public synchronized long writtenEvents() {
        return writer.writtenEvents();
    }

    public synchronized long writtenBytes() {
        return writer.writtenBytes();
    }

    private void guard(Runnable writing) {
        if (problem == null) {
            try {
                writing.run();
            } catch (RecordingException e) {
                problem = e;
            }
        }
    }

    private List<RecordedBlock.OpenConnection> openedBefore(EventBatch batch) {
        List<RecordedBlock.OpenConnection> found = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            if (!batch.read(i, decoder)) {
                continue;
            }
            switch (decoder.kind()) {
                case EventDecoder.KIND_OPENED -> remember(decoder.generation());
                case EventDecoder.KIND_CLOSED -> known.remove(decoder.generation());
                case EventDecoder.KIND_DATA, EventDecoder.KIND_INFERRED -> {
                    if (!known.contains(decoder.generation())) {
                        ask(found);
                    }
                }
                default -> {
                    // Of no connection.
                }
            }
        }
        return found;
    }

    private void ask(List<RecordedBlock.OpenConnection> found) {
        long socket = decoder.socket();
        Optional<byte[]> entry = connectionOfSocket.apply(socket);
        if (entry.isPresent() && new ConnectionEntry(entry.get()).generation() == decoder.generation()) {
            remember(decoder.generation());
            found.add(new RecordedBlock.OpenConnection(socket, entry.get()));
        }
    }

    private void remember(long generation) {
        if (known.size() >= MAX_KNOWN) {
            known.clear();
        }
        known.add(generation);
    }
}
