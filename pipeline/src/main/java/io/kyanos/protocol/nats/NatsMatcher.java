package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByIdMatcher;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.nats.NatsMessage.Kind;
import io.kyanos.record.Message;
import io.kyanos.record.Unanswered;
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
 * Requests of verbose clients wait twice: for what accepts them, in order, which makes no record, and for their answer.
 */
final class NatsMatcher implements Matcher {

    static final int MAX_WAITING = 65_536;
    private static final int MAX_PINGS = 64;

    private final NatsConversation conversation;
    private final ByIdMatcher byReply = new ByIdMatcher(MAX_WAITING, new Replies());
    private final InOrderMatcher inOrder = new InOrderMatcher(MAX_WAITING);
    private final EarlyAnswers early = new EarlyAnswers();
    private final Acceptances acceptances = new Acceptances();
    private final ArrayDeque<FramedMessage> pings = new ArrayDeque<>(2);
    private @Nullable FramedMessage connect;

    private static final class Replies implements ByIdMatcher.Ids {

        @Override
        public long of(Message message) {
            return ((NatsMessage) message).key();
        }

        @Override
        public boolean isAnsweredOften() {
            return true;
        }
    }

    NatsMatcher(NatsConversation conversation) {
        this.conversation = conversation;
    }

    boolean isWaiting(long key) {
        return byReply.waitingFor(key) != null;
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        NatsMessage message = (NatsMessage) request.message();
        if (message.isAwaited()) {
            await(message.key(), request, exchanges);
        }
        if (conversation.verbose) {
            inOrder.request(request, acceptances.before(exchanges));
            return;
        }
        if (message.kind() == Kind.PING) {
            ask(request, exchanges);
            return;
        }
        endConnect(exchanges);
        if (message.kind() == Kind.CONNECT) {
            connect = request;
        } else if (!message.isAwaited()) {
            exchanges.oneWay(request);
        }
    }

    private void ask(FramedMessage ping, Exchanges exchanges) {
        if (pings.size() == MAX_PINGS) {
            exchanges.unanswered(pings.remove(), Unanswered.TIMEOUT);
        }
        pings.add(ping);
    }

    private void await(long key, FramedMessage request, Exchanges exchanges) {
        FramedMessage answer = early.take(key);
        if (answer == null) {
            byReply.request(request, exchanges);
        } else {
            early.answered(key);
            exchanges.answered(request, answer);
        }
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        NatsMessage message = (NatsMessage) response.message();
        switch (message.kind()) {
            case ANSWER -> {
                if (isWaiting(message.key())) {
                    early.answered(message.key());
                    byReply.response(response, exchanges);
                } else {
                    exchanges.oneWay(response);
                }
            }
            case DELIVERY -> {
                FramedMessage delivery = message.key() == 0 ? response : early.keep(message.key(), response);
                if (delivery != null) {
                    exchanges.oneWay(delivery);
                }
                giveUpEarly(Long.MIN_VALUE, exchanges);
            }
            case ERROR -> fail(response, message, exchanges);
            default -> {
                endConnect(exchanges);
                FramedMessage ping = conversation.verbose ? null : pings.poll();
                if (ping != null) {
                    exchanges.answered(ping, response);
                } else {
                    inOrder.response(response, acceptances.before(exchanges));
                }
            }
        }
    }

    private void fail(FramedMessage error, NatsMessage message, Exchanges exchanges) {
        if (conversation.verbose && inOrder.waiting() > 0) {
            inOrder.response(error, acceptances.before(exchanges));
            return;
        }
        FramedMessage refused = takeConnect();
        if (refused != null) {
            exchanges.answered(refused, error);
        } else if (message.refusesConnection()) {
            exchanges.unmatched(error);
        } else {
            exchanges.oneWay(error);
        }
    }

    private @Nullable FramedMessage takeConnect() {
        FramedMessage connecting = connect;
        connect = null;
        return connecting;
    }

    private void endConnect(Exchanges exchanges) {
        FramedMessage accepted = takeConnect();
        if (accepted != null) {
            exchanges.oneWay(accepted);
        }
    }

    private void giveUpConnect(Unanswered reason, Exchanges exchanges) {
        FramedMessage unanswered = takeConnect();
        if (unanswered != null) {
            exchanges.unanswered(unanswered, reason);
        }
    }

    /** Nobody has asked for those; or the request was lost. */
    private void giveUpEarly(long deadline, Exchanges exchanges) {
        for (FramedMessage each = early.poll(deadline); each != null; each = early.poll(deadline)) {
            if (conversation.subscriptions.isComplete()) {
                exchanges.oneWay(each);
            } else {
                exchanges.unmatched(each);
            }
        }
    }

    /** Not left to what pairs in order, which would hold them back after a loss. */
    private void giveUpPings(long deadline, Unanswered reason, Exchanges exchanges) {
        while (!pings.isEmpty() && pings.element().lastExitedAt() < deadline) {
            exchanges.unanswered(pings.remove(), reason);
        }
    }

    @Override
    public void requestsLost(Exchanges exchanges) {
        giveUpPings(Long.MAX_VALUE, Unanswered.CAPTURE_LOSS, exchanges);
        inOrder.requestsLost(acceptances.before(exchanges));
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        giveUpConnect(Unanswered.CAPTURE_LOSS, exchanges);
        giveUpPings(Long.MAX_VALUE, Unanswered.CAPTURE_LOSS, exchanges);
        byReply.responsesLost(exchanges);
        inOrder.responsesLost(acceptances.before(exchanges));
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        giveUpConnect(reason, exchanges);
        giveUpEarly(Long.MAX_VALUE, exchanges);
        giveUpPings(Long.MAX_VALUE, reason, exchanges);
        inOrder.ended(reason, acceptances.before(exchanges));
        byReply.ended(reason, exchanges);
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        giveUpEarly(deadline, exchanges);
        giveUpPings(deadline, reason, exchanges);
        byReply.timedOut(deadline, reason, exchanges);
        inOrder.timedOut(deadline, reason, acceptances.before(exchanges));
    }

    @Override
    public int waiting() {
        return inOrder.waiting() + pings.size() + byReply.waiting() + early.size() + (connect == null ? 0 : 1);
    }

    /** Stands between the pairs in order and whoever receives them: what accepts a request does not answer it. */
    private final class Acceptances implements Exchanges {

        private Exchanges out = this;

        Acceptances before(Exchanges exchanges) {
            out = exchanges;
            return this;
        }

        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            NatsMessage message = (NatsMessage) request.message();
            if (!message.isAwaited()) {
                out.answered(request, response);
            } else if (((NatsMessage) response.message()).kind() == Kind.ERROR
                    && request.equals(byReply.waitingFor(message.key()))) {
                byReply.take(message.key());
                out.answered(request, response);
            }
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            if (!((NatsMessage) request.message()).isAwaited()) {
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
    }
}
