package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Answer;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Kind;
import io.kyanos.protocol.postgresql.PostgresqlMessage.Request;
import io.kyanos.record.Details;
import io.kyanos.record.Outcome;
import io.kyanos.record.Unanswered;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Pairs by what is asked: each request knows where its answer ends, and a Sync behind it that ReadyForQuery ends it. Holds at
 * most {@link #MAX_WAITING} requests. Not thread-safe.
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

    static final int MAX_WAITING = 65_536;

    private static final long QUIET_NANOS = 1_000_000_000L;

    private static final class Waiting {

        final FramedMessage request;

        /** ReadyForQuery ends its answer. */
        boolean isSynced;

        boolean isGivenOut;

        Waiting(FramedMessage request) {
            this.request = request;
            isSynced = switch (asked().kind()) {
                case QUERY, FUNCTION, SYNC, STARTUP -> true;
                case PREPARE -> asked().replies == Request.UP_TO_READY;
                default -> false;
            };
        }

        Request asked() {
            return (Request) request.message();
        }
    }

    private final PostgresqlConversation conversation;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>(1);
    private int givenOut;

    /** The one whose answer has begun. */
    private @Nullable Waiting answering;

    /** Something was lost, and it has not shown since that nothing is under way. */
    private boolean isBlind;

    /** What the server has been asked since is skipped up to the next Sync. */
    private boolean isSkipping;

    private boolean hasAnswered;
    private boolean overlaps;
    private long lastActivity = Long.MIN_VALUE;

    PostgresqlMatcher(PostgresqlConversation conversation) {
        this.conversation = conversation;
    }

    /** The request that the next response answers, or null if that is not known. */
    @Nullable
    Request awaited() {
        Waiting oldest = waiting.peek();
        return oldest == null ? null : oldest.asked();
    }

    /** Whether ReadyForQuery ends the answer to what is {@link #awaited}. */
    boolean isAwaitedSynced() {
        Waiting oldest = waiting.peek();
        return oldest != null && oldest.isSynced;
    }

    /** A Sync stands behind the latest request. */
    void syncFollows() {
        Waiting latest = waiting.peekLast();
        if (latest != null) {
            latest.isSynced = true;
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
        overlaps |= hasAnswered && !waiting.isEmpty();
        hasAnswered = false;
        if (waiting.size() == MAX_WAITING) {
            conversation.isReady = false;
            lost(exchanges);
        }
        isBlind &= !conversation.isReady || (overlaps && !isQuiet);
        if (isBlind) {
            exchanges.unanswered(request, Unanswered.CAPTURE_LOSS);
        } else {
            waiting.add(new Waiting(request));
        }
    }

    @Override
    public void responseBegins(Exchanges exchanges) {
        answering = waiting.peek();
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        if (response.message().outcome() == Outcome.ONE_WAY) {
            exchanges.oneWay(response);
            return;
        }
        Answer answer = (Answer) response.message();
        lastActivity = Math.max(lastActivity, response.lastExitedAt());
        hasAnswered = true;
        answering = null;
        if (waiting.isEmpty()) {
            exchanges.unmatched(response);
            isSkipping = false;
        } else if (answer.kind() == Kind.READY) {
            ready(response, exchanges);
        } else {
            isSkipping = answer.said().isError() && !isAwaitedSynced();
            answered(response, exchanges);
        }
    }

    /** All up to the next Sync is over. */
    private void ready(FramedMessage ready, Exchanges exchanges) {
        boolean isEnd = false;
        while (!waiting.isEmpty() && !isEnd) {
            Waiting oldest = waiting.element();
            Kind kind = oldest.asked().kind();
            isEnd = oldest.isSynced;
            if (kind == Kind.SYNC || (isEnd && !isSkipping && kind != Kind.EXECUTE)) {
                answered(ready, exchanges);
            } else if (isSkipping) {
                answered(skipped(ready), exchanges);
            } else {
                unanswered(Unanswered.CAPTURE_LOSS, exchanges);
            }
        }
        isSkipping = false;
    }

    private static FramedMessage skipped(FramedMessage ready) {
        return ready.saying(new Answer(
                Kind.ANSWER, PostgresqlStatus.SKIPPED, ready.message().wireBytes(), Details.NONE));
    }

    private void answered(FramedMessage response, Exchanges exchanges) {
        Waiting oldest = waiting.remove();
        if (oldest.isGivenOut) {
            givenOut--;
            exchanges.unmatched(response);
        } else {
            exchanges.answered(oldest.request, response);
        }
    }

    private void unanswered(Unanswered reason, Exchanges exchanges) {
        Waiting oldest = waiting.remove();
        if (oldest.isGivenOut) {
            givenOut--;
        } else {
            exchanges.unanswered(oldest.request, reason);
        }
    }

    @Override
    public void requestsLost(Exchanges exchanges) {
        conversation.isReady = false;
        lost(exchanges);
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        lost(exchanges);
    }

    private void lost(Exchanges exchanges) {
        ended(Unanswered.CAPTURE_LOSS, exchanges);
        isBlind = true;
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        while (!waiting.isEmpty()) {
            unanswered(reason, exchanges);
        }
        answering = null;
        isSkipping = false;
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        for (Waiting one : waiting) {
            if (one.request.lastExitedAt() >= deadline) {
                return;
            }
            if (one != answering && !one.isGivenOut) {
                one.isGivenOut = true;
                givenOut++;
                exchanges.unanswered(one.request, reason);
            }
        }
    }

    @Override
    public int waiting() {
        return waiting.size() - givenOut;
    }
}
