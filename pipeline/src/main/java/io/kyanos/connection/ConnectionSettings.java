package io.kyanos.connection;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
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
 * @param maxUndecidedTurns turns before a connection is traced by its heads only, and as many again before not at all
 * @param maxUnparsedBytes bytes in a row that may fail to parse before the protocol is doubted
 * @param maxPeers of one UDP socket, with requests that wait
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
        int maxPeers,
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

    /** With no bound of its own on the peers of a UDP socket. */
    public ConnectionSettings(
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
        this(
                protocols,
                wanted,
                detail,
                maxHeldBytes,
                maxBufferedBytes,
                maxCalls,
                maxUndecidedTurns,
                maxUnparsedBytes,
                MOST_NUMBER,
                requestTimeout,
                epochOffsetNanos);
    }

    /**
     * Reads the settings out of the whole configuration.
     *
     * @param wantedProtocols empty for all that are configured
     * @throws ConfigException where a value is missing, of the wrong type, out of its bounds, or an unknown protocol
     */
    public static ConnectionSettings of(
            Config config, Set<String> wantedProtocols, Detail detail, long epochOffsetNanos) {
        List<Protocol> protocols = protocols(config);
        Set<String> all = new HashSet<>(configured(config));
        return new ConnectionSettings(
                protocols,
                wantedProtocols.isEmpty() ? all : wantedProtocols,
                detail,
                bytes(config, "max-held"),
                bytes(config, "max-buffered"),
                number(config, "max-calls"),
                number(config, "max-undecided-turns"),
                bytes(config, "max-unparsed"),
                number(config, "max-peers"),
                requestTimeout(config),
                epochOffsetNanos);
    }

    private static List<Protocol> protocols(Config config) {
        Set<String> configured = configured(config);
        return Protocols.of(config).stream()
                .filter(protocol -> isSpokenBy(configured, protocol.descriptor()))
                .toList();
    }

    /** The names of what records may be of. */
    private static Set<String> configured(Config config) {
        List<String> configured = config.getStringList(ROOT + ".protocols");
        for (String word : configured) {
            if (Protocols.descriptors().stream().noneMatch(protocol -> protocol.isCalled(word))) {
                throw bad(config, "protocols", configured.toString(), "some of " + Protocols.names() + ", [] for all");
            }
        }
        return Protocols.descriptors().stream()
                .filter(protocol -> configured.isEmpty() || configured.stream().anyMatch(protocol::isCalled))
                .map(Descriptor::name)
                .collect(Collectors.toSet());
    }

    /** Whether some of these are records of the protocol, or of one that it carries. */
    private static boolean isSpokenBy(Set<String> names, Descriptor protocol) {
        return wants(names, protocol) || protocol.carried().stream().anyMatch(carried -> wants(names, carried));
    }

    private static boolean wants(Set<String> names, Descriptor protocol) {
        return names.contains(protocol.name());
    }

    /** Whether connections of this protocol are read. */
    boolean reads(Protocol protocol) {
        return isSpokenBy(wanted, protocol.descriptor());
    }

    /** Whether records may be of it. */
    boolean wants(Descriptor protocol) {
        return wants(wanted, protocol);
    }

    /** The same, with protocols of the caller's own, which are tried last and all wanted. */
    public ConnectionSettings with(List<Protocol> further) {
        List<Protocol> all = new ArrayList<>(protocols);
        all.addAll(further);
        Set<String> names = new HashSet<>(wanted);
        for (Protocol protocol : further) {
            names.add(protocol.name());
            protocol.descriptor().carried().forEach(carried -> names.add(carried.name()));
        }
        return new ConnectionSettings(
                all,
                names,
                detail,
                maxHeldBytes,
                maxBufferedBytes,
                maxCalls,
                maxUndecidedTurns,
                maxUnparsedBytes,
                maxPeers,
                requestTimeout,
                epochOffsetNanos);
    }

    /** The same for a replay: see {@link Protocol#inSteps}. */
    public ConnectionSettings inSteps() {
        return new ConnectionSettings(
                protocols.stream().map(Protocol::inSteps).toList(),
                wanted,
                detail,
                maxHeldBytes,
                maxBufferedBytes,
                maxCalls,
                maxUndecidedTurns,
                maxUnparsedBytes,
                maxPeers,
                requestTimeout,
                epochOffsetNanos);
    }

    private static Duration requestTimeout(Config config) {
        Duration timeout = config.getDuration(ROOT + ".request-timeout");
        if (timeout.compareTo(LEAST_TIMEOUT) < 0 || timeout.compareTo(MOST_TIMEOUT) > 0) {
            throw bad(config, "request-timeout", config.getString(ROOT + ".request-timeout"), "1 ms to 1 day");
        }
        return timeout;
    }

    private static int bytes(Config config, String key) {
        long bytes = config.getBytes(ROOT + "." + key);
        if (bytes < LEAST_BYTES || bytes > MOST_BYTES) {
            throw bad(config, key, config.getString(ROOT + "." + key), "64 KiB to 1 GiB");
        }
        return (int) bytes;
    }

    private static int number(Config config, String key) {
        int number = config.getInt(ROOT + "." + key);
        if (number < 1 || number > MOST_NUMBER) {
            throw bad(config, key, Integer.toString(number), "1 to " + MOST_NUMBER);
        }
        return number;
    }

    private static ConfigException bad(Config config, String key, String value, String expected) {
        return new ConfigException.BadValue(
                config.getValue(ROOT + "." + key).origin(), ROOT + "." + key, value + " (expected: " + expected + ")");
    }
}
