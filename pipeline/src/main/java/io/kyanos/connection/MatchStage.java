package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;

/** Gives what one direction of a conversation has framed or lost to the conversation's matcher. */
final class MatchStage implements ParseStage.Messages {

    private final Conversing conversing;
    private final Direction direction;
    private final boolean isRequests;
    private final Matcher matcher;
    private final EmitStage exchanges;

    MatchStage(Conversing conversing, Direction direction, Conversation conversation, EmitStage exchanges) {
        this.conversing = conversing;
        this.direction = direction;
        this.isRequests = conversing.role().isRequests(direction);
        this.matcher = conversation.matcher();
        this.exchanges = exchanges;
    }

    @Override
    public void message(FramedMessage message) {
        if (isRequests) {
            matcher.request(message, exchanges);
        } else {
            matcher.response(message, exchanges);
        }
    }

    @Override
    public void begins() {
        if (!isRequests) {
            matcher.responseBegins(exchanges);
        }
    }

    @Override
    public void cut(FramedMessage message) {
        if (!isRequests && conversing.isCutAnError()) {
            exchanges.incompleteFrom(message.start());
        }
        message(message);
    }

    @Override
    public void lost() {
        if (isRequests) {
            matcher.requestsLost(exchanges);
        } else {
            matcher.responsesLost(exchanges);
        }
    }

    @Override
    public void structure(long from, long to) {
        StructureListener listener = conversing.connection.structure();
        if (listener != null) {
            listener.structure(direction, from, to);
        }
    }

    @Override
    public void understood(long from, long to) {
        StructureListener listener = conversing.connection.structure();
        if (listener != null) {
            listener.understood(direction, from, to);
        }
    }

    @Override
    public void passesOver(long until) {
        conversing.passesOver(direction, until);
    }

    @Override
    public boolean upgraded(String to) {
        return conversing.handOn(to);
    }
}
