package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.record.Outcome;
import io.kyanos.record.Unanswered;
import org.jspecify.annotations.Nullable;

/**
 * Pairs by what is asked: each request knows where its answer ends, and a Sync behind it that ReadyForQuery ends it. Holds at
 * most {@code maxWaiting} requests. Not thread-safe; allocates only while it grows.
 */
/*
 * Skipping: after an error the server reads on without a word up to the next Sync. What was asked until then is answered by its
 * ReadyForQuery, as skipped.
 *
 * Losses: what is lost hides an unknown number of messages, so all that waits is given up. A request is paired again when the
 * server has said ReadyForQuery since, and nothing after it: to most clients nothing else can be under way then. Of a client
 * that has been seen to ask before it was answered that holds only after a silence.
 *
 * Time-outs: a request given out keeps its place, as its answer may come yet.
 */
final class PostgresqlMatcher implements Matcher {

    /** How far the responses have been understood. */
    interface Responses {

        /** Whether the last that the server said was ReadyForQuery. */
        boolean isReady();

        /** How often it has said so. */
        long readies();
    }

    private static final long QUIET_NANOS = 1_000_000_000L;
    private static final int FIRST_CAPACITY = 4;

    private static final int SYNCED = 1;
    private static final int GIVEN_OUT = 2;

    private final int maxWaiting;
    private final Responses responses;

    private @Nullable FramedMessage[] slots = new FramedMessage[0];
    private byte[] flags = {};
    private int head;
    private int size;
    private int givenOut;

    private boolean blind;
    private long readiesAtLoss;
    private boolean isAnswering;
    private boolean failed;
    private boolean responded;
    private boolean overlaps;
    private long lastActivity = Long.MIN_VALUE;

    PostgresqlMatcher(int maxWaiting, Responses responses) {
        this.maxWaiting = maxWaiting;
        this.responses = responses;
    }

    /** The request that the next response answers, or null if that is not known. */
    @Nullable
    PostgresqlRequest awaited() {
        FramedMessage oldest = size == 0 ? null : slots[head];
        return oldest != null && oldest.message() instanceof PostgresqlRequest request ? request : null;
    }

    /** Whether ReadyForQuery ends the answer to what is {@link #awaited}. */
    boolean isAwaitedSynced() {
        return size > 0 && (flags[head] & SYNCED) != 0;
    }

    /** A Sync stands behind the latest request. */
    void syncFollows() {
        if (size > 0) {
            flags[index(size - 1)] |= SYNCED;
        }
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        if (request.message().outcome() == Outcome.ONE_WAY) {
            exchanges.oneWay(request);
            return;
        }
        boolean isQuiet = lastActivity != Long.MIN_VALUE && request.firstEnteredAt() - lastActivity >= QUIET_NANOS;
        lastActivity = Math.max(lastActivity, request.lastExitedAt());
        overlaps |= responded && size > 0;
        responded = false;
        if (blind) {
            boolean isReady = responses.isReady() && responses.readies() > readiesAtLoss;
            if (!isReady || (overlaps && !isQuiet)) {
                exchanges.unanswered(request, Unanswered.CAPTURE_LOSS);
                return;
            }
            blind = false;
        }
        if (size == maxWaiting) {
            giveUp(Unanswered.CAPTURE_LOSS, exchanges);
            lose();
            exchanges.unanswered(request, Unanswered.CAPTURE_LOSS);
            return;
        }
        add(request);
        if (request.message() instanceof PostgresqlRequest asked) {
            boolean isSynced = switch (asked.kind()) {
                case QUERY, FUNCTION, SYNC, STARTUP -> true;
                case PREPARE -> asked.replies() == PostgresqlRequest.UP_TO_READY;
                case EXECUTE, SSL, GSS, CANCEL -> false;
            };
            if (isSynced) {
                syncFollows();
            }
        }
    }

    @Override
    public void responseBegins(Exchanges exchanges) {
        isAnswering = size > 0;
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        if (response.message().outcome() == Outcome.ONE_WAY) {
            exchanges.oneWay(response);
            return;
        }
        lastActivity = Math.max(lastActivity, response.lastExitedAt());
        responded = true;
        isAnswering = false;
        if (size == 0 || !(response.message() instanceof PostgresqlResponse answer)) {
            exchanges.unmatched(response);
            failed = false;
            return;
        }
        if (answer.isReadyAlone()) {
            ready(response, exchanges);
            return;
        }
        boolean isEnd = isAwaitedSynced();
        answer(response, exchanges);
        failed = answer.answered().isError() && !isEnd;
    }

