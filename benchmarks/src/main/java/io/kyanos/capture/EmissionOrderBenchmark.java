package io.kyanos.capture;

import io.kyanos.event.Channel;
import io.kyanos.event.Direction;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One event's way into a batch: its copy out of the ring into the slab, and its place in the order of all channels. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EmissionOrderBenchmark {

    private static final int EVENTS = 1000;
    private static final int FRAME_BYTES = 8;
    private static final int EVENTS_PER_OPENING = 10;

    @Param({"64", "1024"})
    private int payloadBytes = 64;

    private final EmissionOrder order = new EmissionOrder(List.of(new LongAdder(), new LongAdder()));
    private byte[] ring = {};
    private EventBatch batch = new EventBatch(ring, back -> {});
    private List<ChannelBatch> channels = List.of();

    @Setup
    public void write() {
        ByteBuffer frames = ByteBuffer.allocate(EVENTS * (256 + payloadBytes)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < EVENTS; i++) {
            if (i % EVENTS_PER_OPENING != 0) {
                put(
                        frames,
                        EventEncoder.data(i, i, 1, 100, 7, Direction.INGRESS, i, new byte[payloadBytes], payloadBytes));
            }
        }
        int middle = frames.position();
        for (int i = 0; i < EVENTS; i += EVENTS_PER_OPENING) {
            put(frames, EventEncoder.opened(i, 1, 100, 7, 0, 0));
        }
        ring = Arrays.copyOf(frames.array(), frames.position());
        batch = new EventBatch(ring.clone(), back -> {});
        channels = List.of(
                new ChannelBatch(Channel.SYSCALL, batch, 0, middle),
                new ChannelBatch(Channel.CONN, batch, middle, ring.length));
    }

    /** What one poll copies, from an array that stands for the mapped ring. */
    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public byte[] slabCopy() {
        System.arraycopy(ring, 0, batch.slab(), 0, ring.length);
        return batch.slab();
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public EventBatch merge() {
        batch.restart();
        return order.merge(channels);
    }

    private static void put(ByteBuffer frames, byte[] event) {
        int at = frames.position();
        frames.putInt(at, event.length);
        frames.put(at + FRAME_BYTES, event);
        frames.position(at + FRAME_BYTES + ((event.length + 7) & ~7));
    }
}
