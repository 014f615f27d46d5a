package io.kyanos.protocol.nats;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.record.Unanswered;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Pairs requests with the first answer to their reply subject; further answers, publications and deliveries are one-way.
 * What the protocol itself answers (PING, and of verbose clients every line) is paired in order. Not thread-safe.
 */
/*
 * CONNECT: only verbose clients are told that it was accepted. Others send a PING behind it, whose PONG shows the same; an
 * error that comes before it is the answer to CONNECT.
 *
 * Early answers: a client that writes and reads in two threads may be seen to read an answer before it is seen to have
 * written the request, so a few deliveries to inboxes are kept back until they are known to be nobody's answer.
 */
final class NatsMatcher implements Matcher {

    static final int MAX_WAITING = 65_536;
    private static final int MAX_EARLY = 16;
    private static final int MAX_ANSWERED = 256;
    private static final int MAX_PINGS = 64;

    private final NatsConversation conversation;
    private final InOrderMatcher inOrder = new InOrderMatcher(MAX_WAITING);
    private final Acknowledged acknowledged = new Acknowledged();
    private final Long2ObjectLinkedOpenHashMap<Waiting> waiting = new Long2ObjectLinkedOpenHashMap<>(4);
    private final Long2ObjectLinkedOpenHashMap<FramedMessage> early = new Long2ObjectLinkedOpenHashMap<>(4);
    private final LongLinkedOpenHashSet answered = new LongLinkedOpenHashSet(4);
    private final ArrayDeque<FramedMessage> pings = new ArrayDeque<>(2);
    private @Nullable FramedMessage connect;
    private long losses;

    /** @param losses how often answers had been lost before the request was sent */
    private record Waiting(FramedMessage request, long losses) {}

    NatsMatcher(NatsConversation conversation) {
        this.conversation = conversation;
    }

    boolean isWaiting(long key) {
        return waiting.containsKey(key);
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        NatsMessage message = (NatsMessage) request.message();
        boolean waits = message.kind() == NatsMessage.Kind.REQUEST && message.isAwaited();
        if (waits) {
            await(message.key(), request, exchanges);
        }
        if (conversation.verbose) {
            inOrder.request(request, acknowledged.before(exchanges));
        } else if (message.kind() == NatsMessage.Kind.PING) {
            ask(request, exchanges);
        } else {
            giveConnect(exchanges);
            if (message.kind() == NatsMessage.Kind.CONNECT) {
                connect = request;
            } else if (!waits) {
                exchanges.oneWay(request);
            }
        }
    }

    private void ask(FramedMessage ping, Exchanges exchanges) {
        if (pings.size() == MAX_PINGS) {
            exchanges.unanswered(pings.remove(), Unanswered.TIMEOUT);
        }
        pings.add(ping);
    }

    private void await(long key, FramedMessage request, Exchanges exchanges) {
        FramedMessage answer = early.remove(key);
        if (answer != null) {
            exchanges.answered(request, answer);
            remember(key);
            return;
        }
        Waiting before = waiting.putAndMoveToLast(key, new Waiting(request, losses));
        if (before != null) {
            exchanges.unanswered(before.request(), reason(before, Unanswered.TIMEOUT));
        } else if (waiting.size() > MAX_WAITING) {
            Waiting oldest = waiting.removeFirst();
            exchanges.unanswered(oldest.request(), reason(oldest, Unanswered.TIMEOUT));
        }
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        NatsMessage message = (NatsMessage) response.message();
        switch (message.kind()) {
            case ANSWER -> {
                Waiting asked = waiting.remove(message.key());
                if (asked == null) {
                    exchanges.oneWay(response);
                } else {
                    remember(message.key());
                    exchanges.answered(asked.request(), asked.losses() < losses ? doubtful(response) : response);
                }
            }
            case DELIVERY -> deliver(message.key(), response, exchanges);
            case ERROR -> fail(response, exchanges);
            default -> {
                giveConnect(exchanges);
                FramedMessage ping = conversation.verbose ? null : pings.poll();
                if (ping != null) {
                    exchanges.answered(ping, response);
                } else {
                    inOrder.response(response, acknowledged.before(exchanges));
                }
            }
        }
    }

    /** An earlier answer may have been lost. */
    private static FramedMessage doubtful(FramedMessage answer) {
        return new FramedMessage(
                answer.message(),
                answer.start(),
                answer.end(),
                true,
                answer.firstEnteredAt(),
                answer.firstExitedAt(),
                answer.lastExitedAt(),
                answer.calls());
    }

    private void deliver(long key, FramedMessage delivery, Exchanges exchanges) {
        if (key == 0 || answered.contains(key)) {
            exchanges.oneWay(delivery);
            return;
        }
        FramedMessage before = early.putAndMoveToLast(key, delivery);
        if (before != null) {
            exchanges.oneWay(before);
        } else if (early.size() > MAX_EARLY) {
            giveEarly(exchanges);
        }
    }

