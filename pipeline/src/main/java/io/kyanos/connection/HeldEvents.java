package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Copies of the data events of a connection whose protocol is not yet known, in order of arrival. Holds at most
 * {@code capacity} bytes, and takes part in the budget of all connections. Not thread-safe.
 */
final class HeldEvents {

    private static final byte[] NOTHING = {};
    private static final int SMALLEST = 256;

    private final int capacity;
    private final MemoryBudget budget;
    private byte[] bytes = NOTHING;
    private int used;
    private int events;

    /** Where the next event that is replayed begins. */
    private int next;

    HeldEvents(int capacity, MemoryBudget budget) {
        this.capacity = capacity;
        this.budget = budget;
    }

    int events() {
        return events;
    }

    /** Copies an event; false, with nothing held, if the bound is reached. */
    boolean add(EventDecoder event) {
        int needed = used + Integer.BYTES + event.length();
        if (needed > capacity || !grow(needed)) {
            return false;
        }
        putInt(used, event.length());
        event.copyTo(bytes, used + Integer.BYTES);
        used = needed;
        events++;
        return true;
    }

    /**
     * Gives each event in order of arrival, then holds nothing. If that throws, another call goes on after the event at
     * which it did.
     *
     * @return how many events were held
     */
    int replay(Consumer<EventDecoder> to) {
        EventDecoder decoder = new EventDecoder();
        while (next < used) {
            int at = next + Integer.BYTES;
            int length = intAt(next);
            next = at + length;
            if (decoder.wrap(bytes, at, length)) {
                to.accept(decoder);
            }
        }
        int replayed = events;
        clear();
        return replayed;
    }

    void clear() {
        budget.giveBack(bytes.length);
        bytes = NOTHING;
        used = 0;
        next = 0;
        events = 0;
    }

    private boolean grow(int needed) {
        if (needed <= bytes.length) {
            return true;
        }
        int size = Math.min(capacity, Math.max(SMALLEST, Integer.highestOneBit(needed - 1) << 1));
        if (!budget.take(size - bytes.length)) {
            return false;
        }
        bytes = Arrays.copyOf(bytes, size);
        return true;
    }

    private void putInt(int at, int value) {
        bytes[at] = (byte) value;
        bytes[at + 1] = (byte) (value >>> 8);
        bytes[at + 2] = (byte) (value >>> 16);
        bytes[at + 3] = (byte) (value >>> 24);
    }

    private int intAt(int at) {
        return (bytes[at] & 0xff)
                | (bytes[at + 1] & 0xff) << 8
                | (bytes[at + 2] & 0xff) << 16
                | (bytes[at + 3] & 0xff) << 24;
    }
}
