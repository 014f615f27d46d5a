package io.kyanos.connection;

import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.fuzz.FuzzTarget;
import io.kyanos.fuzz.Input;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.TrafficRecord;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * The life of one connection: calls that lose, overlap, are cut, come twice or at once with others. At its end every byte
 * must have one fate, every message one place, and no memory may stay taken.
 */
/*
 * An input: one byte for the opening, then events. An event's first byte: bit 0 the direction, bits 1 to 3 what happens,
 * bits 4 and 5 how; its second byte how many bytes, times 1 or, with bit 6, times 16; then the bytes.
 */
public final class ConnectionFuzz implements FuzzTarget {

    private static final long GENERATION = 7;
    private static final int MAX_HELD = 2048;
    private static final int MAX_BUFFERED = 4096;
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);
    private static final List<Protocol> PROTOCOLS =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());
    private static final ConnectionFuzz TARGET = new ConnectionFuzz();

    private static final int LOST = 1;
    private static final int OVERLAPPING = 2;
    private static final int CUT = 3;
    private static final int AT_ONCE = 4;
    private static final int TIME_OUT = 5;

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    @Override
    public void run(byte[] bytes) {
        Input input = new Input(bytes);
        int how = input.next();
        List<TrafficRecord> records = new ArrayList<>();
        Books books = new Books(new MemoryBudget(1 << 16), new MemoryBudget(1 << 16));
        Connection connection = new Connection(
                GENERATION,
                settings(how),
                books,
                (how & 64) == 0 ? TraceControl.NONE : (generation, state) -> {},
                tgid -> "fuzz",
                records::add);
        open(connection, how);
        long[] ends = live(connection, books, input, (how & 3) == 3 && (how & 4) != 0);
        if ((how & 128) == 0) {
            connection.on(
                    EventEncoder.read(EventEncoder.closed(1L << 40, GENERATION, 1, 3, ends[0], ends[1], how >> 3 & 3)));
        } else {
            connection.abandon();
        }
        settled(books, records, ends);
    }

    private static ConnectionSettings settings(int how) {
        Set<String> wanted = Set.copyOf(Protocols.names()
                .subList((how & 32) == 0 ? 0 : 1, Protocols.names().size()));
        return new ConnectionSettings(
                PROTOCOLS,
                wanted,
                new Detail(true, 256, true),
                MAX_HELD,
                MAX_BUFFERED,
                64,
                3,
                512,
                4,
                REQUEST_TIMEOUT,
                1_000_000_000_000L);
    }

    private static void open(Connection connection, int how) {
        int side = how & 3;
        int origin = side == 0 ? EventDecoder.ORIGIN_FIRST_USE : side;
        if (side < 3) {
            connection.on(EventEncoder.read(EventEncoder.opened(0, GENERATION, 1, 3, side, origin)));
        } else if ((how & 4) != 0) {
            byte[] opened = EventEncoder.opened(0, GENERATION, 1, 3, 0, EventDecoder.ORIGIN_FIRST_USE);
            connection.on(EventEncoder.read(EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UDP, "", "")));
        }
    }

    /** Returns where the two streams have ended as far as events have shown. */
    private static long[] live(Connection connection, Books books, Input input, boolean datagrams) {
        long[] next = new long[2];
        long[] seen = new long[2];
        long now = 1000;
        while (input.hasMore()) {
            int head = input.next();
            int which = head & 1;
            int what = head >> 1 & 7;
            Direction direction = which == 0 ? Direction.EGRESS : Direction.INGRESS;
            int length = 1 + input.next() * ((head & 64) == 0 ? 1 : 16);
            now += 1000;
            if (what == TIME_OUT) {
                connection.timeOut(now + REQUEST_TIMEOUT.toNanos());
                continue;
            }
            int from = input.position();
            int captured = input.skip(length);
            length = Math.max(1, captured);
            long position = next[which];
            next[which] += length;
            if (what == LOST && !datagrams) {
                continue;
            }
            if (what == OVERLAPPING && !datagrams) {
                position = Math.max(0, position - (head >> 4 & 3) * 7);
            }
            if (what == AT_ONCE) {
                connection.on(
                        EventEncoder.read(EventEncoder.concurrent(now, GENERATION, 1, 3, direction, position, length)));
            } else {
                byte[] data = Arrays.copyOfRange(input.array(), from, from + length);
                byte[] event = EventEncoder.data(
                        now - 500,
                        now,
                        GENERATION,
                        1,
                        3,
                        direction,
                        position,
                        data,
                        what == CUT ? captured * (head >> 4 & 3) / 4 : captured);
                connection.on(
                        EventEncoder.read((head & 128) == 0 ? event : EventEncoder.traced(event, TraceState.HEADS)));
            }
            seen[which] = datagrams ? seen[which] + length : Math.max(seen[which], position + length);
            check(books.held().usedBytes() <= MAX_HELD, "held bytes");
            check(books.buffered().usedBytes() <= 2 * MAX_BUFFERED, "buffered bytes");
        }
        return seen;
    }

    private static void settled(Books books, List<TrafficRecord> records, long[] ends) {
        long accounted = 0;
        for (Fate fate : Fate.values()) {
            accounted += books.streamBytes(fate);
        }
        long end = ends[0] + ends[1];
        check(accounted == end, "fates " + accounted + ", streams " + end);
        check(books.finalPositions() == end, "final positions " + books.finalPositions() + ", streams " + end);
        check(books.held().usedBytes() == 0 && books.heldEvents() == books.replayedEvents(), "held events");
        check(books.buffered().usedBytes() == 0 && books.buffered().holders() == 0, "buffers");
        check(
                books.parsedMessages()
                        == 2 * books.matchedRequests()
                                + books.unansweredRequests()
                                + books.oneWayMessages()
                                + books.unmatchedResponses()
                                + books.repeatedMessages(),
                "messages");
        check(books.emittedRecords() == records.size(), "records");
        for (TrafficRecord record : records) {
            RecordTimes times = record.times();
            check(times.totalNanos() >= RecordTimes.UNKNOWN, "duration " + times.totalNanos());
            check(record.request().wireBytes() > 0, "size of a request");
            check((record.unanswered() != null) == record.outcome().label().equals("unanswered"), "reason");
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (Flow flow : Flow.all()) {
            for (int opening = 0; opening < 3; opening++) {
                byte[] seed = seed(flow, opening);
                if (seed.length <= MAX_BYTES) {
                    seeds.add(seed);
                    seeds.add(disturbed(seed));
                }
            }
        }
        return seeds;
    }

    private static byte[] seed(Flow flow, int opening) {
        ByteArrayOutputStream seed = new ByteArrayOutputStream();
        seed.write(opening);
        boolean client = opening != EventDecoder.SIDE_SERVER;
        for (Flow.Step step : flow.steps()) {
            int direction = step.isRequest() == client ? 0 : 1;
            byte[] bytes = step.isGap() ? new byte[(int) Math.min(256, step.gap())] : step.bytes();
            for (int at = 0; at < bytes.length; at += 256) {
                int length = Math.min(256, bytes.length - at);
                seed.write((step.isGap() ? LOST << 1 : 0) | direction);
                seed.write(length - 1);
                seed.write(bytes, at, length);
            }
        }
        return seed.toByteArray();
    }

    /** The same with some bits of some bytes changed, always the same ones. */
    private static byte[] disturbed(byte[] seed) {
        byte[] disturbed = seed.clone();
        Random random = new Random(seed.length);
        for (int i = 0; i < 1 + seed.length / 64; i++) {
            disturbed[random.nextInt(seed.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return disturbed;
    }
}
