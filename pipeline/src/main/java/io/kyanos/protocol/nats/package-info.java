/**
 * NATS between clients and servers: publications, deliveries, and requests that are publications with a reply subject. Knows
 * no other protocol and no connection. Start with {@link io.kyanos.protocol.nats.NatsProtocol}.
 */
@NullMarked
package io.kyanos.protocol.nats;

import org.jspecify.annotations.NullMarked;