    private void remember(long key) {
        answered.addAndMoveToLast(key);
        if (answered.size() > MAX_ANSWERED) {
            answered.removeFirstLong();
        }
    }

    private void fail(FramedMessage error, Exchanges exchanges) {
        FramedMessage connecting = connect;
        if (conversation.verbose && inOrder.waiting() > 0) {
            inOrder.response(error, acknowledged.before(exchanges));
        } else if (connecting != null) {
            connect = null;
            exchanges.answered(connecting, error);
        } else if (((NatsMessage) error.message()).refusesConnection()) {
            exchanges.unmatched(error);
        } else {
            exchanges.oneWay(error);
        }
    }

    private void giveConnect(Exchanges exchanges) {
        FramedMessage connecting = connect;
        if (connecting != null) {
            connect = null;
            exchanges.oneWay(connecting);
        }
    }

    /** Nobody has asked for it; or the request was lost. */
    private void giveEarly(Exchanges exchanges) {
        FramedMessage delivery = early.removeFirst();
        if (conversation.subscriptions.isComplete()) {
            exchanges.oneWay(delivery);
        } else {
            exchanges.unmatched(delivery);
        }
    }

    private void giveUpPings(Unanswered reason, Exchanges exchanges) {
        while (!pings.isEmpty()) {
            exchanges.unanswered(pings.remove(), reason);
        }
    }

    @Override
    public void requestsLost(Exchanges exchanges) {
        giveUpPings(Unanswered.CAPTURE_LOSS, exchanges);
        inOrder.requestsLost(acknowledged.before(exchanges));
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        losses++;
        FramedMessage connecting = connect;
        if (connecting != null) {
            connect = null;
            exchanges.unanswered(connecting, Unanswered.CAPTURE_LOSS);
        }
        giveUpPings(Unanswered.CAPTURE_LOSS, exchanges);
        inOrder.responsesLost(acknowledged.before(exchanges));
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        FramedMessage connecting = connect;
        if (connecting != null) {
            connect = null;
            exchanges.unanswered(connecting, reason);
        }
        while (!early.isEmpty()) {
            giveEarly(exchanges);
        }
        giveUpPings(reason, exchanges);
        inOrder.ended(reason, acknowledged.before(exchanges));
        while (!waiting.isEmpty()) {
            Waiting oldest = waiting.removeFirst();
            exchanges.unanswered(oldest.request(), reason(oldest, reason));
        }
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        while (!early.isEmpty() && early.get(early.firstLongKey()).lastExitedAt() < deadline) {
            giveEarly(exchanges);
        }
        while (!pings.isEmpty() && pings.element().lastExitedAt() < deadline) {
            exchanges.unanswered(pings.remove(), reason);
        }
        while (!waiting.isEmpty()
                && waiting.get(waiting.firstLongKey()).request().lastExitedAt() < deadline) {
            Waiting oldest = waiting.removeFirst();
            exchanges.unanswered(oldest.request(), reason(oldest, reason));
        }
        inOrder.timedOut(deadline, reason, acknowledged.before(exchanges));
    }

    @Override
    public int waiting() {
        return inOrder.waiting() + waiting.size() + early.size() + pings.size() + (connect == null ? 0 : 1);
    }

    private Unanswered reason(Waiting of, Unanswered otherwise) {
        return of.losses() < losses ? Unanswered.CAPTURE_LOSS : otherwise;
    }

    /**
     * Stands between the pairs in order and whoever receives them: what has been accepted and still waits for its answer is
     * not answered by that.
     */
    private final class Acknowledged implements Exchanges {

        private Exchanges out = this;

        Exchanges before(Exchanges exchanges) {
            out = exchanges;
            return this;
        }

        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            if (!isRequest(request)) {
                out.answered(request, response);
                return;
            }
            NatsMessage message = (NatsMessage) request.message();
            Waiting waits = waiting.get(message.key());
            if (((NatsMessage) response.message()).kind() == NatsMessage.Kind.ERROR
                    && waits != null
                    && waits.request().equals(request)) {
                waiting.remove(message.key());
                out.answered(request, response);
            }
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            if (!isRequest(request)) {
                out.unanswered(request, reason);
            }
        }

        @Override
        public void oneWay(FramedMessage message) {
            out.oneWay(message);
        }

        @Override
        public void unmatched(FramedMessage response) {
            out.unmatched(response);
        }

        private static boolean isRequest(FramedMessage request) {
            NatsMessage message = (NatsMessage) request.message();
            return message.kind() == NatsMessage.Kind.REQUEST && message.isAwaited();
        }
    }
}
