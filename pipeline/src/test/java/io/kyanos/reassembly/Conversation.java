package io.kyanos.reassembly;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;

/**
 * A TCP connection that a test makes up: two ends that send at random, over a network that loses some of it, so that it is
 * sent again, cut otherwise. The packets are those that pass a point between both ends, in order.
 */
final class Conversation {

    /** A packet. Positions count from the first byte of their direction. */
    record Packet(boolean byClient, String flags, long position, int length, long acknowledged) {}

    private static final int MAX_SEGMENT = 1400;
    private static final int MAX_IN_FLIGHT = 24;

    final byte[][] streams;
    final List<Packet> packets = new ArrayList<>();
    private final Random random;
    private final double loss;
    private final End[] ends = {new End(), new End()};

    /** One end: what it has sent, and got. */
    private static final class End {
        private long sent;
        private final Queue<long[]> lost = new ArrayDeque<>();
        private final TreeMap<Long, Long> ahead = new TreeMap<>();
        private long got;
        private int inFlight;

        void gets(long from, long to) {
            ahead.merge(from, to, Math::max);
            while (!ahead.isEmpty() && ahead.firstKey() <= got) {
                got = Math.max(got, ahead.pollFirstEntry().getValue());
            }
        }
    }

    /**
     * A connection that is over, unless that is the test's to add.
     *
     * @param loss how likely a segment does not arrive
     */
    Conversation(long seed, int maxBytes, double loss) {
        random = new Random(seed);
        this.loss = loss;
        streams = new byte[][] {new byte[1 + random.nextInt(maxBytes)], new byte[1 + random.nextInt(maxBytes)]};
        random.nextBytes(streams[0]);
        random.nextBytes(streams[1]);
        while (!isDone()) {
            step();
        }
    }

    private boolean isDone() {
        return ends[0].got == streams[1].length && ends[1].got == streams[0].length;
    }

    private void step() {
        int by = random.nextInt(2);
        End end = ends[by];
        long[] again = end.lost.peek();
        if (again != null
                && (random.nextInt(4) == 0 || end.sent == streams[by].length || end.inFlight >= MAX_IN_FLIGHT)) {
            end.lost.remove();
            end.inFlight = 0;
            // Cut at other places, perhaps with some of what comes before and after it.
            long from = Math.max(0, again[0] - random.nextInt(40));
            long to = Math.min(end.sent, again[1] + random.nextInt(40));
            send(by, from, (int) Math.min(MAX_SEGMENT * 2, to - from));
            if (from + MAX_SEGMENT * 2 < again[1]) {
                end.lost.add(new long[] {from + MAX_SEGMENT * 2, again[1]});
            }
        } else if (end.sent < streams[by].length && end.inFlight < MAX_IN_FLIGHT && random.nextInt(3) > 0) {
            int length = (int) Math.min(1 + random.nextInt(MAX_SEGMENT), streams[by].length - end.sent);
            send(by, end.sent, length);
        } else {
            packets.add(new Packet(by == 0, "A", end.sent, 0, end.got));
        }
    }

    private void send(int by, long from, int length) {
        End end = ends[by];
        boolean isLost = random.nextDouble() < loss;
        boolean isSeen = !isLost || random.nextBoolean();
        if (isSeen) {
            packets.add(new Packet(by == 0, random.nextInt(3) == 0 ? "PA" : "A", from, length, end.got));
        }
        end.sent = Math.max(end.sent, from + length);
        if (isLost) {
            end.inFlight++;
            end.lost.add(new long[] {from, from + length});
        } else {
            end.inFlight = end.lost.isEmpty() ? 0 : end.inFlight + 1;
            ends[1 - by].gets(from, from + length);
        }
    }
}
