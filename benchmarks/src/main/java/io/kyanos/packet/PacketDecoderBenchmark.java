package io.kyanos.packet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** Reading a whole capture and decoding its frames: twelve, two of them datagrams, and few more where there is a tunnel. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PacketDecoderBenchmark {

    @Param({"ethernet.pcap", "vxlan.pcap", "merged.pcapng"})
    public String file = "ethernet.pcap";

    private final PacketDecoder decoder = new PacketDecoder();
    private final CapturedFrame frame = new CapturedFrame();
    private byte[] capture = {};

    /** Loads the file. */
    @Setup
    public void load() {
        try (InputStream in = PacketDecoderBenchmark.class.getResourceAsStream("/packets/" + file)) {
            if (in == null) {
                throw new IllegalStateException(file + ": not there");
            }
            capture = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Benchmark
    public long decode(Blackhole sink) throws IOException {
        try (CaptureFile read = CaptureFile.open(new ByteArrayInputStream(capture), file)) {
            while (read.next(frame)) {
                decoder.decode(frame, sink::consume);
            }
            return decoder.statistics().packets();
        }
    }
}
