package io.kyanos.protocol.nats;

import io.kyanos.protocol.FramedMessage;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries to inboxes that no request is known to have asked for: a client that writes and reads in two threads may be
 * seen to read an answer before it is seen to have written the request. The few latest are kept back, unless their inbox
 * was answered before. Not thread-safe.
 */
final class EarlyAnswers {

    private static final int MOST = 16;
    private static final int MAX_ANSWERED = 256;

    private final Long2ObjectLinkedOpenHashMap<FramedMessage> byInbox = new Long2ObjectLinkedOpenHashMap<>(4);
    private final LongLinkedOpenHashSet answered = new LongLinkedOpenHashSet(4);

    /** The answer to the request that has come now, which is kept back no longer; null if there is none. */
    @Nullable
    FramedMessage take(long inbox) {
        return byInbox.remove(inbox);
    }

    /** Further deliveries to this inbox are no answers. */
    void answered(long inbox) {
        answered.addAndMoveToLast(inbox);
        if (answered.size() > MAX_ANSWERED) {
            answered.removeFirstLong();
        }
    }

    /** Keeps a delivery back; returns one that is another than the first one to its inbox, or null. */
    @Nullable
    FramedMessage keep(long inbox, FramedMessage delivery) {
        return answered.contains(inbox) ? delivery : byInbox.putAndMoveToLast(inbox, delivery);
    }

    /** The oldest if it came before {@code deadline}, or if they are too many; else null. */
    @Nullable
    FramedMessage poll(long deadline) {
        boolean isDue = byInbox.size() > MOST
                || (!byInbox.isEmpty() && byInbox.get(byInbox.firstLongKey()).lastExitedAt() < deadline);
        return isDue ? byInbox.removeFirst() : null;
    }

    int size() {
        return byInbox.size();
    }
}
