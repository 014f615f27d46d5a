package io.kyanos.replay;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.connection.Loss;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.reassembly.ReassemblySettings;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A packet capture that may still be being made: what has come moves on before the stream makes anybody wait. A daemon thread
 * of its own reads, as nothing can call it back from where it waits. When it is to stop it reads what is there, for a moment
 * at most.
 */
public final class LivePackets implements RecordedEvents, PromptInput.Patience {

    /** Batches that wait to be taken; then no more is read. */
    private static final int MAX_WAITING = 4;

    private static final long LOOK_MILLIS = 100;
    private static final long LAST_MOMENT_NANOS = 1_000_000_000;
    private static final EventBatch END = new EventBatch(new byte[0], end -> {});

    private final String name;
    private final PromptInput input;
    private final CaptureFilters filters;
    private final ReassemblySettings settings;
    private final Thread reader = new Thread(this::read, "kyanos-packets");

    /** The last one is {@link #END}. */
    private final BlockingQueue<EventBatch> waiting = new ArrayBlockingQueue<>(MAX_WAITING);

    private volatile @Nullable PacketCapture capture;
    private volatile List<String> remarks = List.of();
    private volatile @Nullable RuntimeException failure;
    private volatile boolean waitsInStream;
    private volatile boolean stopping;
    private volatile long stoppedAt;
    private boolean ended;

    private LivePackets(InputStream in, String name, CaptureFilters filters, ReassemblySettings settings) {
        this.name = name;
        this.input = new PromptInput(in, this);
        this.filters = filters;
        this.settings = settings;
    }

    /**
     * Begins to read.
     *
     * @param name of the stream, for messages
     * @throws IllegalArgumentException if the filters ask for what no packet shows
     */
    public static LivePackets open(InputStream in, String name, CaptureFilters filters, ReassemblySettings settings) {
        PacketCapture.check(name, filters);
        LivePackets packets = new LivePackets(in, name, filters, settings);
        packets.reader.setDaemon(true);
        packets.reader.start();
        return packets;
    }

    @Override
    public boolean isFiltered() {
        return true;
    }

    @Override
    public boolean isLive() {
        return true;
    }

    @Override
    public long epochOffsetNanos() {
        return 0;
    }

    @Override
    public String transport() {
        return PacketCapture.TRANSPORT;
    }

    @Override
    public int payloadCap() {
        return Integer.MAX_VALUE;
    }

    @Override
    public @Nullable Part next() {
        while (!ended) {
            EventBatch next = poll();
            if (next != null && next != END) {
                return new Part(new ArrayList<>(), next);
            }
            ended = next == END || isOver() || (next == null && stopping && waitsInStream);
        }
        RuntimeException bug = failure;
        if (bug != null) {
            throw new IllegalStateException("read packet capture " + name + ": " + bug, bug);
        }
        return null;
    }

    /** Null if nothing comes for a while. */
    private @Nullable EventBatch poll() {
        try {
            return waiting.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended = true;
            return null;
        }
    }

    @Override
    public synchronized void stop() {
        if (!stopping) {
            stoppedAt = System.nanoTime();
            stopping = true;
        }
    }

    private boolean isOver() {
        return stopping && System.nanoTime() - stoppedAt > LAST_MOMENT_NANOS;
    }

    @Override
    public long lostEvents(Channel channel) {
        return 0;
    }

    @Override
    public Map<Loss, Long> withoutRoom() {
        PacketCapture opened = capture;
        return opened == null ? Map.of() : opened.withoutRoom();
    }

    @Override
    public List<String> remarks() {
        return remarks;
    }

    /** The thread that waits in the stream keeps it, and closes it once that lets go. */
    @Override
    public void close() {
        stop();
        reader.interrupt();
    }

    private void read() {
        try (PacketCapture opened = PacketCapture.open(input, name, filters, settings)) {
            capture = opened;
            while (!opened.isEnded() && !isOver()) {
                opened.read();
                handOnFull(opened);
            }
            // To be called back where it waits is no problem of the stream.
            remarks = stopping ? List.of() : opened.remarks();
        } catch (IOException e) {
            remarks = stopping ? List.of() : List.of(String.valueOf(e.getMessage()));
        } catch (RuntimeException bug) {
            failure = bug;
        }
        handOn(END);
    }

    /** The stream is about to wait: what its packets have shown goes first. */
    @Override
    public boolean begins() {
        PacketCapture opened = capture;
        if (opened != null) {
            opened.seal();
            handOnFull(opened);
        }
        waitsInStream = !stopping;
        return waitsInStream;
    }

    @Override
    public void ends() {
        waitsInStream = false;
    }

    private void handOnFull(PacketCapture from) {
        for (EventBatch full = from.takeFull(); full != null; full = from.takeFull()) {
            handOn(full);
        }
    }

    /** Waits for room, unless nobody takes any more. */
    private void handOn(EventBatch next) {
        try {
            boolean isTaken = false;
            while (!isTaken && !isOver()) {
                isTaken = waiting.offer(next, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException ignored) {
            stop();
        }
    }
}
