package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Redaction;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;

/** Redis, by its serialization protocol RESP in versions 2 and 3. Immutable but for the messages that it shares. */
// https://redis.io/docs/latest/develop/reference/protocol-spec/
public final class RedisProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = RedisDescriptor.of();

    public static final RedisProtocol INSTANCE = new RedisProtocol();

    private final RedisMessages messages = new RedisMessages();

    private RedisProtocol() {}

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        return RedisGuess.guess(head);
    }

    @Override
    public Guess guessAnywhere(ByteView head, ByteView other) {
        return RedisGuess.guessAnywhere(head);
    }

    @Override
    public boolean mayGreet(ByteView head) {
        return RedisGuess.isRefusal(head);
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        return new RedisConversation(detail, messages);
    }

    @Override
    public Redaction newRedaction() {
        return new RedisRedaction();
    }
}
