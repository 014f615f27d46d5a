package io.kyanos.connection;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A message through the buffer: whole within one event, and cut in two by events. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class StreamBufferBenchmark {

    private static final int CAPACITY = 256 * 1024;

    @Param({"64", "1024", "16384"})
    private int messageBytes = 64;

    private final byte[] slab = new byte[32 * 1024];
    private final StreamBuffer buffer = new StreamBuffer(CAPACITY, new MemoryBudget(CAPACITY));

    @Benchmark
    public long inPlace() {
        buffer.add(slab, 0, messageBytes);
        buffer.consume(messageBytes);
        buffer.settle();
        return buffer.position();
    }

    @Benchmark
    public long copied() {
        int half = messageBytes / 2;
        buffer.add(slab, 0, half);
        buffer.settle();
        buffer.add(slab, half, messageBytes - half);
        buffer.consume(messageBytes);
        buffer.settle();
        return buffer.position();
    }
}
