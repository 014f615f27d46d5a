package io.kyanos.cli;

import io.kyanos.event.ConnectionEntry;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.packet.CaptureException;
import io.kyanos.packet.CaptureWriter;
import io.kyanos.packet.EventPackets;
import io.kyanos.recording.EventRedaction;
import io.kyanos.recording.NewFile;
import io.kyanos.recording.RecordingLimits;
import io.kyanos.sink.SelfStatistics;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes what a capture sees as packets. Thread-safe. */
/*
 * Events gather in a block, as those of a recording do: a redaction decides about a byte when its block leaves.
 */
final class PcapngTap implements FileTap {

    private static final int BLOCK_BYTES = 256 * 1024;
    /* The kernel side's own bound of an event is less. */
    private static final int MAX_EVENT_BYTES = 64 * 1024;
    private static final int BUFFER_BYTES = 64 * 1024;
    /* Headers of the packets that an event may become. */
    private static final int MAX_HEADERS_BYTES = 1024;

    private final Path path;
    private final long maxBytes;
    private final boolean replace;
    private final EventRedaction redaction;
    private final EventDecoder decoder = new EventDecoder();
    private final byte[] block = new byte[BLOCK_BYTES + MAX_EVENT_BYTES];
    private final IntArrayList offsets = new IntArrayList();
    /* Connections whose opening is in the block. */
    private final LongOpenHashSet opening = new LongOpenHashSet();
    private int filled;
    private long watermark;
    private boolean full;
    private @Nullable Origin origin;
    private @Nullable CaptureWriter writer;
    private @Nullable EventPackets packets;
    private @Nullable CaptureException problem;

    PcapngTap(Path path, RecordingLimits limits, boolean replace, Optional<EventRedaction> redaction) {
        this.path = path;
        this.maxBytes = limits.maxFileBytes();
        this.replace = replace;
        this.redaction = redaction.orElse(EventRedaction.NONE);
    }

    @Override
    public synchronized void begin(Origin kernel) {
        try {
            CaptureWriter begun = CaptureWriter.open(
                    new BufferedOutputStream(Channels.newOutputStream(NewFile.create(path, replace)), BUFFER_BYTES));
            origin = kernel;
            packets = new EventPackets(begun, kernel.realtimeMinusMonotonicNanos());
            writer = begun;
        } catch (IOException e) {
            throw new UncheckedIOException(problem(e));
        }
    }

    @Override
    public synchronized void events(EventBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            take(batch.bytes(i), batch.offset(i), batch.length(i));
        }
        watermark = Math.max(watermark, batch.watermark());
    }

    @Override
    public synchronized void ends(List<byte[]> events) {
        for (byte[] event : events) {
            take(event, 0, event.length);
        }
    }

    @Override
    public void processes(List<byte[]> events) {
        // Packets know none.
    }

    @Override
    public void completed() {
        // The command closes the file.
    }

    @Override
    public synchronized void tick(SelfStatistics statistics, long records) {
        flush(watermark);
        guard(() -> begun().flush());
    }

    @Override
    public synchronized void close(SelfStatistics statistics, long records) {
        flush(Long.MAX_VALUE);
        guard(() -> begun().close());
    }

    @Override
    public synchronized boolean isFull() {
        return full;
    }

    @Override
    public synchronized Optional<CaptureException> problem() {
        return Optional.ofNullable(problem);
    }

    @Override
    public synchronized String contents() {
        return begun().packets() + " packets";
    }

    @Override
    public synchronized long writtenBytes() {
        return begun().writtenBytes();
    }

    @Override
    public synchronized List<String> remarks() {
        List<String> remarks = new ArrayList<>();
        EventPackets written = packets();
        if (written.unixConnections() > 0) {
            remarks.add(written.unixConnections() + " connections over unix sockets are not in " + path
                    + ": they have no packets");
        }
        if (written.datagramsWithoutPeer() > 0) {
            remarks.add(written.datagramsWithoutPeer() + " datagrams are not in " + path + ": their peer is not known");
        }
        return remarks;
    }

    private void take(byte[] bytes, int offset, int length) {
        if (problem != null || full || length > MAX_EVENT_BYTES || !decoder.wrap(bytes, offset, length)) {
            return;
        }
        if (decoder.kind() == EventDecoder.KIND_OPENED) {
            opening.add(decoder.generation());
        } else if (decoder.kind() == EventDecoder.KIND_DATA && !opening.contains(decoder.generation())) {
            ask();
        }
        if (filled + length > BLOCK_BYTES) {
            flush(watermark);
        }
        System.arraycopy(bytes, offset, block, filled, length);
        redaction.event(block, filled, length);
        offsets.add(filled);
        filled += length;
    }

    private void ask() {
        if (packets().knows(decoder.generation()) || origin == null) {
            return;
        }
        Optional<byte[]> entry = origin.connection(decoder.socket());
        if (entry.isPresent() && new ConnectionEntry(entry.get()).generation() == decoder.generation()) {
            redaction.connection(entry.get());
            packets().connection(entry.get());
        }
    }

    private void flush(long passed) {
        redaction.beforeWrite();
        for (int i = 0; i < offsets.size() && problem == null && !full; i++) {
            int from = offsets.getInt(i);
            int to = i + 1 < offsets.size() ? offsets.getInt(i + 1) : filled;
            full = begun().writtenBytes() + (to - from) + MAX_HEADERS_BYTES > maxBytes;
            if (!full && decoder.wrap(block, from, to - from)) {
                guard(() -> packets().on(decoder));
            }
        }
        offsets.clear();
        opening.clear();
        filled = 0;
        if (!full) {
            guard(() -> packets().passed(passed));
        }
    }

    private void guard(Writing writing) {
        if (problem == null) {
            try {
                writing.run();
            } catch (IOException e) {
                problem = problem(e);
            }
        }
    }

    private CaptureException problem(IOException e) {
        String what = NewFile.reason(e);
        boolean isFull = what.startsWith("No space left") || what.startsWith("Disk quota exceeded");
        return CaptureException.writing(path, isFull ? what + ". Hint: --max-size ends a recording in time" : what, e);
    }

    private CaptureWriter begun() {
        CaptureWriter begun = writer;
        if (begun == null) {
            throw new IllegalStateException("record " + path + ": the capture has not begun");
        }
        return begun;
    }

    private EventPackets packets() {
        EventPackets begun = packets;
        if (begun == null) {
            throw new IllegalStateException("record " + path + ": the capture has not begun");
        }
        return begun;
    }

    @FunctionalInterface
    private interface Writing {
        void run() throws IOException;
    }
}
