package io.kyanos.benchmark;

import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.recording.RecordedBlock;
import io.kyanos.recording.RecordedStatistics;
import io.kyanos.recording.RecordingHeader;
import io.kyanos.recording.RecordingLimits;
import io.kyanos.recording.RecordingReader;
import io.kyanos.recording.RecordingWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Copies a recording without the processes that no connection in it belongs to: what else ran on the machine is nobody's
 * business. {@code OwnProcesses IN OUT}.
 */
public final class OwnProcesses {

    private OwnProcesses() {}

    public static void main(String[] arguments) {
        Path in = Path.of(arguments[0]);
        Set<Integer> own = new HashSet<>();
        forEachBlock(in, block -> {
            if (block instanceof RecordedBlock.Events events) {
                collect(events.batch(), own);
            }
        });
        try (RecordingReader reader = RecordingReader.open(in);
                RecordingWriter writer = RecordingWriter.create(
                        Path.of(arguments[1]), ofAnyMachine(reader.header()), RecordingLimits.DEFAULT)) {
            RecordedStatistics last = RecordedStatistics.NONE;
            for (RecordedBlock block = reader.next(); block != null; block = reader.next()) {
                if (block instanceof RecordedBlock.Statistics statistics) {
                    last = statistics.statistics();
                } else {
                    copy(block, writer, event -> !isOfProcess(event) || own.contains(event.processTgid()));
                }
            }
            writer.close(last);
        }
    }

    /** Without what is the machine's own: the build of its kernel, the numbers of processes. */
    private static RecordingHeader ofAnyMachine(RecordingHeader header) {
        return new RecordingHeader(
                header.major(),
                header.minor(),
                header.kyanosVersion(),
                header.kernelRelease().replaceAll("^(\\d+\\.\\d+).*", "$1"),
                header.machine(),
                header.possibleCpus(),
                header.realtimeMinusMonotonicNanos(),
                header.startedAtNanos(),
                header.transport(),
                header.payloadCapBytes(),
                header.byteOrder(),
                header.wireVersion(),
                header.wireLayoutFingerprint(),
                List.of(),
                header.redacted(),
                header.protocols(),
                header.streams());
    }

    private static void forEachBlock(Path file, Consumer<RecordedBlock> consumer) {
        try (RecordingReader reader = RecordingReader.open(file)) {
            for (RecordedBlock block = reader.next(); block != null; block = reader.next()) {
                consumer.accept(block);
            }
        }
    }

    private static void collect(EventBatch batch, Set<Integer> tgids) {
        EventDecoder event = new EventDecoder();
        for (int i = 0; i < batch.size(); i++) {
            if (batch.read(i, event) && !isOfProcess(event)) {
                tgids.add(event.tgid());
            }
        }
    }

    private static void copy(RecordedBlock block, RecordingWriter writer, Predicate<EventDecoder> keeps) {
        if (block instanceof RecordedBlock.Connections connections) {
            writer.writeConnections(connections.connections());
        } else if (block instanceof RecordedBlock.Processes processes) {
            writer.writeProcesses(kept(processes.batch(), keeps));
        } else if (block instanceof RecordedBlock.Events events) {
            EventBatch batch = new EventBatch(events.batch().slab(), done -> {});
            EventDecoder event = new EventDecoder();
            for (int i = 0; i < events.batch().size(); i++) {
                if (events.batch().read(i, event) && keeps.test(event)) {
                    batch.add(events.batch().offset(i), events.batch().length(i));
                }
            }
            batch.watermark(events.batch().watermark());
            writer.write(batch);
        }
    }

    private static List<byte[]> kept(EventBatch batch, Predicate<EventDecoder> keeps) {
        List<byte[]> kept = new ArrayList<>();
        EventDecoder event = new EventDecoder();
        for (int i = 0; i < batch.size(); i++) {
            if (batch.read(i, event) && keeps.test(event)) {
                byte[] copy = new byte[event.length()];
                event.copyTo(copy, 0);
                kept.add(copy);
            }
        }
        return kept;
    }

    private static boolean isOfProcess(EventDecoder event) {
        return event.kind() >= EventDecoder.KIND_RUNNING;
    }
}
