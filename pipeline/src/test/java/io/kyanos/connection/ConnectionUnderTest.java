package io.kyanos.connection;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.TrafficRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A connection with small bounds, fed with events, and all that it says to others. */
final class ConnectionUnderTest {

    private static final Config CONFIG =
            ConfigFactory.parseResources("reference.conf").resolve();

    static final long GENERATION = 7;
    static final long EPOCH_OFFSET_NANOS = 1_000_000_000_000L;
    static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);
    static final int MAX_HELD_BYTES = 2048;
    static final int MAX_UNPARSED_BYTES = 512;
    static final int MAX_UNDECIDED_TURNS = 3;
    static final int MAX_PEERS = 4;

    final List<TrafficRecord> records = new ArrayList<>();
    final List<TraceState> traced = new ArrayList<>();
    final Books books = new Books(new MemoryBudget(1 << 20), new MemoryBudget(1 << 20));
    final Connection connection;

    private final long[] positions = new long[2];
    private int tgid = 100;
    private int fd = 3;
    private long enteredAt = -1;
    private TraceState state = TraceState.FULL;
    private byte guess;

    ConnectionUnderTest() {
        this(Set.copyOf(Protocols.names()));
    }

    ConnectionUnderTest(Set<String> wanted) {
        ConnectionSettings settings = new ConnectionSettings(
                Protocols.of(CONFIG),
                wanted,
                new Detail(true, 0, true),
                MAX_HELD_BYTES,
                4096,
                64,
                MAX_UNDECIDED_TURNS,
                MAX_UNPARSED_BYTES,
                MAX_PEERS,
                REQUEST_TIMEOUT,
                EPOCH_OFFSET_NANOS);
        connection = new Connection(
                GENERATION,
                settings,
                books,
                (generation, to) -> traced.add(to),
                process -> process == 0 ? ProcessNames.UNKNOWN : "process-" + process,
                records::add);
    }

    static ConnectionUnderTest client() {
        return new ConnectionUnderTest().opened(EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
    }

    static ConnectionUnderTest server() {
        return new ConnectionUnderTest().opened(EventDecoder.SIDE_SERVER, EventDecoder.ORIGIN_ACCEPT);
    }

    static ConnectionUnderTest openBefore() {
        return new ConnectionUnderTest().opened(0, EventDecoder.ORIGIN_FIRST_USE);
    }

    ConnectionUnderTest opened(int side, int origin) {
        return on(EventEncoder.opened(0, GENERATION, tgid, fd, side, origin));
    }

    /** What comes next is used through another file descriptor. */
    ConnectionUnderTest usedBy(int newTgid, int newFd) {
        tgid = newTgid;
        fd = newFd;
        return this;
    }

    /** The next call is entered then; else calls take no time. */
    ConnectionUnderTest entered(long atNanos) {
        enteredAt = atNanos;
        return this;
    }

    /** When the next call is entered that returns then. */
    long enteredOr(long atNanos) {
        long at = enteredAt < 0 ? atNanos : enteredAt;
        enteredAt = -1;
        return at;
    }

    ConnectionUnderTest traced(TraceState newState) {
        state = newState;
        return this;
    }

    /** What the kernel side takes the protocol for from now on. */
    ConnectionUnderTest guessed(int protocol) {
        guess = (byte) protocol;
        return this;
    }

    ConnectionUnderTest writes(long atNanos, String bytes) {
        return moves(atNanos, Direction.EGRESS, bytes, bytes.length());
    }

    ConnectionUnderTest reads(long atNanos, String bytes) {
        return moves(atNanos, Direction.INGRESS, bytes, bytes.length());
    }

    /** A call of which only the first {@code captured} bytes were captured. */
    ConnectionUnderTest moves(long atNanos, Direction direction, String bytes, int captured) {
        int which = direction == Direction.EGRESS ? 0 : 1;
        byte[] all = bytes.getBytes(StandardCharsets.ISO_8859_1);
        on(EventEncoder.traced(
                EventEncoder.guessed(
                        guess,
                        EventEncoder.data(
                                enteredAt < 0 ? atNanos : enteredAt,
                                atNanos,
                                GENERATION,
                                tgid,
                                fd,
                                direction,
                                positions[which],
                                all,
                                captured)),
                state));
        positions[which] += all.length;
        enteredAt = -1;
        return this;
    }

    /** Bytes that several calls moved at once. */
    ConnectionUnderTest movesAtOnce(long atNanos, Direction direction, int bytes) {
        int which = direction == Direction.EGRESS ? 0 : 1;
        on(EventEncoder.concurrent(atNanos, GENERATION, tgid, fd, direction, positions[which], bytes));
        positions[which] += bytes;
        return this;
    }

    /** Bytes that no event brings. */
    ConnectionUnderTest loses(Direction direction, long bytes) {
        positions[direction == Direction.EGRESS ? 0 : 1] += bytes;
        return this;
    }

    ConnectionUnderTest closes(long atNanos, int reason) {
        return closes(atNanos, reason, EventDecoder.END_UNKNOWN);
    }

    ConnectionUnderTest closes(long atNanos, int reason, int firstEnd) {
        byte[] closed = EventEncoder.closed(atNanos, GENERATION, tgid, fd, positions[0], positions[1], reason);
        return on(EventEncoder.endedFirst(closed, firstEnd));
    }

    ConnectionUnderTest on(byte[] event) {
        connection.on(EventEncoder.read(event));
        return this;
    }

    List<String> described() {
        return records.stream().map(FlowRun::described).toList();
    }

    long streamBytes(Fate fate) {
        return books.streamBytes(fate);
    }

    long accountedBytes() {
        long sum = 0;
        for (Fate fate : Fate.values()) {
            sum += books.streamBytes(fate);
        }
        return sum;
    }
}
