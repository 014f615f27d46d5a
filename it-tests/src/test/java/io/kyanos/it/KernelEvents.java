package io.kyanos.it;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.capture.Choice;
import io.kyanos.capture.KernelCapture;
import io.kyanos.connection.Opening;
import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.record.Endpoint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.awaitility.Awaitility;

/** What the kernel side tells of one process and its children, event by event. Closing detaches. */
final class KernelEvents implements AutoCloseable {

    /** A connection was opened. */
    record Opened(long generation, Opening opening, int origin) {}

    /** A call moved bytes, or one datagram; {@code peer} is empty where the event names none. */
    record Data(
            long generation,
            Direction direction,
            long position,
            int length,
            String text,
            String peer,
            boolean concurrent,
            boolean continued,
            long enteredAt,
            long exitedAt) {}

    /** A connection has ended at these positions; {@code firstEnd} says by whom. */
    record Closed(long generation, long egressEnd, long ingressEnd, int firstEnd) {}

    private final ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "events");
    private final KernelCapture capture;
    private final List<Object> events = new CopyOnWriteArrayList<>();

    private KernelEvents(CaptureFilters filters, String settings) {
        Config config = ConfigFactory.parseString(settings).withFallback(ConfigFactory.load());
        capture = KernelCapture.open(CaptureSettings.of(config), filters);
        capture.events().runForeach(this::take, system);
    }

    static KernelEvents of(RunningProgram program) {
        return of(program, "");
    }

    /** As {@link #of(RunningProgram)}, with these settings, in HOCON. */
    static KernelEvents of(RunningProgram program, String settings) {
        return new KernelEvents(CaptureFilters.NONE.withPids(Choice.of(Set.of((int) program.parentPid()))), settings);
    }

    static KernelEvents by(CaptureFilters filters) {
        return new KernelEvents(filters, "");
    }

    /** From here on by other filters. */
    void replaceFilters(CaptureFilters filters) {
        capture.replaceFilters(filters);
    }

    /** Waits until an event of this type is what is asked for; gives all that are, so far. */
    <T> List<T> await(Class<T> type, int count, Predicate<T> wanted) {
        Awaitility.await(count + " " + type.getSimpleName())
                .pollInterval(Duration.ofMillis(50))
                .failFast(() -> capture.failure().isPresent())
                .until(() -> all(type, wanted).size() >= count);
        return all(type, wanted);
    }

    /** Looks for sockets whose end no call has told. */
    void sweep() {
        capture.sweep();
    }

    /** The calls of io_uring that have moved bytes, by kind. */
    Map<String, Long> ringCalls() {
        return capture.ringCalls();
    }

    /** Whether the bytes are seen at the sockets, not at the border of system calls. */
    boolean areSeenAtSockets() {
        return capture.steps().stream()
                .anyMatch(result -> result.step().name().equals("socket_send") && result.isTaken());
    }

    <T> List<T> all(Class<T> type, Predicate<T> wanted) {
        return events.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .filter(wanted)
                .toList();
    }

    @Override
    public void close() {
        capture.close();
        system.terminate();
    }

    private void take(EventBatch batch) {
        EventDecoder event = new EventDecoder();
        for (int i = 0; i < batch.size(); i++) {
            if (!batch.read(i, event)) {
                throw new AssertionError("not a whole event");
            }
            switch (event.kind()) {
                case EventDecoder.KIND_OPENED ->
                    events.add(new Opened(event.generation(), Opening.of(event), event.origin()));
                case EventDecoder.KIND_DATA -> events.add(data(event));
                case EventDecoder.KIND_CLOSED ->
                    events.add(new Closed(
                            event.generation(),
                            event.closedEnd(Direction.EGRESS),
                            event.closedEnd(Direction.INGRESS),
                            event.closedFirstEnd()));
                default -> {
                    // processes, and what the kernel side guesses
                }
            }
        }
        batch.release();
    }

    private static Data data(EventDecoder event) {
        boolean named = event.hasFlag(EventDecoder.FLAG_PEER);
        return new Data(
                event.generation(),
                event.direction(),
                event.position(),
                event.dataLength(),
                new String(event.array(), event.payloadIndex(), event.captured(), StandardCharsets.ISO_8859_1),
                named ? new Endpoint(event.peerIp(), event.peerPort()).toString() : "",
                event.hasFlag(EventDecoder.FLAG_CONCURRENT),
                event.hasFlag(EventDecoder.FLAG_CONTINUED),
                event.enteredAt(),
                event.exitedAt());
    }
}
