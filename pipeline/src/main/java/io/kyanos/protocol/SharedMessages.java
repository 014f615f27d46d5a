package io.kyanos.protocol;

import io.kyanos.record.Message;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are shared by all parsers that meet an equal one: most traffic repeats a few combinations of label and
 * size. Holds at most {@code SLOTS} messages, each in the slot of its hash, where the newest stays. Shared by all
 * connections of a protocol; thread-safe without locks, as messages are immutable.
 */
public final class SharedMessages<M extends Message> {

    private static final int SLOT_BITS = 11;
    private static final int SLOTS = 1 << SLOT_BITS;
    private static final int GOLDEN_RATIO = 0x9e3779b9;

    private final AtomicReferenceArray<@Nullable M> slots = new AtomicReferenceArray<>(SLOTS);

    /** The message in the slot of {@code hash}, if any; the caller must check whether it is equal. */
    public @Nullable M at(int hash) {
        return slots.getAcquire(slot(hash));
    }

    /** Puts a message into the slot of {@code hash} and returns it. */
    public M keep(int hash, M message) {
        slots.setRelease(slot(hash), message);
        return message;
    }

    private static int slot(int hash) {
        return (hash * GOLDEN_RATIO) >>> (Integer.SIZE - SLOT_BITS);
    }
}
