package io.kyanos.replay;

import io.kyanos.actor.RecordHub;
import io.kyanos.actor.RecordOutlet;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/**
 * Puts the records of a replay in order: by the time at which they ended, then by connection, then as they arose in it.
 * Offering is thread-safe; all else belongs to one thread.
 */
/*
 * Cost: those who offer sort what they offer, each on its own thread; what has arrived is a few sorted runs, which a sort merges.
 *
 * Bound: at most maxWaiting records wait between two batches. When there are more, the earlier half moves on. A record that
 * comes later than others that ended after it (the end of a body may show only when its connection closes) moves on with the
 * next half: it is then out of order, yet in the same place in every run, as nothing here depends on time.
 */
public final class RecordOrder implements RecordOutlet {

    private static final int RECORDS_AT_ONCE = 512;

    private static final Comparator<TrafficRecord> BY_END = (one, other) -> {
        int byEnd = Long.compare(one.times().endedAt(), other.times().endedAt());
        return byEnd != 0
                ? byEnd
                : Long.compare(one.connection().generation(), other.connection().generation());
    };

    private final RecordHub hub;
    private final Predicate<TrafficRecord> wanted;
    private final Runnable whenRoom;
    private final int maxWaiting;
    private final Queue<List<TrafficRecord>> arrived = new ConcurrentLinkedQueue<>();
    private List<TrafficRecord> waiting = new ArrayList<>();
    private List<TrafficRecord> leaving = List.of();
    private int left;

    /**
     * An order with nothing in it.
     *
     * @param wanted of others it takes no notice
     * @param maxWaiting records that wait between two batches
     * @param whenRoom runs, on any thread, when {@link #handOn} is worth another try
     */
    public RecordOrder(RecordHub hub, Predicate<TrafficRecord> wanted, int maxWaiting, Runnable whenRoom) {
        this.hub = hub;
        this.wanted = wanted;
        this.maxWaiting = maxWaiting;
        this.whenRoom = whenRoom;
    }

    @Override
    public Offer offer(List<TrafficRecord> batch) {
        batch.removeIf(wanted.negate());
        batch.sort(BY_END);
        arrived.add(batch);
        return Offer.TAKEN;
    }

    @Override
    public void flush() {
        // Records move on when all of their batch have come.
    }

    @Override
    public void whenRoom(Runnable callback) {
        // There always is.
    }

    /** Takes in what has come since. While no connection is at work. */
    void takeIn() {
        for (List<TrafficRecord> batch = arrived.poll(); batch != null; batch = arrived.poll()) {
            waiting.addAll(batch);
        }
    }

    /** Chooses what leaves of what was taken in. What was chosen before must have left. */
    void settle() {
        if (waiting.size() > maxWaiting) {
            waiting.sort(BY_END);
            int count = waiting.size() - maxWaiting / 2;
            leaving = new ArrayList<>(waiting.subList(0, count));
            waiting = new ArrayList<>(waiting.subList(count, waiting.size()));
            left = 0;
        }
    }

    /** As {@link #settle}, and chooses everything. */
    void settleAll() {
        waiting.sort(BY_END);
        leaving = waiting;
        waiting = new ArrayList<>();
        left = 0;
    }

    /** Hands on what was chosen; false if not all found room. */
    boolean handOn() {
        while (left < leaving.size()) {
            int end = Math.min(leaving.size(), left + RECORDS_AT_ONCE);
            List<TrafficRecord> next = new ArrayList<>(leaving.subList(left, end));
            if (hub.offer(next) == Offer.FULL && !findsRoom(next)) {
                return false;
            }
            left = end;
        }
        if (!leaving.isEmpty()) {
            leaving = List.of();
            left = 0;
            hub.flush();
        }
        return true;
    }

    /** Room may arise before the callback is in place. */
    private boolean findsRoom(List<TrafficRecord> next) {
        hub.whenRoom(whenRoom);
        return hub.offer(next) != Offer.FULL;
    }
}
