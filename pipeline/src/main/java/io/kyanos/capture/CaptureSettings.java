package io.kyanos.capture;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.event.Channel;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * The settings under {@code kyanos.capture}, checked. Sizes in bytes; the meaning of each is in reference.conf.
 */
public record CaptureSettings(
        Map<Channel, Integer> ringBytes,
        int batchBytes,
        int batches,
        int maxPayloadBytes,
        int headBytes,
        int undecidedBytes,
        int wakeBytes,
        Duration pollInterval,
        int pollsBeforeSleep,
        Duration sleep,
        int maxConnections,
        int maxThreads,
        int filterCapacity) {

    /** What one event may hold beside its fixed fields; the kernel side's own bound. */
    public static final int MAX_PAYLOAD_BYTES = 32688;

    private static final int PAGE_BYTES = 4096;
    private static final int MAX_RING_BYTES = 1 << 30;

    public CaptureSettings {
        ringBytes = Map.copyOf(ringBytes);
    }

    /**
     * Reads the settings out of the whole configuration.
     *
     * @throws ConfigException where a value is missing, of the wrong type, or out of its bounds
     */
    public static CaptureSettings of(Config config) {
        Config capture = config.getConfig("kyanos.capture");
        String transport = capture.getString("transport");
        if (!transport.equals("auto") && !transport.equals("ring")) {
            throw bad(capture, "transport", transport, "auto or ring");
        }
        Map<Channel, Integer> rings = new EnumMap<>(Channel.class);
        rings.put(Channel.CONN, ringBytes(capture, "rings.conn"));
        rings.put(Channel.SYSCALL, ringBytes(capture, "rings.syscall"));
        rings.put(Channel.PROCESS, ringBytes(capture, "rings.process"));
        int maxPayload = bytes(capture, "max-payload-bytes", 1, MAX_PAYLOAD_BYTES);
        return new CaptureSettings(
                rings,
                bytes(capture, "batch-size", 128 * 1024, MAX_RING_BYTES),
                number(capture, "batches", 2, 64),
                maxPayload,
                bytes(capture, "head-bytes", 1, maxPayload),
                bytes(capture, "undecided-bytes", 0, MAX_RING_BYTES),
                bytes(capture, "wake-bytes", 0, MAX_RING_BYTES),
                duration(capture, "poll-interval", Duration.ofMillis(1), Duration.ofSeconds(1)),
                number(capture, "polls-before-sleep", 0, 1000),
                duration(capture, "sleep", Duration.ofMillis(1), Duration.ofSeconds(2)),
                number(capture, "max-connections", 16, 1 << 22),
                number(capture, "max-threads", 16, 1 << 22),
                number(capture, "filter-capacity", 16, 1 << 20));
    }

    private static int ringBytes(Config capture, String key) {
        int bytes = bytes(capture, key, PAGE_BYTES, MAX_RING_BYTES);
        if (Integer.bitCount(bytes) != 1) {
            throw bad(capture, key, capture.getString(key), "a power of two, 4 KiB to 1 GiB");
        }
        return bytes;
    }

    private static int bytes(Config capture, String key, int least, int most) {
        long bytes = capture.getBytes(key);
        if (bytes < least || bytes > most) {
            throw bad(capture, key, capture.getString(key), least + " to " + most + " bytes");
        }
        return (int) bytes;
    }

    private static int number(Config capture, String key, int least, int most) {
        int number = capture.getInt(key);
        if (number < least || number > most) {
            throw bad(capture, key, Integer.toString(number), least + " to " + most);
        }
        return number;
    }

    private static Duration duration(Config capture, String key, Duration least, Duration most) {
        Duration duration = capture.getDuration(key);
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw bad(capture, key, capture.getString(key), least + " to " + most);
        }
        return duration;
    }

    private static ConfigException bad(Config capture, String key, String value, String expected) {
        return new ConfigException.BadValue(
                capture.getValue(key).origin(), "kyanos.capture." + key, value + " (expected: " + expected + ")");
    }
}
