package io.kyanos.protocol;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.Unanswered;
import org.jspecify.annotations.Nullable;

/**
 * Pairs each response with the request of its id: the matcher of protocols whose answers come in any order. Holds at
 * most {@code maxWaiting} requests. Not thread-safe; grows by doubling, and allocates one small object for each request
 * that waits alongside another.
 *
 * <p>Messages of outcome {@link Outcome#ONE_WAY}, in either direction, go out at once and take no part in pairing.
 */
/*
 * Losses: a lost message takes its own exchange with it and no other, as no response can go to the wrong request. But
 * whatever waited when responses were lost may have been answered: if nothing more comes, that is the capture's loss; and
 * where a request may have several answers, what comes may be a later one, so it is as good as cut.
 *
 * Repetition: a request of an id that waits either asks the same again (datagrams get lost, so clients repeat them),
 * and is part of the exchange that waits, which began with its first request; or it asks something else, so the former
 * is no longer awaited. A server that got all the repetitions answers each of them: once the first answer has come, the
 * exchange stays, beyond its record, for as many answers more as there were repetitions.
 */
public final class ByIdMatcher implements Matcher {

    /** What a protocol knows of its ids. */
    public interface Ids {

        /** The id by which a request and its response are paired. */
        long of(Message message);

        /** Whether a response of a request's id may be its answer. */
        default boolean isAnswer(Message request, Message response) {
            return true;
        }

        /**
         * What becomes of a request that waits when another of its id comes: the same request, perhaps knowing that it was
         * repeated, or null if the later one asks something else.
         */
        default @Nullable Message repeated(Message waiting, Message later) {
            return null;
        }

        /** Whether a request may have several answers, of which the first one ends its exchange. */
        default boolean isAnsweredOften() {
            return false;
        }
    }

    private static final int FIRST_CAPACITY = 8;
    private static final @Nullable Entry[] NONE = new Entry[0];
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final int maxWaiting;
    private final Ids ids;
    private @Nullable Entry[] buckets = NONE;
    private @Nullable Entry oldest;
    private @Nullable Entry youngest;
    private @Nullable Entry spare;
    private int size;

    /** How many requests have come, now and when responses were last lost. */
    private long count;

    private long countAtLoss;

    /** A request, in the chain of its bucket and in the order of arrival. */
    private static final class Entry {
        long id;
        long number;

        @Nullable
        FramedMessage request;

        /** Answers that may come after the first one. */
        int repetitions;

        boolean answered;

        @Nullable
        Entry chain;

        @Nullable
        Entry older;

        @Nullable
        Entry younger;
    }

    public ByIdMatcher(int maxWaiting, Ids ids) {
        if (maxWaiting < 1) {
            throw new IllegalArgumentException("max waiting: " + maxWaiting + " (expected: >= 1)");
        }
        this.maxWaiting = maxWaiting;
        this.ids = ids;
    }

    /** The request that waits under this id; null if none does. */
    public @Nullable FramedMessage waitingFor(long id) {
        Entry entry = find(id);
        return entry == null || entry.answered ? null : entry.request;
    }

    /** Takes out the request that waits under this id, as something else has answered it; null if none does. */
    public @Nullable FramedMessage take(long id) {
        Entry entry = find(id);
        if (entry == null || entry.answered) {
            return null;
        }
        FramedMessage request = entry.request;
        remove(entry);
        entry.request = null;
        return request;
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        if (request.message().outcome() == Outcome.ONE_WAY) {
            exchanges.oneWay(request);
            return;
        }
        long id = ids.of(request.message());
        Entry same = find(id);
        if (same != null) {
            if (isRepetition(same, request, exchanges)) {
                return;
            }
            remove(same);
            giveOut(same, Unanswered.TIMEOUT, exchanges);
        }
        if (size == maxWaiting && oldest != null) {
            Entry first = oldest;
            remove(first);
            giveOut(first, Unanswered.CAPTURE_LOSS, exchanges);
        }
        add(id, request);
    }

