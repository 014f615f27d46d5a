package io.kyanos.protocol.redis;

import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.redis.ReplyMode.Answer;
import io.kyanos.record.Details;

/** Gives out requests and replies without details, the same object again for what says the same. Thread-safe. */
final class RedisMessages {

    private final SharedMessages<RedisMessage> shared = new SharedMessages<>();

    RedisMessage request(RedisCommand command, Answer answer, int elements, long wireBytes, long waitNanos) {
        int hash = (command.hashCode() * 31 + elements) * 31 + (int) wireBytes;
        RedisMessage known = shared.at(hash);
        if (known != null && known.isRequest(command, answer, elements, wireBytes, waitNanos)) {
            return known;
        }
        return shared.keep(
                hash, RedisMessage.request(command, answer, elements, wireBytes, waitNanos, null, Details.NONE));
    }

    RedisMessage reply(RedisReplyStatus status, long wireBytes) {
        int hash = status.name().hashCode() * 31 + (int) wireBytes;
        RedisMessage known = shared.at(hash);
        if (known != null && known.isReply(status, wireBytes)) {
            return known;
        }
        return shared.keep(hash, RedisMessage.reply(status, wireBytes, null, Details.NONE));
    }
}
