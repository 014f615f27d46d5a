package io.kyanos;

import io.kyanos.actor.Batches;
import io.kyanos.connection.Loss;
import io.kyanos.event.Channel;
import io.kyanos.replay.RecordedEvents;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A recording that a test makes up. */
final class RecordedInMemory implements RecordedEvents {

    private final Batches batches = new Batches();
    private final Queue<Part> parts = new ArrayDeque<>();

    RecordedInMemory then(long watermark, byte[]... events) {
        return then(List.of(), watermark, events);
    }

    RecordedInMemory then(List<KnownConnection> known, long watermark, byte[]... events) {
        parts.add(new Part(known, batches.of(watermark, events)));
        return this;
    }

    /** Events in order, {@code size} of them to a part. */
    RecordedInMemory inPartsOf(int size, List<TimedEvent> events) {
        for (int from = 0; from < events.size(); from += size) {
            List<TimedEvent> part = events.subList(from, Math.min(events.size(), from + size));
            List<byte[]> bytes = new ArrayList<>();
            part.forEach(event -> bytes.add(event.bytes()));
            then(part.get(part.size() - 1).at(), bytes.toArray(new byte[0][]));
        }
        return this;
    }

    /** @param at when it was emitted */
    @SuppressWarnings("ArrayRecordComponent")
    record TimedEvent(long at, byte[] bytes) {}

    boolean allGivenBack() {
        return batches.made() == batches.returned();
    }

    @Override
    public long epochOffsetNanos() {
        return 0;
    }

    @Override
    public String transport() {
        return "ring";
    }

    @Override
    public int payloadCap() {
        return 4096;
    }

    @Override
    public @Nullable Part next() {
        return parts.poll();
    }

    @Override
    public long lostEvents(Channel channel) {
        return 0;
    }

    @Override
    public Map<Loss, Long> withoutRoom() {
        return Map.of();
    }

    @Override
    public List<String> remarks() {
        return List.of();
    }

    @Override
    public void close() {}
}
