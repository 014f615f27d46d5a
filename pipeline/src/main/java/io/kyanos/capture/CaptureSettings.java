package io.kyanos.capture;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.event.Channel;
import io.kyanos.record.DurationText;
import io.kyanos.record.Transport;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The settings under {@code kyanos.capture}, checked. Sizes in bytes; the meaning of each is in reference.conf.
 */
public record CaptureSettings(
        Optional<EventTransport> transport,
        Optional<Vantage> vantage,
        Map<Channel, Integer> ringBytes,
        Map<Channel, Integer> perfBytes,
        Duration perfLookInterval,
        int batchBytes,
        int batches,
        int maxPayloadBytes,
        int headBytes,
        int undecidedBytes,
        boolean passOver,
        int wakeBytes,
        Duration pollInterval,
        int pollsBeforeSleep,
        Duration sleep,
        int maxConnections,
        int maxThreads,
        int filterCapacity,
        Set<Transport> sockets,
        Set<CaptureStep> stepsOff,
        boolean spliceWhenMet,
        Duration sweepInterval,
        int lostCloseEvents,
        Duration reconcileInterval,
        boolean runTimes,
        BudgetSettings budget) {

    private static final int MAX_PAYLOAD_BYTES = 1 << 20;

    private static final double LEAST_SHARE = 0.001;
    private static final int MOST_SHARE = 1024;

    private static final String ROOT = "kyanos.capture.";
    private static final int PAGE_BYTES = 4096;
    private static final int MAX_RING_BYTES = 1 << 30;

    public CaptureSettings {
        ringBytes = Map.copyOf(ringBytes);
        perfBytes = Map.copyOf(perfBytes);
        sockets = Set.copyOf(sockets);
        stepsOff = Set.copyOf(stepsOff);
    }

    /** Bytes of the buffer of a channel; with perf buffers, of that of one processor. */
    int bufferBytes(EventTransport by, Channel channel) {
        Integer bytes = switch (by) {
            case RING -> ringBytes.get(channel);
            case PERF -> perfBytes.get(channel);
        };
        if (bytes == null) {
            throw new IllegalArgumentException("buffer size of channel " + channel.label() + ": not set");
        }
        return bytes;
    }

    /** Where to see sockets from, in order of preference. */
    List<Vantage> vantages() {
        return vantage.map(List::of).orElse(List.of(Vantage.values()));
    }

    /** Steps whose hooks are attached once there is something for them to see. */
    Set<CaptureStep> stepsWhenMet() {
        return spliceWhenMet ? Set.of(SocketFamily.TCP_SPLICE) : Set.of();
    }

    /** Payload bytes of one call at most: what is set, or half of the buffer, so that it holds other calls, too. */
    int payloadCap(EventTransport by) {
        return Math.min(maxPayloadBytes, bufferBytes(by, Channel.SYSCALL) / 2);
    }

    /** How much must wait in a channel's buffer to wake a dozing reader. Always less than the buffer. */
    int wakeBytes(EventTransport by, Channel channel) {
        return Math.min(wakeBytes, bufferBytes(by, channel) / 2);
    }

    /**
     * Reads the settings out of the whole configuration.
     *
     * @throws ConfigException where a value is missing, of the wrong type, or out of its bounds
     */
    public static CaptureSettings of(Config config) {
        int maxPayload = bytes(config, "max-payload-bytes", 1, MAX_PAYLOAD_BYTES);
        return new CaptureSettings(
                transport(config),
                vantage(config),
                bufferSizes(config, "rings."),
                bufferSizes(config, "perf-buffers."),
                duration(config, "perf-look-interval", Duration.ofMillis(1), Duration.ofSeconds(2)),
                bytes(config, "batch-size", 128 * 1024, MAX_RING_BYTES),
                number(config, "batches", 2, 64),
                maxPayload,
                bytes(config, "head-bytes", 1, maxPayload),
                bytes(config, "undecided-bytes", 0, MAX_RING_BYTES),
                config.getBoolean(ROOT + "pass-over"),
                bytes(config, "wake-bytes", 0, MAX_RING_BYTES),
                duration(config, "poll-interval", Duration.ofMillis(1), Duration.ofSeconds(1)),
                number(config, "polls-before-sleep", 0, 1000),
                duration(config, "sleep", Duration.ofMillis(1), Duration.ofSeconds(2)),
                number(config, "max-connections", 16, 1 << 22),
                number(config, "max-threads", 16, 1 << 22),
                number(config, "filter-capacity", 16, 1 << 20),
                sockets(config),
                stepsOff(config),
                spliceWhenMet(config),
                duration(config, "sweep-interval", Duration.ofMillis(10), Duration.ofHours(1)),
                number(config, "lost-close-events", 1, 1 << 20),
                duration(config, "reconcile-interval", Duration.ofSeconds(1), Duration.ofHours(1)),
                config.getBoolean(ROOT + "run-times"),
                budget(config));
    }

    private static BudgetSettings budget(Config config) {
        return new BudgetSettings(
                share(config),
                duration(config, "budget-interval", Duration.ofMillis(10), Duration.ofMinutes(1)),
                number(config, "budget-calm-looks", 1, 1000));
    }

    /** 0 for off. */
    private static double share(Config config) {
        String expected = "off, or " + LEAST_SHARE + " to " + MOST_SHARE + " of a processor";
        String set = config.getString(ROOT + "budget");
        if (set.equals("off")) {
            return 0;
        }
        try {
            double share = Double.parseDouble(set);
            if (share >= LEAST_SHARE && share <= MOST_SHARE) {
                return share;
            }
        } catch (NumberFormatException ignored) {
            // told below
        }
        throw bad(config, "budget", set, expected);
    }

    /** Empty for auto. */
    private static Optional<EventTransport> transport(Config config) {
        String name = config.getString(ROOT + "transport");
        if (name.equals("auto")) {
            return Optional.empty();
        }
        for (EventTransport transport : EventTransport.values()) {
            if (transport.label().equals(name)) {
                return Optional.of(transport);
            }
        }
        throw bad(config, "transport", name, "auto, ring or perf");
    }

    /** Empty for auto. */
    private static Optional<Vantage> vantage(Config config) {
        String name = config.getString(ROOT + "vantage");
        if (name.equals("auto")) {
            return Optional.empty();
        }
        for (Vantage vantage : Vantage.values()) {
            if (vantage.label().equals(name)) {
                return Optional.of(vantage);
            }
        }
        throw bad(config, "vantage", name, "auto, sockets or syscalls");
    }

    private static Map<Channel, Integer> bufferSizes(Config config, String group) {
        Map<Channel, Integer> sizes = new EnumMap<>(Channel.class);
        for (Channel channel : Families.channels()) {
            sizes.put(channel, bufferBytes(config, group + channel.label()));
        }
        return sizes;
    }

    private static Set<Transport> sockets(Config config) {
        Set<Transport> sockets = EnumSet.noneOf(Transport.class);
        for (String label : config.getStringList(ROOT + "sockets")) {
            sockets.add(Arrays.stream(Transport.values())
                    .filter(transport -> transport.label().equals(label))
                    .findFirst()
                    .orElseThrow(() -> bad(config, "sockets", label, "tcp, udp, unix")));
        }
        if (sockets.isEmpty()) {
            throw bad(config, "sockets", "nothing", "some of tcp, udp, unix");
        }
        return sockets;
    }

    private static Set<CaptureStep> stepsOff(Config config) {
        Set<CaptureStep> off = new HashSet<>();
        for (String name : config.getStringList(ROOT + "steps-off")) {
            off.add(Families.step(name)
                    .filter(step -> !step.isEssential())
                    .orElseThrow(() -> bad(config, "steps-off", name, dispensableSteps())));
        }
        return off;
    }

    private static boolean spliceWhenMet(Config config) {
        String name = config.getString(ROOT + "tcp-splice");
        return switch (name) {
            case "when-met" -> true;
            case "always" -> false;
            default -> throw bad(config, "tcp-splice", name, "when-met or always");
        };
    }

    private static String dispensableSteps() {
        return Families.steps().stream()
                .filter(step -> !step.isEssential())
                .map(CaptureStep::name)
                .collect(Collectors.joining(", ", "some of ", ""));
    }

    private static int bufferBytes(Config config, String key) {
        int bytes = bytes(config, key, PAGE_BYTES, MAX_RING_BYTES);
        if (Integer.bitCount(bytes) != 1) {
            throw bad(config, key, config.getString(ROOT + key), "a power of two, 4 KiB to 1 GiB");
        }
        return bytes;
    }

    private static int bytes(Config config, String key, int least, int most) {
        long bytes = config.getBytes(ROOT + key);
        if (bytes < least || bytes > most) {
            throw bad(config, key, config.getString(ROOT + key), least + " to " + most + " bytes");
        }
        return (int) bytes;
    }

    private static int number(Config config, String key, int least, int most) {
        int number = config.getInt(ROOT + key);
        if (number < least || number > most) {
            throw bad(config, key, Integer.toString(number), least + " to " + most);
        }
        return number;
    }

    private static Duration duration(Config config, String key, Duration least, Duration most) {
        Duration duration = config.getDuration(ROOT + key);
        if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
            throw bad(
                    config, key, config.getString(ROOT + key), DurationText.of(least) + " to " + DurationText.of(most));
        }
        return duration;
    }

    private static ConfigException bad(Config config, String key, String value, String expected) {
        return new ConfigException.BadValue(
                config.getValue(ROOT + key).origin(), ROOT + key, value + " (expected: " + expected + ")");
    }
}
