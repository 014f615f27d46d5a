/**
 * DNS over UDP and TCP: one framing of messages for both, what is asked by its type, what is answered by its code. Knows no
 * other protocol and no connection, and resolves nothing. Start with {@link io.kyanos.protocol.dns.DnsProtocol}.
 */
@NullMarked
package io.kyanos.protocol.dns;

import org.jspecify.annotations.NullMarked;
