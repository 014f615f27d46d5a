package io.kyanos.capture;

import io.kyanos.event.Channel;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * Tells when the kernel side begins to lose events, and how many it has lost since it was told last: for each channel a
 * line at once, and further ones at most once a minute. Not thread-safe.
 */
final class LossNotices {

    static final Duration APART = Duration.ofMinutes(1);

    private final EventTransport transport;
    private final ToLongFunction<Channel> lostEvents;
    private final LongSupplier clockNanos;
    private final Consumer<String> tell;
    private final Map<Channel, Told> told = new EnumMap<>(Channel.class);

    /**
     * What was said last of a channel.
     *
     * @param events lost until then
     */
    private record Told(long events, long atNanos) {}

    /** @param lostEvents how many of a channel so far */
    LossNotices(
            EventTransport transport,
            ToLongFunction<Channel> lostEvents,
            LongSupplier clockNanos,
            Consumer<String> tell) {
        this.transport = transport;
        this.lostEvents = lostEvents;
        this.clockNanos = clockNanos;
        this.tell = tell;
    }

    /** To be run from time to time. */
    void look() {
        look(false);
    }

    /** Tells what is left to be told, however long ago the last line was. */
    void end() {
        look(true);
    }

    private void look(boolean isLast) {
        for (Channel channel : Channel.values()) {
            Told before = told.get(channel);
            long lost = lostEvents.applyAsLong(channel);
            long now = clockNanos.getAsLong();
            long more = before == null ? lost : lost - before.events();
            if (more > 0 && (before == null || isLast || now - before.atNanos() >= APART.toNanos())) {
                told.put(channel, new Told(lost, now));
                tell.accept("channel " + channel.label() + ": " + more + (before == null ? "" : " more")
                        + " events lost, as " + full() + ". Hint: " + hint(channel));
            }
        }
    }

    private String full() {
        return switch (transport) {
            case RING -> "its ring was full";
            case PERF -> "a buffer of it was full";
        };
    }

    /** As docs/losses.md has it. */
    private String hint(Channel channel) {
        String buffers = switch (transport) {
            case RING -> "rings";
            case PERF -> "perf-buffers";
        };
        String larger = "a larger kyanos.capture." + buffers + "." + channel.label();
        return switch (channel) {
            case CONN, PROCESS -> larger;
            case SYSCALL -> larger + ", filters, or fewer bytes with kyanos.capture.max-payload-bytes";
        };
    }
}
