package io.kyanos.connection;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Parser;
import io.kyanos.record.Unanswered;

/**
 * What a UDP socket and one of its peers say to each other; {@code role} is that of this end.
 *
 * @param emit makes its records, which name the peer
 */
record PeerConversation(Conversation conversation, EmitStage emit, Role role) {

    int waiting() {
        return conversation.matcher().waiting();
    }

    Parser parser(boolean ofRequests) {
        return ofRequests ? conversation.requests() : conversation.responses();
    }

    void message(FramedMessage message, boolean isRequest) {
        if (isRequest) {
            conversation.matcher().request(message, emit);
        } else {
            conversation.matcher().response(message, emit);
        }
    }

    void responsesLost() {
        conversation.matcher().responsesLost(emit);
    }

    void timeOut(long deadline) {
        conversation.matcher().timedOut(deadline, Unanswered.TIMEOUT, emit);
    }

    void ended(Unanswered reason) {
        conversation.matcher().ended(reason, emit);
    }
}
