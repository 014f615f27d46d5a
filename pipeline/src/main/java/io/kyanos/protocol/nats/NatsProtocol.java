package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;
import java.util.List;
import java.util.Set;

/** NATS, the protocol between clients and servers. Immutable but for the messages that it shares. */
// https://docs.nats.io/reference/reference-protocols/nats-protocol
public final class NatsProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = new Descriptor(
            "nats",
            "NATS",
            List.of(),
            Set.of(StreamKind.WIRE),
            NatsAttribute.ALL,
            List.of(
                    FilterFlag.equal(
                            "subject",
                            "SUBJECT",
                            "subject",
                            "subjects, like orders.new",
                            "These subjects: orders.new."),
                    FilterFlag.prefix("subject-prefix", "subject", "Subjects that begin so.")),
            NatsStatus.described(),
            List.of(
                    new Descriptor.Limit("bytes of a control line", NatsLine.MAX_BYTES, "`line_too_long`"),
                    new Descriptor.Limit("bytes of a payload", NatsLine.MAX_PAYLOAD, "`size`"),
                    new Descriptor.Limit(
                            "bytes of headers that are looked into for a code",
                            NatsParser.MAX_HEADER_BYTES,
                            "status `OK`"),
                    new Descriptor.Limit(
                            "subscriptions of a connection that are remembered",
                            Subscriptions.MOST,
                            "every `PUB` that names a reply subject waits for an answer")),
            NatsReason.ALL);

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
