package io.kyanos.protocol.redis;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.FilterFlag.Match;

/** What Redis says about itself. */
final class RedisDescriptor {

    private static final FilterFlag COMMAND = new FilterFlag(
            "command",
            "COMMAND",
            "command",
            Match.EQUAL_IN_ANY_CASE,
            "commands, like get,set",
            "These commands, in any case: get,\"config get\".",
            "these commands");
    private static final FilterFlag KEYS = new FilterFlag(
            "keys",
            "KEY",
            "key",
            Match.EQUAL,
            "keys, like user:1,user:2",
            "Some key is one of these.",
            "some key is one of these");
    private static final FilterFlag KEY_PREFIX = new FilterFlag(
            "key-prefix",
            "PREFIX",
            "key",
            Match.PREFIX,
            "some text",
            "Some key begins so. May be given several times.",
            "some key begins so");

    private RedisDescriptor() {}

    static Descriptor of() {
        return Descriptor.named("redis", "Redis")
                .aliases("resp", "valkey")
                .summary("RESP 2 and 3, as Redis and Valkey speak them: commands, transactions, pushes, replication")
                .page("redis.md")
                .operation("The command with its sub-command, in upper case: `HGET`, `CONFIG GET`; of a push its kind:"
                        + " `PUSH message`. A command that is not in the table is `other`.")
                .resource("The first key; of a push the channel or pattern.")
                .attributes(RedisAttribute.ALL)
                .flags(COMMAND, KEYS, KEY_PREFIX)
                .statuses(RedisReplyStatus.described())
                .setup(
                        "`HELLO` without `AUTH`",
                        "`CLIENT SETINFO`",
                        "`CLIENT MAINT_NOTIFICATIONS`",
                        "`COMMAND`",
                        "`COMMAND DOCS`")
                .limits(
                        new Limit("bytes of a string", RedisRequestParser.MAX_BULK_BYTES, "Invalid: `bulk_length`."),
                        new Limit(
                                "arguments of a command", RedisRequestParser.MAX_ELEMENTS, "Invalid: `array_length`."),
                        new Limit("bytes of an inline command", InlineWords.MAX_BYTES, "Invalid: `inline`."),
                        new Limit("elements of a reply", RespToken.MAX_ELEMENTS, "Invalid: `aggregate_length`."),
                        new Limit("levels of a reply", ReplyLevels.MAX_DEPTH, "Invalid: `nesting`."),
                        new Limit("keys that a record keeps", RequestAssembly.MAX_KEYS, "Those beyond are left out."),
                        new Limit("bytes that a record keeps of a key", RequestAssembly.MAX_KEY_BYTES, "It is cut."),
                        new Limit(
                                "commands that wait for one `EXEC`",
                                RedisMatcher.MAX_QUEUED,
                                "Those beyond are records at once: `QUEUED`."),
                        new Limit(
                                "commands that wait for their replies on one connection",
                                RedisConversation.MAX_WAITING,
                                "The oldest are `unanswered`."))
                .reasons(RedisReason.ALL)
                .clients(
                        "redis-py, node-redis, go-redis and Lettuce begin with `HELLO`, `CLIENT SETINFO` (unknown before Redis"
                                + " 7.2) and `CLIENT MAINT_NOTIFICATIONS` (unknown to Redis), and swallow the errors.",
                        "Most libraries speak RESP3 from the first reply on. ioredis reads `INFO` as a verbatim string.",
                        "A `SUBSCRIBE` within a transaction fills its place in the reply to `EXEC` with as many pushes as it"
                                + " has channels: `*2` may be followed by three values.",
                        "Who publishes to itself gets the push before the reply from Redis 7.0, after it from Redis 8.0 and"
                                + " Valkey 9.1. `CLIENT REPLY OFF` stops no push of RESP3.",
                        "A cached `GET` of rueidis is five requests in one write: `CLIENT CACHING`, `MULTI`, `PTTL`, `GET`,"
                                + " `EXEC`.",
                        "Where all keys are flushed, the invalidation of RESP2 is `$-1`, not `*-1`.",
                        "Redis 7.0 spends a `CLIENT REPLY SKIP` on an empty line; Redis 8.2 does not.",
                        "An error of a command within a transaction is reported in the reply to `EXEC`, whose own status is that"
                                + " of the first one.")
                .build();
    }
}
