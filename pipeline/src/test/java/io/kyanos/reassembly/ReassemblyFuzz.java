package io.kyanos.reassembly;

import io.kyanos.event.Direction;
import io.kyanos.fuzz.FuzzTarget;
import io.kyanos.fuzz.Input;
import io.kyanos.packet.PacketMaker;
import io.kyanos.packet.TransportPacket;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Any packets between two ends. Whatever they are: of each connection every byte comes once, in order, from its place, and
 * nothing after its end; memory is bounded, and all of it comes back.
 */
public final class ReassemblyFuzz implements FuzzTarget {

    private static final ReassemblyFuzz TARGET = new ReassemblyFuzz();
    private static final int MAX_HELD = 4000;
    private static final int MAX_FLOWS = 3;
    private static final int TCP = 6;
    private static final int UDP = 17;

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    @Override
    public void run(byte[] bytes) {
        Input input = new Input(bytes);
        Model model = new Model();
        Reassembly reassembly = new Reassembly(model, new ReassemblySettings(MAX_FLOWS, MAX_HELD, 2 * MAX_HELD), 1);
        int[] sequences = {-100, 200};
        long at = 1;
        while (input.hasMore()) {
            int choice = input.next();
            int by = choice & 1;
            int shift = input.next() - 100;
            int length = input.next();
            // Mostly near where the direction stands, at times anywhere.
            int sequence =
                    (choice & 2) == 0 ? sequences[by] : sequences[by] + shift * ((choice & 4) == 0 ? 1 : 0x0100_0001);
            int acknowledgement = sequences[1 - by] + ((choice & 8) == 0 ? 0 : shift);
            int flags = (choice & 16) == 0 ? TransportPacket.ACK : input.next();
            if ((choice & 32) != 0) {
                at += input.next() * 50_000_000L;
            }
            boolean isUdp = (choice & 192) == 192;
            reassembly.on(
                    packet(isUdp ? UDP : TCP, at, by, choice >> 6, flags, sequence, acknowledgement, length, shift));
            if ((choice & 2) == 0) {
                sequences[by] += length;
            }
            check(reassembly.heldBytes() <= 2 * MAX_HELD, "held " + reassembly.heldBytes());
            check(reassembly.flows() <= MAX_FLOWS, "flows " + reassembly.flows());
        }
        while (reassembly.endNext()) {
            // the next one
        }
        check(reassembly.heldBytes() == 0 && reassembly.flows() == 0, "all comes back");
    }

    private static TransportPacket packet(
            int transport,
            long at,
            int by,
            int port,
            int flags,
            int sequence,
            int acknowledgement,
            int length,
            int cut) {
        byte[] payload = new byte[length];
        for (int i = 0; i < length; i++) {
            int first = (flags & TransportPacket.SYN) == 0 ? sequence : sequence + 1;
            payload[i] = (byte) (first + i);
        }
        int captured = cut > 0 && cut < length ? cut : length;
        int clientPort = 40000 + port;
        return PacketMaker.packet(
                transport,
                at,
                by == 1,
                by == 0 ? clientPort : 80,
                by == 0 ? 80 : clientPort,
                flags,
                sequence,
                acknowledgement,
                payload,
                captured);
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                new byte[] {16, 0, 0, 2, 17, 0, 0, 18, 0, 0, 30, 1, 0, 40, 0, 0, 9, 16, 0, 0, 17, 17, 0, 0, 17},
                new byte[] {2, 110, 50, 2, (byte) 200, 50, 1, 0, 20, 0, 0, (byte) 200, 32, 0, 10, 9, 8, 120, 30},
                new byte[] {(byte) 192, 0, 30, (byte) 193, 0, 40, 6, 3, 90, 0, 0, 20, 34, 120, 60, 100, 18, 100, 60, 4
                });
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** What has been told, checked as it comes. */
    private static final class Model implements StreamSink {

        private record Way(long generation, Direction direction) {}

        private final Map<Way, Long> next = new HashMap<>();
        private final Map<Way, Byte> bases = new HashMap<>();
        private final Set<Long> open = new HashSet<>();

        @Override
        public boolean opens(Flow flow) {
            check(open.add(flow.generation()), "opens once");
            return true;
        }

        @Override
        public void bytes(
                Flow flow,
                Direction direction,
                long movedAt,
                long position,
                int length,
                byte[] array,
                int offset,
                int captured,
                boolean continued) {
            Way way = new Way(flow.generation(), direction);
            check(open.contains(flow.generation()), "bytes of what is open");
            check(position >= next.getOrDefault(way, 0L), "order");
            check(captured >= 0 && captured <= length, "captured");
            check(flow.transport() == UDP || length > 0, "length");
            check(!continued || position == next.getOrDefault(way, 0L), "goes on");
            next.put(way, position + length);
            for (int i = 0; i < captured && flow.transport() == TCP; i++) {
                byte base = (byte) (array[offset + i] - (position + i));
                Byte known = bases.putIfAbsent(way, base);
                check(known == null || known == base, "the byte of its place");
            }
        }

        @Override
        public void closes(Flow flow, long closedAt, long egressEnd, long ingressEnd, int reason, int firstEnd) {
            check(open.remove(flow.generation()), "closes once");
            check(egressEnd >= next.getOrDefault(new Way(flow.generation(), Direction.EGRESS), 0L), "egress end");
            check(ingressEnd >= next.getOrDefault(new Way(flow.generation(), Direction.INGRESS), 0L), "ingress end");
        }
    }
}
