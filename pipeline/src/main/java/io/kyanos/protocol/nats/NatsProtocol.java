package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;

/** NATS, the protocol between clients and servers. Immutable but for the messages that it shares. */
// https://docs.nats.io/reference/reference-protocols/nats-protocol
public final class NatsProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = NatsDescriptor.of();

    public static final NatsProtocol INSTANCE = new NatsProtocol();

    private final SharedMessages<NatsMessage> messages = new SharedMessages<>();

    private NatsProtocol() {}

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        return NatsGuess.guess(head, other);
    }

    @Override
    public boolean mayGreet(ByteView head) {
        return NatsGuess.isGreeting(head);
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        return new NatsConversation(detail, messages);
    }
}
