package io.kyanos.replay;

import io.kyanos.actor.Pace;
import io.kyanos.event.EventBatch;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Batch by batch: the next one comes when every connection is done with the current one and the records that were due to leave
 * have found room. So
 * whatever depends on the order of connections is decided at the same places in every run, however many threads there are.
 */
public final class ReplayPace implements Pace {

    private final RecordOrder order;
    private final Consumer<EventBatch> whenBegun;
    private final Runnable whenSettled;
    private final long tickNanos;
    private final boolean live;
    private long watermark;
    private long lastTick;
    private boolean settled = true;
    private boolean ended;

    /**
     * The pace of one replay.
     *
     * @param order where the connections' records arrive
     * @param whenBegun gets each batch before its connections do
     * @param whenSettled runs when all connections are done with one batch and none has the next
     * @param tickNanos how far the events' clock advances before all connections get the time
     * @param live records leave with their batch, in order within it: nobody knows when the next one comes
     */
    public ReplayPace(
            RecordOrder order, Consumer<EventBatch> whenBegun, Runnable whenSettled, long tickNanos, boolean live) {
        this.order = order;
        this.whenBegun = whenBegun;
        this.whenSettled = whenSettled;
        this.tickNanos = tickNanos;
        this.live = live;
    }

    @Override
    public boolean isInSteps() {
        return true;
    }

    @Override
    public OptionalLong begins(EventBatch batch) {
        settled = false;
        whenBegun.accept(batch);
        long before = watermark;
        watermark = batch.watermark();
        if (before - lastTick < tickNanos) {
            return OptionalLong.empty();
        }
        lastTick = before;
        return OptionalLong.of(before);
    }

    /** While the connections are at work on this batch, the records of those before are put in order. */
    @Override
    public void delivered() {
        order.settle();
        order.handOn();
    }

    @Override
    public boolean goesOn() {
        if (!settled) {
            settled = true;
            whenSettled.run();
            order.takeIn();
            if (live && order.handOn()) {
                order.settleAll();
            }
        }
        return order.handOn();
    }

    @Override
    public OptionalLong finishes() {
        return OptionalLong.of(watermark);
    }

    @Override
    public boolean mayEnd() {
        if (!ended) {
            ended = true;
            whenSettled.run();
            order.takeIn();
            order.settleAll();
        }
        return order.handOn();
    }
}
