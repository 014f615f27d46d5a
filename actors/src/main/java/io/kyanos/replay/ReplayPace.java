package io.kyanos.replay;

import io.kyanos.actor.Credit;
import io.kyanos.actor.Pace;
import io.kyanos.event.EventBatch;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Batch by batch: the next one comes when every connection is done with the current one and its records have found room. So
 * whatever depends on the order of connections is decided at the same places in every run, however many threads there are.
 */
public final class ReplayPace implements Pace {

    private final Credit credit;
    private final RecordOrder order;
    private final Consumer<EventBatch> whenBegun;
    private final Runnable whenSettled;
    private final long tickNanos;
    private long lastTick;
    private boolean settled;
    private boolean ended;

    /**
     * The pace of one replay.
     *
     * @param whenBegun gets each batch before its connections do
     * @param whenSettled runs when all connections are done with one batch and none has the next
     * @param tickNanos how far the events' clock advances before all connections get the time
     */
    public ReplayPace(
            Credit credit, RecordOrder order, Consumer<EventBatch> whenBegun, Runnable whenSettled, long tickNanos) {
        this.credit = credit;
        this.order = order;
        this.whenBegun = whenBegun;
        this.whenSettled = whenSettled;
        this.tickNanos = tickNanos;
    }

    @Override
    public OptionalLong begins(EventBatch batch, long watermark) {
        // Nothing counts as done before all of it has been delivered.
        credit.take(1);
        settled = false;
        whenBegun.accept(batch);
        if (watermark - lastTick < tickNanos) {
            return OptionalLong.empty();
        }
        lastTick = watermark;
        return OptionalLong.of(watermark);
    }

    @Override
    public void delivered() {
        credit.giveBack(1);
    }

    @Override
    public boolean goesOn() {
        if (!credit.isWhole()) {
            return false;
        }
        if (!settled) {
            settled = true;
            whenSettled.run();
            order.settle();
        }
        return order.handOn();
    }

    @Override
    public boolean mayFinish() {
        return goesOn();
    }

    @Override
    public OptionalLong finishes(long watermark) {
        return OptionalLong.of(watermark);
    }

    @Override
    public boolean mayEnd() {
        if (!ended) {
            ended = true;
            whenSettled.run();
            order.settleAll();
        }
        return order.handOn();
    }
}
