package io.kyanos.connection;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

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

    private static final String ROOT = "kyanos.connection";
    private static final int LEAST_BYTES = 64 * 1024;
    private static final int MOST_BYTES = 1 << 30;
    private static final int MOST_NUMBER = 1 << 20;
    private static final Duration LEAST_TIMEOUT = Duration.ofMillis(1);
    private static final Duration MOST_TIMEOUT = Duration.ofDays(1);

    public ConnectionSettings {
        protocols = List.copyOf(protocols);
        wanted = Set.copyOf(wanted);
    }

    /**
     * Reads the settings out of the whole configuration.
     *
     * @param wantedProtocols empty for all that are configured
     * @throws ConfigException where a value is missing, of the wrong type, out of its bounds, or an unknown protocol
     */
    public static ConnectionSettings of(
            Config config, Set<String> wantedProtocols, Detail detail, long epochOffsetNanos) {
        Config connection = config.getConfig(ROOT);
        List<Protocol> protocols = protocols(config, connection);
        Set<String> all = protocols.stream().map(Protocol::name).collect(Collectors.toSet());
        return new ConnectionSettings(
                protocols,
                wantedProtocols.isEmpty() ? all : wantedProtocols,
                detail,
                bytes(connection, "max-held"),
                bytes(connection, "max-buffered"),
                number(connection, "max-calls"),
                number(connection, "max-undecided-turns"),
                bytes(connection, "max-unparsed"),
                duration(connection, "request-timeout"),
                epochOffsetNanos);
    }

    private static List<Protocol> protocols(Config config, Config connection) {
        List<Protocol> known = Protocols.of(config);
        List<String> names = connection.getStringList("protocols");
        List<String> knownNames = known.stream().map(Protocol::name).toList();
        for (String name : names) {
            if (!knownNames.contains(name)) {
                throw bad(connection, "protocols", name, "some of " + String.join(", ", knownNames));
            }
        }
        return known.stream()
                .filter(protocol -> names.contains(protocol.name()))
                .toList();
    }

    private static Duration duration(Config connection, String key) {
        Duration duration = connection.getDuration(key);
        if (duration.compareTo(LEAST_TIMEOUT) < 0 || duration.compareTo(MOST_TIMEOUT) > 0) {
            throw bad(connection, key, connection.getString(key), "1 ms to 1 day");
        }
        return duration;
    }

    private static int bytes(Config connection, String key) {
        long bytes = connection.getBytes(key);
        if (bytes < LEAST_BYTES || bytes > MOST_BYTES) {
            throw bad(connection, key, connection.getString(key), "64 KiB to 1 GiB");
        }
        return (int) bytes;
    }

    private static int number(Config connection, String key) {
        int number = connection.getInt(key);
        if (number < 1 || number > MOST_NUMBER) {
            throw bad(connection, key, Integer.toString(number), "1 to " + MOST_NUMBER);
        }
        return number;
    }

    private static ConfigException bad(Config connection, String key, String value, String expected) {
        return new ConfigException.BadValue(
                connection.getValue(key).origin(), ROOT + "." + key, value + " (expected: " + expected + ")");
    }
}
