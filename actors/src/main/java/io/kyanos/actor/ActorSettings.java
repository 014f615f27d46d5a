package io.kyanos.actor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import java.time.Duration;

/** The settings under {@code kyanos.actors}, checked; the meaning of each is in reference.conf. */
record ActorSettings(
        int maxEventsInFlight,
        int recordQueue,
        Duration recordRetry,
        Duration endedProcessRetention,
        int maxProcesses,
        Duration stopTimeout,
        int maxOpenConnections) {

    /** Path of the connection actors' dispatcher in the actor system's configuration. */
    static final String CONNECTION_DISPATCHER = "kyanos.actors.connection-dispatcher";

    private static final String ROOT = "kyanos.actors";

    /**
     * Reads the settings out of the whole configuration.
     *
     * @throws ConfigException where a value is missing, of the wrong type, or out of its bounds
     */
    static ActorSettings of(Config config) {
        return new ActorSettings(
                number(config, ROOT + ".max-events-in-flight", 1 << 24),
                number(config, ROOT + ".record-queue", 1 << 16),
                duration(config, ROOT + ".record-retry", Duration.ofMillis(1), Duration.ofMinutes(1)),
                duration(config, ROOT + ".ended-process-retention", Duration.ZERO, Duration.ofDays(1)),
                number(config, ROOT + ".max-processes", 1 << 22),
                duration(config, ROOT + ".stop-timeout", Duration.ZERO, Duration.ofHours(1)),
                number(config, "kyanos.connection.max-open", 1 << 22));
    }

    private static int number(Config config, String key, int most) {
        int number = config.getInt(key);
        if (number < 1 || number > most) {
            throw bad(config, key, "1 to " + most);
        }
        return number;
    }

    private static Duration duration(Config config, String key, Duration least, Duration most) {
        Duration duration = config.getDuration(key);
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw bad(config, key, least + " to " + most);
        }
        return duration;
    }

    private static ConfigException bad(Config config, String key, String expected) {
        return new ConfigException.BadValue(
                config.getValue(key).origin(), key, config.getString(key) + " (expected: " + expected + ")");
    }
}
