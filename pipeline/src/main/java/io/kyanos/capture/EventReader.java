package io.kyanos.capture;

import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Source;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that reads all rings of a capture, and a {@link Source} per channel that it feeds. While there is work
 * it polls at short intervals, sooner once much has come; then it sleeps until the kernel side wakes it. It reads only
 * while it holds a free batch, so a pipeline that lags stops the reading, and the rings fill and count. The sources can
 * be run once.
 */
final class EventReader {

    private static final Logger log = LoggerFactory.getLogger(EventReader.class);
    private static final String THREAD_NAME = "kyanos-reader";

    private final Rings rings;
    private final List<Channel> channels;
    private final CaptureSettings settings;
    private final BatchPool pool;
    private final Map<Channel, BoundedSourceQueue<ChannelBatch>> outlets = new EnumMap<>(Channel.class);
    private final Map<Channel, LongAdder> events = new EnumMap<>(Channel.class);
    private final Thread thread;

    private volatile boolean stopping;
    private volatile boolean draining;
    private volatile boolean marking;
    private volatile long lastPollAt = System.nanoTime();
    private volatile @Nullable String failure;
    private volatile long waitingBytes;
    private long handedWatermark;
    private boolean unsettled;
    private int idlePolls;

    /** Reads {@code rings}, whose numbers are the indexes in {@code channels}. */
    EventReader(Rings rings, List<Channel> channels, CaptureSettings settings) {
        this.rings = rings;
        this.channels = List.copyOf(channels);
        this.settings = settings;
        this.pool = new BatchPool(settings.batches(), settings.batchBytes());
        for (Channel channel : channels) {
            events.put(channel, new LongAdder());
        }
        this.thread = new Thread(this::run, THREAD_NAME);
        thread.setDaemon(true);
    }

    /** The batches of one channel. The thread starts once the sources of all channels run. */
    Source<ChannelBatch, NotUsed> source(Channel channel) {
        return Source.<ChannelBatch>queue(settings.batches()).mapMaterializedValue(queue -> connect(channel, queue));
    }

    /** Events of a channel counted while they were put in order. */
    LongAdder events(Channel channel) {
        LongAdder adder = events.get(channel);
        if (adder == null) {
            throw new IllegalArgumentException("channel " + channel.label() + ": not read");
        }
        return adder;
    }

    /** Makes a batch come soon, perhaps an empty one, whose watermark is later than this call. */
    void mark() {
        marking = true;
        rings.wakeup();
    }

    /** Reads what is in the rings now, hands it on, completes the sources and ends the thread. Does not wait for it. */
    void drainAndStop() {
        draining = true;
        rings.wakeup();
    }

    /** Ends the thread as soon as possible and waits for it; afterwards the rings may be closed. */
    void stop() {
        stopping = true;
        rings.wakeup();
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nanoseconds since the last poll was completed. */
    long sinceLastPollNanos() {
        return System.nanoTime() - lastPollAt;
    }

    /** Why the thread ended by itself, or null. */
    @Nullable
    String failure() {
        return failure;
    }

    /** Bytes that the last poll had to leave in the rings. */
    long waitingBytes() {
        return waitingBytes;
    }

    int batchesInUse() {
        return pool.inUse();
    }

    private synchronized NotUsed connect(Channel channel, BoundedSourceQueue<ChannelBatch> queue) {
        if (outlets.put(channel, queue) != null) {
            throw new IllegalStateException("the source of channel " + channel.label() + " can be run once");
        }
        if (outlets.size() == channels.size()) {
            thread.start();
        }
        return NotUsed.getInstance();
    }

    private void run() {
        try {
            while (!stopping) {
                EventBatch batch = pool.take(settings.sleep());
                if (batch != null && !round(batch)) {
                    break;
                }
            }
            end(BoundedSourceQueue::complete);
        } catch (InterruptedException e) {
            end(BoundedSourceQueue::complete);
        } catch (RuntimeException | Error e) {
            failure = String.valueOf(e.getMessage());
            log.error("reading the kernel's events has ended: {}", failure);
            end(queue -> queue.fail(e));
        }
    }

    /** Ends the channels' sources. The end of one ends the merged stream, and with it the others. */
    private void end(Consumer<BoundedSourceQueue<ChannelBatch>> how) {
        for (BoundedSourceQueue<ChannelBatch> outlet : outlets.values()) {
            try {
                how.accept(outlet);
            } catch (IllegalStateException ignored) {
                // It has ended already, by another channel's end or from downstream.
            }
        }
    }

    /** One poll; false when there is nothing more to read. */
    private boolean round(EventBatch batch) {
        boolean last = draining;
        boolean marked = marking;
        int bytes = rings.poll(batch.slab());
        lastPollAt = System.nanoTime();
        waitingBytes = waitingInRings();
        long watermark = rings.watermarkNanos();
        if (bytes > 0 || ((unsettled || marked) && watermark > handedWatermark)) {
            if (marked && bytes == 0) {
                marking = false;
            }
            unsettled = bytes > 0;
            idlePolls = 0;
            batch.watermark(watermark);
            handedWatermark = watermark;
            return hand(batch) && rest();
        }
        batch.release();
        idlePolls++;
        return !last && rest();
    }

    private boolean hand(EventBatch batch) {
        for (int i = 0; i < channels.size(); i++) {
            ChannelBatch part = new ChannelBatch(channels.get(i), batch, rings.start(i), rings.end(i));
            BoundedSourceQueue<ChannelBatch> outlet = outlets.get(channels.get(i));
            if (outlet == null || outlet.offer(part) != QueueOfferResult.enqueued()) {
                failure = "the stream behind channel " + channels.get(i).label() + " has ended";
                return false;
            }
        }
        return true;
    }

    private long waitingInRings() {
        long waiting = 0;
        for (int i = 0; i < channels.size(); i++) {
            waiting += rings.waitingBytes(i);
        }
        return waiting;
    }

    /** Lets events gather, as a large batch costs less per event; how long depends on recent traffic. */
    private boolean rest() {
        if (waitingBytes > 0 || draining) {
            return true;
        }
        if (idlePolls < settings.pollsBeforeSleep()) {
            rings.doze(settings.pollInterval().toMillis());
        } else {
            rings.await(settings.sleep().toMillis());
        }
        return true;
    }
}
