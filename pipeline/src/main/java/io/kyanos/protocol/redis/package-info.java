/**
 * Redis in RESP2 and RESP3: requests with their commands and keys, replies with their status, and what a connection's
 * special modes (subscriptions, MONITOR, CLIENT REPLY, replication) do to their pairing. Knows no other protocol and no
 * connection. Start with {@link io.kyanos.protocol.redis.RedisProtocol}.
 */
@NullMarked
package io.kyanos.protocol.redis;

import org.jspecify.annotations.NullMarked;
