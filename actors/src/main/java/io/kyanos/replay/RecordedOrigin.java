package io.kyanos.replay;

import io.kyanos.actor.EventOrigin;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Opening;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.TraceState;
import io.kyanos.replay.RecordedEvents.KnownConnection;
import io.kyanos.sink.SelfStatistics;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/** A recording as the origin of events, read as fast as they are asked for. */
/*
 * The first batches are small: what is learned from one batch (routes) shows in the next, so it shows early.
 */
public final class RecordedOrigin implements EventOrigin {

    private static final String BLOCKING = "pekko.actor.default-blocking-io-dispatcher";
    private static final int FIRST_BATCH_EVENTS = 64;
    private static final int MAX_BATCH_EVENTS = 8192;
    private static final int BATCHES_AHEAD = 2;

    private final RecordedEvents recording;
    private final RecordedFilter filter;
    private final Map<Channel, LongAdder> read = new EnumMap<>(Channel.class);
    private final RecordedOpenings openings;
    private final EventDecoder decoder = new EventDecoder();
    private int batchEvents = FIRST_BATCH_EVENTS;
    private long watermark;
    private volatile boolean stopping;

    /**
     * An origin that reads once.
     *
     * @param maxConnections connections whose openings are kept at a time
     */
    public RecordedOrigin(RecordedEvents recording, CaptureFilters filters, int maxConnections) {
        this.recording = recording;
        this.filter = new RecordedFilter(recording.isFiltered() ? CaptureFilters.NONE : filters);
        for (Channel channel : Channel.values()) {
            read.put(channel, new LongAdder());
        }
        this.openings = new RecordedOpenings(maxConnections);
    }

    @Override
    public Source<EventBatch, NotUsed> events() {
        return Source.unfoldResource(() -> recording, ignored -> nextBatches(), RecordedEvents::close)
                .mapConcat(batches -> batches)
                .async(BLOCKING, BATCHES_AHEAD);
    }

    /** The router is about to work on the next batch. */
    public void begins(EventBatch batch) {
        openings.begins(batch);
    }

    @Override
    public void forEachRunningProcess(Consumer<EventDecoder> consumer) {
        // They come as events.
    }

    @Override
    public Optional<Opening> describe(long socket, long generation) {
        return openings.of(generation);
    }

    @Override
    public void trace(long generation, TraceState state) {
        // What was recorded is recorded.
    }

    @Override
    public void replaceCaptureFilters(CaptureFilters filters) {
        throw new UnsupportedOperationException("replace capture filters: a recording is read with those of its start");
    }

    @Override
    public long epochOffsetNanos() {
        return recording.epochOffsetNanos();
    }

    @Override
    public long monotonicNanos() {
        return 0;
    }

    @Override
    public String transport() {
        return recording.transport();
    }

    @Override
    public Map<SelfStatistics.Hook, Boolean> hooks() {
        return Map.of();
    }

    @Override
    public int payloadCap() {
        return recording.payloadCap();
    }

    @Override
    public long readEvents(Channel channel) {
        return counter(channel).sum();
    }

    @Override
    public long lostEvents(Channel channel) {
        return recording.lostEvents(channel);
    }

    @Override
    public Map<Loss, Long> withoutRoom() {
        return recording.withoutRoom();
    }

    @Override
    public long waitingBytes() {
        return 0;
    }

    @Override
    public String unhealthyReason() {
        return "";
    }

    @Override
    public List<String> remarks() {
        return recording.remarks();
    }

    @Override
    public void drainAndComplete() {
        stopping = true;
        recording.stop();
    }

    @Override
    public void close() {
        stopping = true;
        recording.stop();
    }

    private Optional<List<EventBatch>> nextBatches() {
        RecordedEvents.Part part = stopping ? null : recording.next();
        if (part == null) {
            return Optional.empty();
        }
        List<KnownConnection> known = new ArrayList<>();
        for (KnownConnection connection : part.connections()) {
            if (filter.knows(connection.generation(), connection.opening())) {
                known.add(connection);
            }
        }
        List<EventBatch> batches = split(part.events(), known);
        part.events().release();
        return Optional.of(batches);
    }

    /** Views of one batch, all of whose events come before its watermark only with the last of them. */
    private List<EventBatch> split(EventBatch whole, List<KnownConnection> known) {
        List<EventBatch> batches = new ArrayList<>();
        List<KnownConnection> before = known;
        EventBatch batch = viewOf(whole);
        for (int i = 0; i < whole.size(); i++) {
            if (whole.read(i, decoder)) {
                counter(channelOf(decoder.kind())).increment();
                if (!filter.keeps(decoder)) {
                    continue;
                }
                Opening held = filter.opens(decoder);
                if (held != null) {
                    before.add(new KnownConnection(decoder.generation(), held));
                }
            }
            batch.add(whole.offset(i), whole.length(i));
            if (batch.size() == batchEvents) {
                add(batch, before, watermark, batches);
                batch = viewOf(whole);
                before = new ArrayList<>();
                batchEvents = Math.min(batchEvents * 2, MAX_BATCH_EVENTS);
            }
        }
        watermark = Math.max(watermark, whole.watermark());
        add(batch, before, watermark, batches);
        List<byte[]> ends = filter.takeEnds();
        if (!ends.isEmpty()) {
            add(batchOf(ends), new ArrayList<>(), watermark, batches);
        }
        return batches;
    }

    private static EventBatch batchOf(List<byte[]> events) {
        byte[] slab = new byte[events.stream().mapToInt(event -> event.length).sum()];
        EventBatch batch = new EventBatch(slab, done -> {});
        int at = 0;
        for (byte[] event : events) {
            System.arraycopy(event, 0, slab, at, event.length);
            batch.add(at, event.length);
            at += event.length;
        }
        return batch;
    }

    private void add(EventBatch batch, List<KnownConnection> before, long upTo, List<EventBatch> batches) {
        batch.watermark(upTo);
        openings.add(before);
        batches.add(batch);
    }

    private static EventBatch viewOf(EventBatch whole) {
        whole.retain();
        return new EventBatch(whole.slab(), view -> whole.release());
    }

    private LongAdder counter(Channel channel) {
        LongAdder counter = read.get(channel);
        if (counter == null) {
            throw new AssertionError("channel " + channel.label() + ": no counter");
        }
        return counter;
    }

    private static Channel channelOf(int kind) {
        return switch (kind) {
            case EventDecoder.KIND_OPENED, EventDecoder.KIND_INFERRED, EventDecoder.KIND_CLOSED -> Channel.CONN;
            case EventDecoder.KIND_DATA -> Channel.SYSCALL;
            default -> Channel.PROCESS;
        };
    }
}
