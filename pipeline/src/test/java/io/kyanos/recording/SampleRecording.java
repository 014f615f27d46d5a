package io.kyanos.recording;

import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A recording of a few events, and what is read of one. */
final class SampleRecording {

    static final RecordingHeader HEADER = new RecordingHeader(
            RecordingHeader.MAJOR,
            RecordingHeader.MINOR,
            "0.1.0",
            "6.18.0",
            "amd64",
            2,
            1_700_000_000_000_000_000L,
            -5,
            "ring",
            32688,
            RecordingHeader.LITTLE_ENDIAN,
            RecordingHeader.WIRE_VERSION,
            "00ff",
            List.of("--comm", "nginx", "--local-ports", "80,443"),
            false,
            List.of("http", "redis"),
            RecordingHeader.STREAMS);
    static final RecordedStatistics STATISTICS =
            new RecordedStatistics(Map.of("syscall", 7L, "conn", 0L), Map.of("records", 3L));
    static final byte[] RUNNING = EventEncoder.process(EventDecoder.KIND_RUNNING, 1, 17, 1, "nginx", "nginx");
    static final byte[] ENTRY = new byte[160];

    /** Blocks of one event, so that a small file has several. */
    static final RecordingLimits SMALL_BLOCKS = new RecordingLimits(1, Duration.ofHours(1), Long.MAX_VALUE);

    private SampleRecording() {}

    static List<byte[]> events() {
        List<byte[]> events = new ArrayList<>();
        events.add(EventEncoder.opened(10, 1, 17, 5, EventDecoder.SIDE_SERVER, EventDecoder.ORIGIN_ACCEPT));
        for (int i = 0; i < 6; i++) {
            byte[] bytes = ("GET /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
            events.add(EventEncoder.data(20 + i, 21 + i, 1, 17, 5, Direction.INGRESS, i * 28L, bytes, bytes.length));
        }
        events.add(EventEncoder.closed(40, 1, 17, 5, 0, 168, EventDecoder.CLOSE_NORMAL));
        return events;
    }

    static EventBatch batch(long watermark, List<byte[]> events) {
        int size = events.stream().mapToInt(event -> event.length).sum();
        EventBatch batch = new EventBatch(new byte[size], recycled -> {});
        int at = 0;
        for (byte[] event : events) {
            System.arraycopy(event, 0, batch.slab(), at, event.length);
            batch.add(at, event.length);
            at += event.length;
        }
        batch.watermark(watermark);
        return batch;
    }

    static void write(Path path) {
        try (RecordingWriter writer = RecordingWriter.create(path, HEADER, SMALL_BLOCKS)) {
            writer.writeProcesses(List.of(RUNNING));
            writer.writeConnections(List.of(new RecordedBlock.OpenConnection(0xffff_8880_0000_0001L, ENTRY)));
            writer.write(batch(25, events().subList(0, 5)));
            writer.write(batch(45, events().subList(5, events().size())));
            writer.close(STATISTICS);
        }
    }

    /** What one reading gave. */
    static final class Contents {

        final List<byte[]> events = new ArrayList<>();
        final List<byte[]> processes = new ArrayList<>();
        final List<RecordedBlock.OpenConnection> connections = new ArrayList<>();
        final List<RecordedBlock.Statistics> statistics = new ArrayList<>();
        final List<Long> watermarks = new ArrayList<>();
        long skippedBlocks;
        long skippedEvents;
        boolean broken;

        static Contents of(Path path) {
            Contents contents = new Contents();
            try (RecordingReader reader = RecordingReader.open(path)) {
                for (RecordedBlock block = reader.next(); block != null; block = reader.next()) {
                    contents.take(block);
                }
                contents.skippedBlocks = reader.skippedBlocks();
                contents.skippedEvents = reader.skippedEvents();
                contents.broken = reader.broken().isPresent();
            }
            return contents;
        }

        private void take(RecordedBlock block) {
            if (block instanceof RecordedBlock.Events found) {
                watermarks.add(found.batch().watermark());
                takeAll(found.batch(), events);
            } else if (block instanceof RecordedBlock.Processes running) {
                takeAll(running.batch(), processes);
            } else if (block instanceof RecordedBlock.Connections open) {
                connections.addAll(open.connections());
            } else if (block instanceof RecordedBlock.Statistics counted) {
                statistics.add(counted);
            }
        }

        private static void takeAll(EventBatch batch, List<byte[]> into) {
            for (int i = 0; i < batch.size(); i++) {
                byte[] event = new byte[batch.length(i)];
                System.arraycopy(batch.slab(), batch.offset(i), event, 0, event.length);
                into.add(event);
            }
            batch.release();
        }
    }
}
