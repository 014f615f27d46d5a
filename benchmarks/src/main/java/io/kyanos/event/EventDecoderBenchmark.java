package io.kyanos.event;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Decoding one data event in place: what every event costs in the router and once more in its connection's actor. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EventDecoderBenchmark {

    private final byte[] event = EventEncoder.data(
            1_000,
            2_000,
            42,
            100,
            7,
            Direction.INGRESS,
            4096,
            "*1\r\n$4\r\nPING\r\n".getBytes(StandardCharsets.US_ASCII),
            14);
    private final EventDecoder decoder = new EventDecoder();

    /** Checks that the event is whole, and reads what the router reads. */
    @Benchmark
    public long route() {
        if (!decoder.wrap(event, 0, event.length)) {
            throw new IllegalStateException("the event is whole");
        }
        return decoder.kind() + decoder.generation() + decoder.emittedAt();
    }

    /** The same, and the fields that a connection reads. */
    @Benchmark
    public void decode(Blackhole sink) {
        sink.consume(route());
        sink.consume(decoder.direction());
        sink.consume(decoder.position());
        sink.consume(decoder.dataLength());
        sink.consume(decoder.captured());
        sink.consume(decoder.enteredAt());
        sink.consume(decoder.exitedAt());
        sink.consume(decoder.payloadIndex());
        sink.consume(decoder.dataTraceState());
    }
}
