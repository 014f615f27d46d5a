package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs the steps of a flow through a {@link Connection} and keeps what comes out. */
final class FlowRun {

    static final long EPOCH_OFFSET_NANOS = 1_000_000_000_000L;

    final List<TrafficRecord> records = new ArrayList<>();
    final Books books = new Books(new MemoryBudget(1 << 24), new MemoryBudget(1 << 24));
    private final List<Protocol> protocols;
    private final Connection connection;
    private final Side role;
    private final boolean sideKnown;
    private final long[] positions = new long[2];
    private final Set<Long> requestTimes = new HashSet<>();
    private final EventEncoder.Reused events = new EventEncoder.Reused(7, 1, 3);

    /** A connection that is seen from its beginning, or, if not, of which not even the side is known. */
    FlowRun(List<Protocol> protocols, Side role, boolean fromBeginning) {
        this(protocols, role, fromBeginning, fromBeginning);
    }

    /** What the flow is of, seen from its beginning. */
    static FlowRun of(List<Protocol> protocols, Flow flow) {
        FlowRun run = new FlowRun(protocols, flow.role(), true);
        if (flow.isOfDatagrams()) {
            run.openDatagrams();
        }
        return run;
    }

    private void openDatagrams() {
        byte[] opened = EventEncoder.opened(0, 7, 1, 3, 0, EventDecoder.ORIGIN_FIRST_USE);
        connection.open(
                Opening.of(EventEncoder.read(EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UDP, "", ""))));
    }

    /** A connection that was open before the capture, of which the side is known. */
    static FlowRun openBefore(List<Protocol> protocols, Side role) {
        return new FlowRun(protocols, role, false, true);
    }

    /** A connection that is seen from its beginning, of which only records of some protocols are wanted. */
    FlowRun(List<Protocol> protocols, Side role, Set<String> wanted) {
        this(protocols, role, true, true, wanted);
    }

    private FlowRun(List<Protocol> protocols, Side role, boolean fromBeginning, boolean sideKnown) {
        this(
                protocols,
                role,
                fromBeginning,
                sideKnown,
                protocols.stream()
                        .map(Protocol::descriptor)
                        .flatMap(spoken -> Stream.concat(Stream.of(spoken), spoken.carried().stream()))
                        .map(Descriptor::name)
                        .collect(Collectors.toSet()));
    }

    private FlowRun(List<Protocol> protocols, Side role, boolean fromBeginning, boolean sideKnown, Set<String> wanted) {
        this.protocols = protocols;
        this.role = role;
        this.sideKnown = sideKnown;
        ConnectionSettings settings = new ConnectionSettings(
                protocols,
                wanted,
                new Detail(true, 1024, true),
                1 << 20,
                1 << 20,
                4096,
                32,
                1 << 20,
                16,
                Duration.ofSeconds(60),
                EPOCH_OFFSET_NANOS);
        connection = new Connection(7, settings, books, TraceControl.NONE, tgid -> "flow", records::add);
        int side = role == Side.CLIENT ? EventDecoder.SIDE_CLIENT : EventDecoder.SIDE_SERVER;
        connection.on(EventEncoder.read(EventEncoder.opened(
                0,
                7,
                1,
                3,
                sideKnown ? side : 0,
                fromBeginning ? EventDecoder.ORIGIN_CONNECT : EventDecoder.ORIGIN_FIRST_USE)));
    }

    /** Before the first step. */
    void reportStructureTo(StructureListener listener) {
        connection.reportStructureTo(listener);
    }

    /** Why bytes were unparsed, by what is no reason of the protocol that refused them, nor one of all. */
    List<Books.Key> undeclaredReasons() {
        return books.unparsedBytes().keySet().stream()
                .filter(unparsed -> Stream.of(Unparsed.values())
                        .noneMatch(reason -> reason.label().equals(unparsed.second())))
                .filter(unparsed -> protocols.stream()
                        .noneMatch(protocol -> protocol.name().equals(unparsed.first())
                                && protocol.descriptor().invalidReasons().contains(unparsed.second())))
                .toList();
    }

    void run(List<Flow.Step> steps) {
        steps.forEach(this::send);
        close();
    }

    /** Each step's bytes one by one, at the step's time. */
    void runByteByByte(List<Flow.Step> steps) {
        for (Flow.Step step : steps) {
            if (step.isGap()) {
                send(step);
            } else {
                for (int i = 0; i < step.bytes().length; i++) {
                    send(step, i, i + 1);
                }
            }
        }
        close();
    }

    void send(Flow.Step step) {
        if (step.isGap()) {
            positions[direction(step) == Direction.EGRESS ? 0 : 1] += step.gap();
        } else {
            send(step, 0, step.bytes().length);
        }
    }

    /** Whether the record's message came from the client. */
    boolean isFromClient(TrafficRecord record) {
        return record.requestCalls().stream().anyMatch(call -> requestTimes.contains(call.at() - EPOCH_OFFSET_NANOS));
    }

    private void send(Flow.Step step, int from, int to) {
        if (step.isRequest()) {
            requestTimes.add(step.atNanos());
        }
        Direction direction = direction(step);
        int which = direction == Direction.EGRESS ? 0 : 1;
        connection.on(events.data(step.atNanos(), direction, positions[which], step.bytes(), from, to));
        positions[which] += to - from;
    }

    void close() {
        connection.on(
                EventEncoder.read(EventEncoder.closed(Long.MAX_VALUE / 4, 7, 1, 3, positions[0], positions[1], 0)));
    }

    long streamBytes() {
        return positions[0] + positions[1];
    }

    long accountedBytes() {
        long sum = 0;
        for (Fate fate : Fate.values()) {
            sum += books.streamBytes(fate);
        }
        return sum;
    }

    static String described(TrafficRecord record) {
        String status = record.answer()
                .map(answer -> answer.status())
                .orElse(record.outcome().label());
        return record.request().operation() + " | " + record.request().resource() + " | " + status;
    }

    Direction direction(Flow.Step step) {
        return step.isRequest() == (role == Side.CLIENT) ? Direction.EGRESS : Direction.INGRESS;
    }
}
