package io.kyanos.actor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.record.DurationText;
import java.time.Duration;

/**
 * The settings under {@code kyanos.actors}, checked; the meaning of each is in reference.conf.
 *
 * @param routers 0 where the number of processors decides
 */
public record ActorSettings(
        int routers,
        int maxEventsInFlight,
        int recordQueue,
        int recordHub,
        Duration endedProcessRetention,
        int maxProcesses,
        Duration stopTimeout,
        int maxOpenConnections,
        long maxHeldBytes,
        long maxBufferedBytes,
        int replayOrderWindow,
        int maxSegmentBytes,
        long maxSegmentBytesTotal) {

    /** Path of the dispatcher of what is one per capture, in the actor system's configuration. */
    public static final String STREAM_DISPATCHER = "kyanos.actors.stream-dispatcher";

    /** Path there of the dispatcher of routers, where a capture has several. */
    public static final String ROUTER_DISPATCHER = "kyanos.actors.router-dispatcher";

    /** Path of the connection actors' dispatcher there. */
    public static final String CONNECTION_DISPATCHER = "kyanos.actors.connection-dispatcher";

    private static final String ROOT = "kyanos.actors";
    private static final int AUTO = 0;
    private static final int PROCESSORS_PER_ROUTER = 4;
    private static final int MOST_OF_KERNEL = 4;
    private static final int MOST_OF_REPLAY = 8;
    private static final int MAX_HUB_BATCHES = 2048;
    private static final int MAX_ORDER_WINDOW = 1 << 22;
    private static final int MAX_THREADS = 1024;
    private static final double MAX_THREADS_PER_PROCESSOR = 64;
    private static final int MAX_THROUGHPUT = 1 << 16;
    private static final long LEAST_TOTAL_BYTES = 64 * 1024;
    private static final long MOST_TOTAL_BYTES = 1L << 40;
    private static final long MOST_BYTES = 1 << 30;

    /**
     * Reads the settings out of the whole configuration.
     *
     * @throws ConfigException where a value is missing, of the wrong type, or out of its bounds
     */
    public static ActorSettings of(Config config) {
        checkDispatcher(config, CONNECTION_DISPATCHER);
        checkDispatcher(config, STREAM_DISPATCHER);
        int routers = routers(config);
        int maxEventsInFlight = number(config, ROOT + ".max-events-in-flight", 1 << 24);
        if (maxEventsInFlight < routers) {
            throw bad(config, ROOT + ".max-events-in-flight", "one for each of the routers, " + routers + ", or more");
        }
        return new ActorSettings(
                routers,
                maxEventsInFlight,
                number(config, ROOT + ".record-queue", 1 << 16),
                powerOfTwo(config, ROOT + ".record-hub", MAX_HUB_BATCHES),
                duration(config, ROOT + ".ended-process-retention", Duration.ZERO, Duration.ofDays(1)),
                number(config, ROOT + ".max-processes", 1 << 22),
                duration(config, ROOT + ".stop-timeout", Duration.ZERO, Duration.ofHours(1)),
                number(config, "kyanos.connection.max-open", 1 << 22),
                bytes(config, "kyanos.connection.max-held-total"),
                bytes(config, "kyanos.connection.max-buffered-total"),
                number(config, "kyanos.replay.order-window", MAX_ORDER_WINDOW),
                (int) bytes(config, "kyanos.replay.max-out-of-order", MOST_BYTES, "64 KiB to 1 GiB"),
                bytes(config, "kyanos.replay.max-out-of-order-total"));
    }

    /* Pekko takes what is out of bounds for something else, or ends with a message that does not name the key. */
    private static void checkDispatcher(Config config, String path) {
        String pool = path + ".fork-join-executor.";
        int least = number(config, pool + "parallelism-min", MAX_THREADS);
        int most = number(config, pool + "parallelism-max", MAX_THREADS);
        if (most < least) {
            throw bad(config, pool + "parallelism-max", "parallelism-min, " + least + ", or more");
        }
        double factor = config.getDouble(pool + "parallelism-factor");
        if (!(factor > 0 && factor <= MAX_THREADS_PER_PROCESSOR)) {
            throw bad(config, pool + "parallelism-factor", "above 0, to " + MAX_THREADS_PER_PROCESSOR);
        }
        number(config, path + ".throughput", MAX_THROUGHPUT);
    }

    /** How many routers a capture of the kernel has, or a replay, on a machine of so many processors. */
    public int routersOf(boolean isReplay, int processors) {
        if (routers != AUTO) {
            return routers;
        }
        int fitting = isReplay
                ? Math.min(processors - 1, MOST_OF_REPLAY)
                : Math.min(processors / PROCESSORS_PER_ROUTER, MOST_OF_KERNEL);
        return Math.max(1, Math.min(fitting, maxEventsInFlight));
    }

    /** The router's part of the events that may be in flight. */
    public int maxEventsInFlight(Share share) {
        return maxEventsInFlight / share.of() + (share.number() < maxEventsInFlight % share.of() ? 1 : 0);
    }

    private static int routers(Config config) {
        String key = ROOT + ".routers";
        if (config.getString(key).equals("auto")) {
            return AUTO;
        }
        try {
            return number(config, key, Share.MAX_ROUTERS);
        } catch (ConfigException.WrongType e) {
            throw bad(config, key, "auto, or 1 to " + Share.MAX_ROUTERS);
        }
    }

    private static int powerOfTwo(Config config, String key, int most) {
        int number = number(config, key, most);
        if (Integer.bitCount(number) != 1) {
            throw bad(config, key, "a power of two, 1 to " + most);
        }
        return number;
    }

    private static long bytes(Config config, String key) {
        return bytes(config, key, MOST_TOTAL_BYTES, "64 KiB to 1 TiB");
    }

    private static long bytes(Config config, String key, long most, String expected) {
        long bytes = config.getBytes(key);
        if (bytes < LEAST_TOTAL_BYTES || bytes > most) {
            throw bad(config, key, expected);
        }
        return bytes;
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
            throw bad(config, key, DurationText.of(least) + " to " + DurationText.of(most));
        }
        return duration;
    }

    private static ConfigException bad(Config config, String key, String expected) {
        return new ConfigException.BadValue(
                config.getValue(key).origin(), key, config.getString(key) + " (expected: " + expected + ")");
    }
}
