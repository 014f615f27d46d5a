package io.kyanos.protocol.redis;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.redis.RedisCommand.Special;
import io.kyanos.record.Outcome;
import io.kyanos.record.StepTime;
import io.kyanos.record.Unanswered;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Pairs in order, and keeps the commands of a transaction until their results are known: their answers are the elements
 * of the reply to EXEC, QUEUED is not an answer. Keeps at most {@link #MAX_QUEUED} of them; further ones go out at once
 * with that status. Not thread-safe.
 *
 * <p>After a loss it is unknown whether the kept commands were executed: they go out as unanswered.
 */
final class RedisMatcher implements Matcher {

    static final int MAX_QUEUED = 4096;

    private final InOrderMatcher inOrder;
    private final Transaction transaction = new Transaction();

    /** Subscriptions that are answered by pushes alone, and by nothing if they fail. */
    private final ArrayDeque<FramedMessage> pushed = new ArrayDeque<>(0);

    /** Among requests lost may have been one that switches replies off. */
    private boolean replyModeDoubtful;

    /** Requests since the last answered one may have been taken for others than they were. */
    private boolean requestsDoubtful;

    RedisMatcher(InOrderMatcher inOrder) {
        this.inOrder = inOrder;
    }

    /** Whether the requests that came since are answered depended on what the current response did not do. */
    void doubtRequests() {
        requestsDoubtful = true;
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        if (request.message() instanceof RedisMessage asked && asked.answer() == ReplyMode.Answer.PUSH) {
            if (pushed.size() == MAX_QUEUED) {
                exchanges.oneWay(pushed.remove());
            }
            pushed.add(request);
            return;
        }
        if (replyModeDoubtful && isReplyModeOn(request)) {
            // It is unknown which of the requests before it are answered at all.
            inOrder.requestsLost(transaction.before(exchanges));
            replyModeDoubtful = false;
        }
        inOrder.request(request, transaction.before(exchanges));
    }

    @Override
    public void responseBegins(Exchanges exchanges) {
        inOrder.responseBegins(transaction.before(exchanges));
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        RedisMessage confirmed = response.message() instanceof RedisMessage reply ? reply.confirmed() : null;
        if (confirmed != null) {
            confirm(confirmed, response, exchanges);
            return;
        }
        inOrder.response(response, transaction.before(exchanges));
        if (requestsDoubtful) {
            requestsDoubtful = false;
            inOrder.requestsLost(transaction);
            inOrder.responsesLost(transaction);
        }
    }

    private void confirm(RedisMessage confirmed, FramedMessage response, Exchanges exchanges) {
        while (!pushed.isEmpty()) {
            FramedMessage oldest = pushed.remove();
            if (oldest.message() == confirmed) {
                exchanges.answered(oldest, response);
                return;
            }
            // It has failed silently.
            exchanges.oneWay(oldest);
        }
        exchanges.unmatched(response);
    }

    private void givePushed(Exchanges exchanges) {
        while (!pushed.isEmpty()) {
            exchanges.oneWay(pushed.remove());
        }
    }

    @Override
    public void requestsLost(Exchanges exchanges) {
        transaction.before(exchanges).giveUp(Unanswered.CAPTURE_LOSS);
        inOrder.requestsLost(transaction);
        replyModeDoubtful = true;
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        transaction.before(exchanges).giveUp(Unanswered.CAPTURE_LOSS);
        inOrder.responsesLost(transaction);
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        givePushed(exchanges);
        inOrder.ended(reason, transaction.before(exchanges));
        if (reason == Unanswered.CLOSED || reason == Unanswered.RESET) {
            transaction.discard();
        } else {
            transaction.giveUp(reason);
        }
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        while (!pushed.isEmpty() && pushed.element().lastExitedAt() < deadline) {
            exchanges.oneWay(pushed.remove());
        }
        inOrder.timedOut(deadline, reason, transaction.before(exchanges));
    }

    @Override
    public int waiting() {
        return inOrder.waiting() + transaction.queued();
    }

    private static boolean isReplyModeOn(FramedMessage request) {
        return request.message() instanceof RedisMessage asked
                && asked.command().special() == Special.CLIENT_REPLY
                && asked.outcome() != Outcome.ONE_WAY;
    }

    /** The commands queued so far, standing between the pairs that are found and whoever receives them. */
    private static final class Transaction implements Exchanges {

        private final ArrayDeque<FramedMessage> requests = new ArrayDeque<>(0);
        private final ArrayDeque<FramedMessage> replies = new ArrayDeque<>(0);

        /** Commands queued after those that are kept. */
        private int unkept;

        private Exchanges out = this;

        Transaction before(Exchanges exchanges) {
            out = exchanges;
            return this;
        }

        int queued() {
            return requests.size();
        }

        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            if (request.message() instanceof RedisMessage asked && response.message() instanceof RedisMessage reply) {
                if (reply.replyStatus().equals(RedisReplyStatus.QUEUED)) {
                    queue(request, response);
                    return;
                }
                if (!requests.isEmpty()) {
                    settle(asked, reply, response);
                }
                RedisMessage.Results results = reply.results();
                if (results != null) {
                    boolean isExecution = asked.command().special() == Special.EXEC;
                    RedisMessage known = isExecution ? reply.asExecution(results) : reply.as(reply.replyStatus());
                    out.answered(request, with(known, response));
                    return;
                }
            } else if (request.message() instanceof RedisMessage asked
                    && asked.command().special() == Special.EXEC) {
                // The connection's end has cut the reply: what it had said of them is not known any more.
                giveUp(Unanswered.CLOSED);
            }
            out.answered(request, response);
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            if (request.message() instanceof RedisMessage asked
                    && endsTransaction(asked.command().special())) {
                giveUp(reason);
            }
            out.unanswered(request, reason);
        }

        @Override
        public void oneWay(FramedMessage message) {
            out.oneWay(message);
        }

        @Override
        public void unmatched(FramedMessage response) {
            out.unmatched(response);
        }

        private void queue(FramedMessage request, FramedMessage response) {
            if (requests.size() == MAX_QUEUED) {
                unkept++;
                out.answered(request, response);
            } else {
                requests.add(request);
                replies.add(response);
            }
        }

        private void settle(RedisMessage asked, RedisMessage reply, FramedMessage response) {
            Special special = asked.command().special();
            if (special == Special.EXEC) {
                executed(reply, response);
            } else if (special == Special.MULTI) {
                // Its first answer, or that to an end of the transaction, was lost; an error is that it was begun
                // before.
                if (!reply.replyStatus().isError()) {
                    giveUp(Unanswered.CAPTURE_LOSS);
                }
            } else if (endsTransaction(special) && !reply.replyStatus().isError()) {
                discard();
            }
        }

        private void executed(RedisMessage reply, FramedMessage response) {
            RedisMessage.Results results = reply.results();
            if (results == null) {
                boolean unknown = reply.replyStatus().equals(RedisReplyStatus.OK);
                if (unknown) {
                    giveUp(Unanswered.CAPTURE_LOSS);
                } else if (reply.replyStatus().equals(RedisReplyStatus.NIL)) {
                    discard();
                } else {
                    giveAll(reply.replyStatus().afterQueueing(), response);
                }
                return;
            }
            // Those at the beginning may have been given up after a loss.
            int first = results.count() - requests.size() - unkept;
            if (first < 0) {
                giveUp(Unanswered.CAPTURE_LOSS);
                return;
            }
            List<RedisReplyStatus> statuses = results.statuses();
            for (int i = first; i < statuses.size() && !requests.isEmpty(); i++) {
                if (statuses.get(i).equals(RedisReplyStatus.SILENT)) {
                    out.oneWay(requests.remove());
                    replies.remove();
                } else {
                    RedisReplyStatus result = statuses.get(i).afterQueueing();
                    out.answered(requests.remove(), after(replies.remove(), result, response));
                }
            }
            // The rest of the reply was lost.
            giveUp(Unanswered.CAPTURE_LOSS);
        }

        private void giveAll(RedisReplyStatus status, FramedMessage response) {
            while (!requests.isEmpty()) {
                out.answered(requests.remove(), after(replies.remove(), status, response));
            }
            unkept = 0;
        }

        /** None of them will be executed; their last word was QUEUED. */
        void discard() {
            while (!requests.isEmpty()) {
                FramedMessage reply = replies.remove();
                out.answered(requests.remove(), after(reply, RedisReplyStatus.DISCARDED, reply));
            }
            unkept = 0;
        }

        Transaction giveUp(Unanswered reason) {
            while (!requests.isEmpty()) {
                out.unanswered(requests.remove(), reason);
                out.unmatched(replies.remove());
            }
            unkept = 0;
            return this;
        }

        /** The reply to a queued command, once {@code last} has shown what it means. */
        private static FramedMessage after(FramedMessage queued, RedisReplyStatus status, FramedMessage last) {
            if (!(queued.message() instanceof RedisMessage reply)) {
                throw new IllegalStateException("queued by no reply of Redis: " + queued);
            }
            return new FramedMessage(
                    reply.as(status),
                    queued.start(),
                    queued.end(),
                    queued.truncated() || last.truncated(),
                    last.firstEnteredAt(),
                    last.firstExitedAt(),
                    last.lastExitedAt(),
                    calls(queued.calls(), last.calls()));
        }

        private static FramedMessage with(RedisMessage message, FramedMessage of) {
            return new FramedMessage(
                    message,
                    of.start(),
                    of.end(),
                    of.truncated(),
                    of.firstEnteredAt(),
                    of.firstExitedAt(),
                    of.lastExitedAt(),
                    of.calls());
        }

        private static List<StepTime> calls(List<StepTime> first, List<StepTime> last) {
            if (first.equals(last)) {
                return first;
            }
            List<StepTime> both = new ArrayList<>(first);
            both.addAll(last);
            return List.copyOf(both);
        }

        private static boolean endsTransaction(Special special) {
            return special == Special.EXEC
                    || special == Special.DISCARD
                    || special == Special.RESET
                    || special == Special.QUIT;
        }
    }
}
