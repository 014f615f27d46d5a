package io.kyanos.replay;

import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Channel;
import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.EventBatch;
import io.kyanos.recording.RecordedBlock;
import io.kyanos.recording.RecordedStatistics;
import io.kyanos.recording.RecordingException;
import io.kyanos.recording.RecordingReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A file written by {@code kyanos record}. */
public final class RecordedFile implements RecordedEvents {

    private static final int MAX_CONNECTIONS_AT_ONCE = 10_000;

    private final Path path;
    private final RecordingReader reader;
    private volatile RecordedStatistics statistics = RecordedStatistics.NONE;
    private volatile List<String> remarks = List.of();
    private List<KnownConnection> known = new ArrayList<>();
    private long unreadableConnections;
    private long watermark;

    private RecordedFile(Path path, RecordingReader reader) {
        this.path = path;
        this.reader = reader;
    }

    /**
     * Opens a recording and reads its header.
     *
     * @throws RecordingException when it cannot be read, is no recording, or one of a later kyanos
     */
    public static RecordedFile open(Path path) {
        return new RecordedFile(path, RecordingReader.open(path));
    }

    @Override
    public long epochOffsetNanos() {
        return reader.header().realtimeMinusMonotonicNanos();
    }

    @Override
    public String transport() {
        return reader.header().transport();
    }

    @Override
    public int payloadCap() {
        return reader.header().payloadCapBytes();
    }

    @Override
    public @Nullable Part next() {
        for (RecordedBlock block = reader.next(); block != null; block = reader.next()) {
            EventBatch events = eventsOf(block);
            if (events != null) {
                watermark = Math.max(watermark, events.watermark());
                return part(events);
            }
            if (known.size() >= MAX_CONNECTIONS_AT_ONCE) {
                return part(nothing());
            }
        }
        remark();
        return null;
    }

    @Override
    public long lostEvents(Channel channel) {
        return statistics.lostEvents().getOrDefault(channel.label(), 0L);
    }

    @Override
    public Map<Loss, Long> withoutRoom() {
        Map<Loss, Long> counts = new EnumMap<>(Loss.class);
        for (Loss loss : Loss.values()) {
            Long count = statistics.counts().get(loss.reason());
            if (loss.where().equals(Loss.KERNEL) && count != null) {
                counts.put(loss, count);
            }
        }
        return counts;
    }

    @Override
    public List<String> remarks() {
        return remarks;
    }

    @Override
    public void close() {
        reader.close();
    }

    private @Nullable EventBatch eventsOf(RecordedBlock block) {
        if (block instanceof RecordedBlock.Events events) {
            return events.batch();
        }
        if (block instanceof RecordedBlock.Processes processes) {
            return processes.batch();
        }
        if (block instanceof RecordedBlock.Connections connections) {
            connections.connections().forEach(this::know);
        } else if (block instanceof RecordedBlock.Statistics totals) {
            statistics = totals.statistics();
        }
        return null;
    }

    private void know(RecordedBlock.OpenConnection connection) {
        if (connection.entry().length != ConnectionEntry.SIZE) {
            unreadableConnections++;
            return;
        }
        long generation = new ConnectionEntry(connection.entry()).generation();
        Opening.ofEntry(connection.entry(), generation)
                .ifPresent(opening -> known.add(new KnownConnection(generation, opening)));
    }

    private Part part(EventBatch events) {
        Part part = new Part(known, events);
        known = new ArrayList<>();
        return part;
    }

    private EventBatch nothing() {
        EventBatch batch = new EventBatch(new byte[0], empty -> {});
        batch.watermark(watermark);
        return batch;
    }

    private void remark() {
        List<String> all = new ArrayList<>();
        if (reader.skippedBlocks() > 0) {
            all.add("read recording " + path + ": " + reader.skippedBlocks() + " damaged blocks passed over, with "
                    + reader.skippedEvents() + " events");
        }
        if (unreadableConnections > 0) {
            all.add("read recording " + path + ": " + unreadableConnections
                    + " connections that were open before are described in an unknown way");
        }
        reader.broken()
                .ifPresent(end -> all.add("read recording " + path + ": " + end.reason() + ", at byte " + end.offset()
                        + ". Hint: all that was recorded before it has been read."));
        remarks = List.copyOf(all);
    }
}
