package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a connection goes through, every byte up to its final positions gets one fate, and no memory stays taken. */
class ConnectionBooksTest {

    private static final int RUNS = 400;
    private static final List<String> PIECES = List.of(
            "GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /b HTTP/1.1\r\nContent-Length: 900\r\n\r\n" + "b".repeat(900),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\nuntil the end",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
            "*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
            "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$600\r\n" + "v".repeat(600) + "\r\n",
            "$1\r\n1\r\n",
            "+OK\r\n",
            ">2\r\n$7\r\nmessage\r\n$1\r\nx\r\n",
            "GET /" + "x".repeat(6000),
            "?".repeat(700),
            "\0\1\2");

    @ParameterizedTest
    @ValueSource(strings = {"http,redis", "http", "redis", "none"})
    void balanceWhateverHappens(String wanted) {
        for (int seed = 0; seed < RUNS; seed++) {
            ConnectionUnderTest run = new ConnectionUnderTest(Set.of(wanted.split(",")));
            Random random = new Random(seed);
            long[] ends = live(run, random);
            boolean endSeen = random.nextInt(4) > 0;
            if (endSeen) {
                ends[0] += random.nextInt(3) == 0 ? random.nextInt(500) : 0;
                ends[1] += random.nextInt(3) == 0 ? random.nextInt(500) : 0;
                run.on(EventEncoder.closed(
                        100_000, ConnectionUnderTest.GENERATION, 1, 3, ends[0], ends[1], random.nextInt(4)));
            } else {
                run.connection.abandon();
            }

            String what = "wanted " + wanted + ", seed " + seed;
            assertThat(run.accountedBytes()).as(what).isEqualTo(ends[0] + ends[1]);
            assertThat(run.books.finalPositions()).as(what).isEqualTo(ends[0] + ends[1]);
            assertThat(run.books.held().usedBytes()).as(what).isZero();
            assertThat(run.books.heldEvents()).as(what).isEqualTo(run.books.replayedEvents());
            assertThat(run.books.buffered().usedBytes()).as(what).isZero();
            assertThat(run.books.buffered().holders()).as(what).isZero();
            assertThat(run.books.parsedMessages())
                    .as(what)
                    .isEqualTo(2 * run.books.matchedRequests()
                            + run.books.unansweredRequests()
                            + run.books.oneWayMessages()
                            + run.books.unmatchedResponses());
            assertThat(run.books.emittedRecords()).as(what).isEqualTo(run.records.size());
            assertThat(run.books.unparsedBytes().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .as(what)
                    .isEqualTo(run.streamBytes(Fate.UNPARSED));
        }
    }

    /** Feeds a life of a connection; returns where the two streams have ended as far as events show. */
    private static long[] live(ConnectionUnderTest run, Random random) {
        switch (random.nextInt(4)) {
            case 0 -> run.opened(EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
            case 1 -> run.opened(EventDecoder.SIDE_SERVER, EventDecoder.ORIGIN_ACCEPT);
            case 2 -> run.opened(0, EventDecoder.ORIGIN_FIRST_USE);
            default -> {
                // The opening was lost.
            }
        }
        long[] next = new long[2];
        long[] seen = new long[2];
        int events = random.nextInt(60);
        for (int i = 0; i < events; i++) {
            Direction direction = random.nextBoolean() ? Direction.EGRESS : Direction.INGRESS;
            int which = direction == Direction.EGRESS ? 0 : 1;
            byte[] bytes = piece(random);
            long position = next[which];
            next[which] += bytes.length;
            int chance = random.nextInt(12);
            if (chance == 0) {
                continue; // lost
            }
            if (chance == 1) {
                position = Math.max(0, position - random.nextInt(200)); // overlaps what came before
            }
            int captured = chance == 2 ? random.nextInt(bytes.length + 1) : bytes.length;
            byte[] event = EventEncoder.data(
                    1000 + i, 1000 + i, ConnectionUnderTest.GENERATION, 1, 3, direction, position, bytes, captured);
            run.on(chance == 3 ? EventEncoder.traced(event, TraceState.HEADS) : event);
            seen[which] = Math.max(seen[which], position + bytes.length);
            if (random.nextInt(20) == 0) {
                run.connection.timeOut(ConnectionUnderTest.REQUEST_TIMEOUT.toNanos() + 1000 + i);
            }
        }
        return seen;
    }

    /** A whole message or part of one. */
    private static byte[] piece(Random random) {
        String piece = PIECES.get(random.nextInt(PIECES.size()));
        int from = random.nextInt(3) == 0 ? random.nextInt(piece.length()) : 0;
        int to = random.nextInt(3) == 0 ? from + 1 + random.nextInt(piece.length() - from) : piece.length();
        return piece.substring(from, to).getBytes(StandardCharsets.ISO_8859_1);
    }
}
