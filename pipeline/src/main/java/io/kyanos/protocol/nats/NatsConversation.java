package io.kyanos.protocol.nats;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SharedMessages;

/** The state of one connection between a client and a server. Not thread-safe. */
final class NatsConversation implements Conversation {

    final Subscriptions subscriptions = new Subscriptions();

    /** Every line of the client is answered by +OK or -ERR. Servers presume it until a CONNECT says otherwise. */
    boolean verbose;

    /** From the last INFO; empty if none was seen or details are not asked for. */
    String serverVersion = "";

    private final NatsMatcher matcher = new NatsMatcher(this);
    private final NatsParser requests;
    private final NatsParser responses;

    NatsConversation(Detail detail, SharedMessages<NatsMessage> messages) {
        requests = new NatsParser(true, this, detail, messages);
        responses = new NatsParser(false, this, detail, messages);
    }

    @Override
    public Parser requests() {
        return requests;
    }

    @Override
    public Parser responses() {
        return responses;
    }

    @Override
    public Matcher matcher() {
        return matcher;
    }

    /** The key of the request that a delivery answers, 0 if it answers none that is known. */
    long answered(long bySubject, long bySubscription) {
        if (matcher.isWaiting(bySubject)) {
            return bySubject;
        }
        return bySubscription != 0 && matcher.isWaiting(bySubscription) ? bySubscription : 0;
    }
}