    private boolean isRepetition(Entry same, FramedMessage later, Exchanges exchanges) {
        FramedMessage waiting = same.request;
        if (waiting == null || same.answered) {
            return false;
        }
        Message merged = ids.repeated(waiting.message(), later.message());
        if (merged == null) {
            return false;
        }
        same.repetitions++;
        if (merged != waiting.message()) {
            same.request = waiting.saying(merged);
        }
        exchanges.repeated(later);
        return true;
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        if (response.message().outcome() == Outcome.ONE_WAY) {
            exchanges.oneWay(response);
            return;
        }
        Entry entry = find(ids.of(response.message()));
        FramedMessage request = entry == null ? null : entry.request;
        if (entry == null || request == null || !ids.isAnswer(request.message(), response.message())) {
            exchanges.unmatched(response);
            return;
        }
        if (entry.answered) {
            entry.repetitions--;
            exchanges.repeated(response);
        } else {
            entry.answered = true;
            boolean isDoubtful = ids.isAnsweredOften() && entry.number <= countAtLoss;
            exchanges.answered(request, isDoubtful ? response.asTruncated() : response);
        }
        if (entry.repetitions == 0) {
            remove(entry);
            entry.request = null;
        }
    }

    /** Responses of lost requests find none. */
    @Override
    public void requestsLost(Exchanges exchanges) {}

    @Override
    public void responsesLost(Exchanges exchanges) {
        countAtLoss = count;
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        for (Entry entry = oldest; entry != null; entry = oldest) {
            remove(entry);
            giveOut(entry, reason, exchanges);
        }
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        Entry next;
        for (Entry entry = oldest; entry != null; entry = next) {
            next = entry.younger;
            if (isOverdue(entry, deadline)) {
                remove(entry);
                giveOut(entry, reason, exchanges);
            }
        }
    }

    private static boolean isOverdue(Entry entry, long deadline) {
        FramedMessage request = entry.request;
        return request == null
                || (request.lastExitedAt() < deadline
                        && request.message().patienceNanos() < deadline - request.lastExitedAt());
    }

    /** Also those that are answered and may be once more. */
    @Override
    public int waiting() {
        return size;
    }

    private void giveOut(Entry entry, Unanswered reason, Exchanges exchanges) {
        FramedMessage request = entry.request;
        entry.request = null;
        if (request != null && !entry.answered) {
            exchanges.unanswered(request, entry.number <= countAtLoss ? Unanswered.CAPTURE_LOSS : reason);
        }
    }

    private @Nullable Entry find(long id) {
        if (size == 0) {
            return null;
        }
        Entry entry = buckets[bucket(id)];
        while (entry != null && entry.id != id) {
            entry = entry.chain;
        }
        return entry;
    }

    private int bucket(long id) {
        return (int) ((id * GOLDEN_RATIO) >>> 32) & (buckets.length - 1);
    }

    private void add(long id, FramedMessage request) {
        if (size == buckets.length) {
            grow();
        }
        Entry entry = spare == null ? new Entry() : spare;
        spare = null;
        entry.id = id;
        entry.number = ++count;
        entry.request = request;
        entry.repetitions = 0;
        entry.answered = false;
        int bucket = bucket(id);
        entry.chain = buckets[bucket];
        buckets[bucket] = entry;
        entry.older = youngest;
        entry.younger = null;
        if (youngest == null) {
            oldest = entry;
        } else {
            youngest.younger = entry;
        }
        youngest = entry;
        size++;
    }

    /** Takes it out of chain and order; its request stays until it is used again. */
    private void remove(Entry entry) {
        int bucket = bucket(entry.id);
        Entry before = buckets[bucket];
        if (before == entry) {
            buckets[bucket] = entry.chain;
        } else {
            while (before != null && before.chain != entry) {
                before = before.chain;
            }
            if (before != null) {
                before.chain = entry.chain;
            }
        }
        if (entry.older == null) {
            oldest = entry.younger;
        } else {
            entry.older.younger = entry.younger;
        }
        if (entry.younger == null) {
            youngest = entry.older;
        } else {
            entry.younger.older = entry.older;
        }
        entry.chain = null;
        entry.older = null;
        entry.younger = null;
        spare = entry;
        size--;
    }

    private void grow() {
        buckets = new Entry[Math.max(FIRST_CAPACITY, 2 * buckets.length)];
        for (Entry entry = oldest; entry != null; entry = entry.younger) {
            int bucket = bucket(entry.id);
            entry.chain = buckets[bucket];
            buckets[bucket] = entry;
        }
    }
}
