package io.kyanos.cli;

import io.kyanos.event.EventBatch;
import io.kyanos.recording.EventRedaction;
import io.kyanos.recording.RecordedStatistics;
import io.kyanos.recording.Recorder;
import io.kyanos.recording.RecordingException;
import io.kyanos.recording.RecordingHeader;
import io.kyanos.recording.RecordingLimits;
import io.kyanos.recording.RecordingWriter;
import io.kyanos.sink.SelfStatistics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Hands what a capture sees to its recording. Thread-safe. */
final class RecordingTap implements FileTap {

    private final Path path;
    private final RecordingLimits limits;
    private final boolean replace;
    private final EventRedaction redaction;
    private final boolean redacted;
    private final List<String> arguments;
    private final Set<String> protocols;
    private volatile @Nullable Recorder recorder;

    RecordingTap(
            Path path,
            RecordingLimits limits,
            boolean replace,
            Optional<EventRedaction> redaction,
            List<String> arguments,
            Set<String> protocols) {
        this.path = path;
        this.limits = limits;
        this.replace = replace;
        this.redaction = redaction.orElse(EventRedaction.NONE);
        this.redacted = redaction.isPresent();
        this.arguments = arguments;
        this.protocols = protocols;
    }

    @Override
    public void begin(Origin origin) {
        RecordingHeader header = new RecordingHeader(
                RecordingHeader.MAJOR,
                RecordingHeader.MINOR,
                VersionCommand.BuildInfo.read().version(),
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                origin.possibleCpus(),
                origin.realtimeMinusMonotonicNanos(),
                origin.monotonicNanos(),
                origin.transport(),
                origin.payloadCapBytes(),
                RecordingHeader.LITTLE_ENDIAN,
                RecordingHeader.WIRE_VERSION,
                RecordingHeader.fingerprintOfWireLayout(),
                arguments,
                redacted,
                protocols.stream().sorted().toList(),
                RecordingHeader.STREAMS);
        Recorder begun =
                new Recorder(RecordingWriter.create(path, header, limits, replace, redaction), origin::connection);
        begun.processes(origin.runningProcesses());
        recorder = begun;
    }

    @Override
    public void events(EventBatch batch) {
        recorder().events(batch);
    }

    @Override
    public void ends(List<byte[]> events) {
        recorder().events(events);
    }

    @Override
    public void processes(List<byte[]> events) {
        recorder().processes(events);
    }

    @Override
    public void completed() {
        // The command closes the file, with final figures.
    }

    @Override
    public void tick(SelfStatistics statistics, long records) {
        recorder().statistics(figures(statistics, records));
    }

    @Override
    public void close(SelfStatistics statistics, long records) {
        recorder().close(figures(statistics, records));
    }

    @Override
    public boolean isFull() {
        return recorder().isFull();
    }

    @Override
    public Optional<RecordingException> problem() {
        return recorder().problem();
    }

    @Override
    public String contents() {
        return recorder().writtenEvents() + " events";
    }

    @Override
    public List<String> remarks() {
        return List.of();
    }

    @Override
    public long writtenBytes() {
        return recorder().writtenBytes();
    }

    private Recorder recorder() {
        Recorder begun = recorder;
        if (begun == null) {
            throw new IllegalStateException("record " + path + ": the capture has not begun");
        }
        return begun;
    }

    private static RecordedStatistics figures(SelfStatistics statistics, long records) {
        Map<String, Long> counts = new HashMap<>();
        statistics.dropped().forEach((drop, count) -> {
            if (drop.where().equals("kernel")) {
                counts.merge(drop.reason(), count, Long::sum);
            }
        });
        statistics.eventsRead().forEach((channel, count) -> counts.put("read." + channel, count));
        counts.put("records", records);
        return new RecordedStatistics(statistics.eventsLost(), counts);
    }
}