    private void ready(FramedMessage ready, Exchanges exchanges) {
        boolean hasFailed = failed;
        failed = false;
        boolean isEnd = false;
        while (size > 0 && !isEnd) {
            isEnd = isAwaitedSynced();
            PostgresqlRequest asked = awaited();
            PostgresqlRequest.Kind kind = asked == null ? PostgresqlRequest.Kind.EXECUTE : asked.kind();
            boolean isSync = kind == PostgresqlRequest.Kind.SYNC;
            if (isSync || (isEnd && !hasFailed && kind != PostgresqlRequest.Kind.EXECUTE)) {
                answer(ready, exchanges);
            } else if (hasFailed) {
                answer(skipped(ready), exchanges);
            } else {
                unanswered(Unanswered.CAPTURE_LOSS, exchanges);
            }
        }
    }

    private static FramedMessage skipped(FramedMessage ready) {
        return new FramedMessage(
                PostgresqlResponse.skipped(ready.message().wireBytes()),
                ready.start(),
                ready.end(),
                ready.truncated(),
                ready.firstEnteredAt(),
                ready.firstExitedAt(),
                ready.lastExitedAt(),
                ready.calls());
    }

    @Override
    public void requestsLost(Exchanges exchanges) {
        giveUp(Unanswered.CAPTURE_LOSS, exchanges);
        lose();
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        boolean wasBlind = blind;
        long readies = readiesAtLoss;
        giveUp(Unanswered.CAPTURE_LOSS, exchanges);
        lose();
        // What the responses have said since is theirs to know.
        readiesAtLoss = wasBlind ? readies : -1;
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        giveUp(reason, exchanges);
        isAnswering = false;
        failed = false;
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        for (int i = isAnswering ? 1 : 0; i < size; i++) {
            FramedMessage request = slots[index(i)];
            if (request == null || request.lastExitedAt() >= deadline) {
                return;
            }
            if ((flags[index(i)] & GIVEN_OUT) == 0) {
                flags[index(i)] |= GIVEN_OUT;
                givenOut++;
                exchanges.unanswered(request, reason);
            }
        }
    }

    @Override
    public int waiting() {
        return size - givenOut;
    }

    private void lose() {
        blind = true;
        readiesAtLoss = responses.readies();
        isAnswering = false;
        failed = false;
    }

    private void giveUp(Unanswered reason, Exchanges exchanges) {
        while (size > 0) {
            unanswered(reason, exchanges);
        }
    }

    private void answer(FramedMessage response, Exchanges exchanges) {
        boolean isKnown = (flags[head] & GIVEN_OUT) != 0;
        FramedMessage request = poll();
        if (isKnown) {
            exchanges.unmatched(response);
        } else {
            exchanges.answered(request, response);
        }
    }

    private void unanswered(Unanswered reason, Exchanges exchanges) {
        boolean isKnown = (flags[head] & GIVEN_OUT) != 0;
        FramedMessage request = poll();
        if (!isKnown) {
            exchanges.unanswered(request, reason);
        }
    }

    private void add(FramedMessage request) {
        if (size == slots.length) {
            grow();
        }
        slots[index(size)] = request;
        flags[index(size)] = 0;
        size++;
    }

    private FramedMessage poll() {
        FramedMessage oldest = slots[head];
        if (oldest == null) {
            throw new IllegalStateException("nothing waits");
        }
        givenOut -= (flags[head] & GIVEN_OUT) != 0 ? 1 : 0;
        slots[head] = null;
        head = index(1);
        size--;
        return oldest;
    }

    private int index(int place) {
        return (head + place) & (slots.length - 1);
    }

    private void grow() {
        int capacity = Math.max(FIRST_CAPACITY, slots.length * 2);
        @Nullable FramedMessage[] larger = new FramedMessage[capacity];
        byte[] largerFlags = new byte[capacity];
        for (int i = 0; i < size; i++) {
            larger[i] = slots[index(i)];
            largerFlags[i] = flags[index(i)];
        }
        slots = larger;
        flags = largerFlags;
        head = 0;
    }
}
