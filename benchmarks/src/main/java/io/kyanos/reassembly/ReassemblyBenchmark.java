package io.kyanos.reassembly;

import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventWriter;
import io.kyanos.packet.CapturedFrame;
import io.kyanos.packet.PacketDecoder;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One packet of 1448 bytes of payload, of one of so many connections in turn, from its frame (Ethernet, IPv4, TCP) to its event in
 * the slab: in order, or with every second one before the one that it should follow.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReassemblyBenchmark {

    private static final int PAYLOAD = 1448;
    private static final int HEADERS = 14 + 20 + 20;
    private static final int SOURCE_ADDRESS = 14 + 12;
    private static final int SEQUENCE = 14 + 20 + 4;
    private static final int FLAGS = 14 + 20 + 13;
    private static final int ETHERNET = 1;
    private static final byte ACK = 0x10;
    private static final byte SYN = 0x02;
    private static final int SLAB_BYTES = 512 * 1024;

    @Param({"1", "10000"})
    private int connections = 1;

    private final byte[] bytes = new byte[HEADERS + PAYLOAD];
    private final ByteBuffer packet = ByteBuffer.wrap(bytes);
    private final CapturedFrame frame = new CapturedFrame();
    private final PacketDecoder decoder = new PacketDecoder();
    private final Slab slab = new Slab();
    private final Reassembly reassembly = new Reassembly(slab, new ReassemblySettings(65536, 8 << 20, 64L << 20), 1);
    private long packets;

    @Setup
    public void open() {
        packet.position(12).putShort((short) 0x0800);
        packet.putShort((short) 0x4500).putShort((short) (bytes.length - 14)).putInt(0);
        packet.put((byte) 64)
                .put((byte) 6)
                .putShort((short) 0)
                .putInt(0x0a000000)
                .putInt(0x0b000001);
        packet.putShort((short) 40000)
                .putShort((short) 80)
                .putInt(0)
                .putInt(1)
                .put((byte) 0x50)
                .put(ACK);
        packet.put(FLAGS, SYN);
        for (int i = 0; i < connections; i++) {
            give(i, -1, HEADERS);
        }
        packet.put(FLAGS, ACK);
    }

    @Benchmark
    public long inOrder() {
        long turn = packets / connections;
        give((int) (packets % connections), (int) (turn * PAYLOAD), bytes.length);
        packets++;
        return slab.told;
    }

    @Benchmark
    public long everySecondEarly() {
        long turn = packets / connections;
        give((int) (packets % connections), (int) ((turn ^ 1) * PAYLOAD), bytes.length);
        packets++;
        return slab.told;
    }

    private void give(int connection, int sequence, int length) {
        packet.putShort(16, (short) (length - 14));
        packet.putInt(SOURCE_ADDRESS, 0x0a000000 + connection);
        packet.putInt(SEQUENCE, sequence);
        frame.wrap(bytes, 0, length, length, packets * 1000, ETHERNET, 0);
        decoder.decode(frame, reassembly);
    }

    /** Where events are written, over and over. */
    private static final class Slab implements StreamSink {

        private final EventBatch batch = new EventBatch(new byte[SLAB_BYTES], done -> {});
        private final EventWriter writer = new EventWriter();
        private long told;

        Slab() {
            writer.begin(batch);
        }

        @Override
        public boolean opens(Flow flow) {
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
            if (!writer.hasRoomFor(captured)) {
                batch.restart();
                writer.begin(batch);
            }
            writer.data(
                    movedAt,
                    flow.generation(),
                    direction,
                    movedAt,
                    position,
                    length,
                    array,
                    offset,
                    captured,
                    continued);
            told += length;
        }

        @Override
        public void closes(Flow flow, long closedAt, long egressEnd, long ingressEnd, int reason, int firstEnd) {
            throw new AssertionError("closed: " + flow.generation());
        }
    }
}
