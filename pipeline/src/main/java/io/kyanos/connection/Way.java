package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;

/**
 * One direction of a conversation: its stream with all that is kept of it, and which of the two it carries, requests or
 * responses. What it frames goes to the matcher.
 */
final class Way implements ParseStage.Messages {

    private final Conversing conversing;
    private final Direction direction;
    private final boolean isRequests;
    private final ParseStage stage;

    private Matcher matcher;
    private Matcher.Exchanges exchanges;

    /** Begins where the account of the direction stands; {@code atBoundary} if a message is known to begin there. */
    Way(
            Conversing conversing,
            Direction direction,
            boolean atBoundary,
            String protocol,
            Conversation conversation,
            Matcher.Exchanges exchanges) {
        Connection connection = conversing.connection;
        this.conversing = conversing;
        this.direction = direction;
        this.isRequests = conversing.role().isRequests(direction);
        this.matcher = conversation.matcher();
        this.exchanges = exchanges;
        this.stage = new ParseStage(
                protocol,
                parser(conversation),
                this,
                connection.books(),
                connection.account(direction),
                connection.settings(),
                atBoundary);
        if (connection.structure() != null) {
            stage.collectStructure();
        }
    }

    /** From here on the stream is of another conversation. */
    void speak(String protocol, Conversation conversation, Matcher.Exchanges to) {
        matcher = conversation.matcher();
        exchanges = to;
        stage.takeOver(protocol, parser(conversation));
    }

    ParseStage stage() {
        return stage;
    }

    /** Ends the direction; true if it ends in a hole, as bytes have been lost up to there. */
    boolean ended(Ending ending, boolean whole) {
        long end = ending.of(direction);
        boolean isCut = end > stage.end();
        stage.ended(end, ending.isSeen(), whole);
        return isCut;
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
        message(!isRequests && conversing.isCutAnError() ? IncompleteMessage.insteadOf(message) : message);
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
    public void upgraded(String to) {
        conversing.handOn(to);
    }

    private Parser parser(Conversation conversation) {
        return isRequests ? conversation.requests() : conversation.responses();
    }
}
