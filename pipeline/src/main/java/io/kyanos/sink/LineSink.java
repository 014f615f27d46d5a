package io.kyanos.sink;

import io.kyanos.record.TrafficRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.Done;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;

/**
 * Records as lines on a stream of bytes. Each batch is written and flushed at once, so a reader never waits for a record
 * that has happened. Writing may block: it runs on Pekko's dispatcher for that. When writing fails, the stream fails with
 * an {@link UncheckedIOException}. The stream of bytes belongs to the caller.
 */
public final class LineSink {

    /** How records become lines. */
    @FunctionalInterface
    public interface Format {
        void write(List<TrafficRecord> records, OutputStream out) throws IOException;
    }

    private static final String BLOCKING = "pekko.actor.default-blocking-io-dispatcher";
    private static final int RECORDS_PER_WRITE = 256;

    private final Format format;
    private final OutputStream out;
    private final Runnable whenFirstSkipped;
    private final AtomicBoolean warned = new AtomicBoolean();
    private volatile boolean skips;
    private volatile boolean discards;
    private final LongAdder taken = new LongAdder();
    private final LongAdder written = new LongAdder();

    public LineSink(Format format, OutputStream out) {
        this(format, out, () -> {});
    }

    /** @param whenFirstSkipped runs once, on the thread that writes, when a slow reader has cost the first records */
    public LineSink(Format format, OutputStream out, Runnable whenFirstSkipped) {
        this.format = format;
        this.out = out;
        this.whenFirstSkipped = whenFirstSkipped;
    }

    /** Back-pressures: for files. */
    public Sink<List<TrafficRecord>, CompletionStage<Done>> complete() {
        return blocking(Sink.foreach(batch -> {
            taken.add(batch.size());
            write(batch);
        }));
    }

    /**
     * Samples: for screens and pipes. At most {@code maxWaiting} records wait for a slow reader; what comes while so many
     * wait is skipped and counted.
     */
    public Sink<List<TrafficRecord>, CompletionStage<Done>> sampled(int maxWaiting) {
        return Flow.<List<TrafficRecord>>create()
                .conflateWithSeed(
                        batch -> waiting(new ArrayList<>(), batch, maxWaiting),
                        (waiting, batch) -> waiting(waiting, batch, maxWaiting))
                .toMat(blocking(Sink.<List<TrafficRecord>>foreach(this::write)), Keep.right());
    }

    /**
     * Records taken and not written so far: skipped because the reader was slow, or waiting for it. The last ones are no
     * more than those of one write, of which a reader may have a part.
     */
    public long unwritten() {
        long done = written.sum();
        return taken.sum() - done;
    }

    /** From here on no further write begins: what waits and what comes is taken and stays unwritten. */
    public void discard() {
        discards = true;
    }

    private static Sink<List<TrafficRecord>, CompletionStage<Done>> blocking(
            Sink<List<TrafficRecord>, CompletionStage<Done>> sink) {
        /* One batch at most waits beyond the boundary: what is slow must be felt before it. */
        return sink.withAttributes(ActorAttributes.dispatcher(BLOCKING).and(Attributes.inputBuffer(1, 1)))
                .async();
    }

    private List<TrafficRecord> waiting(List<TrafficRecord> waiting, List<TrafficRecord> batch, int maxWaiting) {
        int room = Math.min(batch.size(), maxWaiting - waiting.size());
        waiting.addAll(batch.subList(0, room));
        taken.add(batch.size());
        if (room < batch.size()) {
            skips = true;
        }
        return waiting;
    }

    private void write(List<TrafficRecord> records) {
        try {
            for (int from = 0; from < records.size() && !discards; from += RECORDS_PER_WRITE) {
                ByteArrayOutputStream lines = new ByteArrayOutputStream();
                List<TrafficRecord> some = records.subList(from, Math.min(records.size(), from + RECORDS_PER_WRITE));
                format.write(some, lines);
                lines.writeTo(out);
                out.flush();
                written.add(some.size());
                if (skips && warned.compareAndSet(false, true)) {
                    whenFirstSkipped.run();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
