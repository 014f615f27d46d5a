package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.connection.Loss;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Gathers the records of one router's connections, which move on together. What finds no room stays here, and the router asks
 * for no more events meanwhile: so it holds no more than what the events in flight have made. Thread-safe.
 */
public final class RecordGathering implements Consumer<TrafficRecord> {

    private final RecordOutlet outlet;
    private final Books books;
    private final BooleanSupplier discarding;
    private List<TrafficRecord> gathered = new ArrayList<>();

    /** Gathers for {@code outlet}; while {@code discarding}, records are counted and dropped. */
    public RecordGathering(RecordOutlet outlet, Books books, BooleanSupplier discarding) {
        this.outlet = outlet;
        this.books = books;
        this.discarding = discarding;
    }

    @Override
    public synchronized void accept(TrafficRecord record) {
        gathered.add(record);
    }

    /** Lets what has gathered move on; false if it finds no room. */
    public synchronized boolean handOn() {
        if (!gathered.isEmpty() && !offer()) {
            return false;
        }
        outlet.flush();
        return true;
    }

    private boolean offer() {
        if (discarding.getAsBoolean()) {
            books.drop(Loss.EMIT_STOPPED, gathered.size());
        } else {
            switch (outlet.offer(gathered)) {
                case FULL -> {
                    return false;
                }
                case ENDED -> books.drop(Loss.SINK_ENDED, gathered.size());
                case TAKEN -> {
                    // It owns the list from here on.
                }
            }
        }
        gathered = new ArrayList<>();
        return true;
    }

    /** As {@link #handOn}; if there is no room, {@code callback} runs once, on any thread, when there is. */
    public boolean handOn(Runnable callback) {
        if (handOn()) {
            return true;
        }
        outlet.whenRoom(callback);
        // Room may have arisen before the callback was in place.
        return handOn();
    }
}
