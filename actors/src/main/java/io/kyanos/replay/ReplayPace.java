package io.kyanos.replay;

import io.kyanos.actor.Credit;
import io.kyanos.actor.Pace;
import io.kyanos.actor.RecordGathering;
import io.kyanos.event.EventBatch;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Batch by batch: the next one comes when every connection is done with the current one and its records have found room. So
 * whatever depends on the order of connections is decided at the same places in every run, however many threads there are.
 */
public final class ReplayPace implements Pace {

    private final Credit credit;
    private final RecordGathering records;
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
     * @param records of the connections, on their way to {@code order}
     * @param whenBegun gets each batch before its connections do
     * @param whenSettled runs when all connections are done with one batch and none has the next
     * @param tickNanos how far the events' clock advances before all connections get the time
     */
    public ReplayPace(
            Credit credit,
            RecordGathering records,
            RecordOrder order,
            Consumer<EventBatch> whenBegun,
            Runnable whenSettled,
            long tickNanos) {
        this.credit = credit;
        this.records = records;
        this.order = order;
        this.whenBegun = whenBegun;
        this.whenSettled = whenSettled;
        this.tickNanos = tickNanos;
    }

    @Override
    public OptionalLong begins(EventBatch batch, long watermark) {
        settled = false;
        whenBegun.accept(batch);
        if (watermark - lastTick < tickNanos) {
            return OptionalLong.empty();
        }
        lastTick = watermark;
        return OptionalLong.of(watermark);
    }

    @Override
    public boolean goesOn() {
        if (!credit.isWhole()) {
            return false;
        }
        if (!settled) {
            settled = true;
            whenSettled.run();
            records.handOn();
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
            records.handOn();
            order.settleAll();
        }
        return order.handOn();
    }
}
