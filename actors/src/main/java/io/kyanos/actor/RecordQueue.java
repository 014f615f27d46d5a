package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.jspecify.annotations.Nullable;

/**
 * The bounded queue between routers and the stream of records. What is offered gathers until {@link #flush}, or
 * until half of the queue is full, and then moves on as one element. Offering and flushing are thread-safe; the source
 * can be run once.
 */
/*
 * A stream that is woken for every few records spends most of its time going to sleep: a thread switch costs several microseconds,
 * a record a tenth of that.
 */
final class RecordQueue extends GraphStage<SourceShape<List<TrafficRecord>>> {

    private final Outlet<List<TrafficRecord>> outlet = Outlet.create("records");
    private final SourceShape<List<TrafficRecord>> shape = SourceShape.of(outlet);

    private final int capacity;
    private final Queue<List<TrafficRecord>> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waitingBatches = new AtomicInteger();
    private final AtomicBoolean wanted = new AtomicBoolean();
    private final Queue<Runnable> roomWanted = new ConcurrentLinkedQueue<>();

    private volatile @Nullable AsyncCallback<NotUsed> wake;
    private volatile boolean completing;
    private volatile boolean ended;

    RecordQueue(int batches) {
        capacity = batches;
    }

    RecordOutlet.Offer offer(List<TrafficRecord> batch) {
        if (completing || ended) {
            return RecordOutlet.Offer.ENDED;
        }
        int place = waitingBatches.incrementAndGet();
        if (place > capacity) {
            waitingBatches.decrementAndGet();
            flush();
            return RecordOutlet.Offer.FULL;
        }
        waiting.add(batch);
        if (place > capacity / 2) {
            flush();
        }
        return RecordOutlet.Offer.TAKEN;
    }

    /** Lets what waits move on as soon as the stream can take it. */
    void flush() {
        if (!waiting.isEmpty() && wanted.compareAndSet(false, true)) {
            wakeStage();
        }
    }

    /** Runs {@code callback} once, on any thread, when something has left, or when nothing will any more. Several may wait. */
    void whenRoom(Runnable callback) {
        roomWanted.add(callback);
        if (ended) {
            announceRoom();
        }
    }

    /** Nothing more is taken; what waits flows out, then the stream completes. */
    void complete() {
        completing = true;
        wakeStage();
    }

    private void announceRoom() {
        for (Runnable callback = roomWanted.poll(); callback != null; callback = roomWanted.poll()) {
            callback.run();
        }
    }

    /** Before the stage has started there is nothing to wake: its first demand looks at the queue anyway. */
    private void wakeStage() {
        AsyncCallback<NotUsed> callback = wake;
        if (callback != null) {
            callback.invoke(NotUsed.getInstance());
        }
    }

    @Override
    public SourceShape<List<TrafficRecord>> shape() {
        return shape;
    }

    @Override
    public GraphStageLogic createLogic(Attributes inheritedAttributes) {
        return new Logic();
    }

    private final class Logic extends GraphStageLogic {

        private Logic() {
            super(shape);
            setHandler(outlet, new AbstractOutHandler() {
                @Override
                public void onPull() {
                    handOn();
                }
            });
        }

        @Override
        public void preStart() {
            wake = createAsyncCallback(woken -> handOn());
        }

        @Override
        public void postStop() {
            ended = true;
            announceRoom();
        }

        private void handOn() {
            boolean due = isAvailable(outlet) && (wanted.getAndSet(false) || completing);
            if (due && !waiting.isEmpty()) {
                push(outlet, gather());
                announceRoom();
            }
            if (completing && waiting.isEmpty()) {
                completeStage();
            }
        }

        private List<TrafficRecord> gather() {
            List<TrafficRecord> first = take();
            if (waiting.isEmpty()) {
                return first;
            }
            List<TrafficRecord> gathered = new ArrayList<>(first);
            while (!waiting.isEmpty()) {
                gathered.addAll(take());
            }
            return gathered;
        }

        private List<TrafficRecord> take() {
            waitingBatches.decrementAndGet();
            return waiting.remove();
        }
    }
}
