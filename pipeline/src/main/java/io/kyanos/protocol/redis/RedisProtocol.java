package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Redaction;
import io.kyanos.record.Attribute;
import java.util.List;
import java.util.Set;

/** Redis, by its serialization protocol RESP in versions 2 and 3. Immutable but for the messages that it shares. */
// https://redis.io/docs/latest/develop/reference/protocol-spec/
public final class RedisProtocol implements Protocol {

    public static final RedisProtocol INSTANCE = new RedisProtocol();

    private static final String NAME = "redis";

    private final RedisMessages messages = new RedisMessages();

    private RedisProtocol() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Attribute> attributes() {
        return RedisAttribute.ALL;
    }

    @Override
    public Guess guess(ByteView head) {
        return RedisGuess.guess(head);
    }

    @Override
    public Set<String> invalidReasons() {
        return RedisReason.ALL;
    }

    @Override
    public Guess guessAnywhere(ByteView head) {
        return RedisGuess.guessAnywhere(head);
    }

    @Override
    public boolean mayGreet(ByteView head) {
        return RedisGuess.isRefusal(head);
    }

    @Override
    public Conversation newConversation(Detail detail) {
        return new RedisConversation(detail, messages);
    }

    @Override
    public Redaction newRedaction() {
        return new RedisRedaction();
    }
}
