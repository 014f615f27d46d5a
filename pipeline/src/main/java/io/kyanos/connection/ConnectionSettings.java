package io.kyanos.connection;

import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocol;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What all connections of one capture have in common.
 *
 * @param protocols tried in this order
 * @param wanted names of the protocols that become records; connections of others are traced no further
 * @param maxHeldBytes events held until the protocol is known, per connection
 * @param maxBufferedBytes bytes of an unfinished message, per direction
 * @param maxCalls system calls remembered per direction
 * @param maxUndecidedTurns turns whose beginnings are tried before a connection is traced no further
 * @param maxUnparsedBytes bytes in a row that may fail to parse before the protocol is doubted
 * @param requestTimeout after this long a request counts as unanswered
 * @param epochOffsetNanos added to monotonic nanoseconds gives nanoseconds since the epoch
 */
public record ConnectionSettings(
        List<Protocol> protocols,
        Set<String> wanted,
        Detail detail,
        int maxHeldBytes,
        int maxBufferedBytes,
        int maxCalls,
        int maxUndecidedTurns,
        int maxUnparsedBytes,
        Duration requestTimeout,
        long epochOffsetNanos) {

    public ConnectionSettings {
        protocols = List.copyOf(protocols);
        wanted = Set.copyOf(wanted);
    }
}
