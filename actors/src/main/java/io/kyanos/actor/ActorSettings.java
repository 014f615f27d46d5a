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

    static ActorSettings of(Config config) {
        Config actors = config.getConfig(ROOT);
        return new ActorSettings(
                number(actors, "max-events-in-flight", 1 << 24),
                number(actors, "record-queue", 1 << 16),
                actors.getDuration("record-retry"),
                actors.getDuration("ended-process-retention"),
                number(actors, "max-processes", 1 << 22),
                actors.getDuration("stop-timeout"),
                config.getInt("kyanos.connection.max-open"));
    }

    private static int number(Config actors, String key, int most) {
        int number = actors.getInt(key);
        if (number < 1 || number > most) {
            throw new ConfigException.BadValue(
                    actors.getValue(key).origin(), ROOT + "." + key, number + " (expected: 1 to " + most + ")");
        }
        return number;
    }
}
