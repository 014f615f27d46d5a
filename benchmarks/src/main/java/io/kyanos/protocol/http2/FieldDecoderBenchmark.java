package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The header blocks of a client: its first, in Huffman code, those that refer to it, and one whose texts nobody numbers. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FieldDecoderBenchmark {

    private final Sum all = new Sum();
    private final Sum few = new Sum() {
        @Override
        public boolean isWanted(ByteView name) {
            return name.byteAt(0) == ':';
        }
    };
    private final FieldDecoder decoder = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
    private final ByteView indexed = hex("828684be");
    private final ByteView literal = hex("828604" + "8cf1e3c2e5f23a6ba0ab90f4ff" // a path of 15 octets
            + "0f048cf1e3c2e5f23a6ba0ab90f4ff" // referrer and cookie likewise
            + "0f118cf1e3c2e5f23a6ba0ab90f4ff" + "0f298cf1e3c2e5f23a6ba0ab90f4ff");
    private final ByteView added = hex("8286418cf1e3c2e5f23a6ba0ab90f4ff5886a8eb10649cbf");

    public FieldDecoderBenchmark() {
        decoder.begin();
        decode(added, all);
    }

    /** Four fields, all of them numbers. */
    @Benchmark
    public int indexed() {
        return decode(indexed, all);
    }

    /** Six fields, four of them with texts of twelve bytes in Huffman code. */
    @Benchmark
    public int huffman() {
        return decode(literal, all);
    }

    /** The same, where only pseudo-headers are wanted. */
    @Benchmark
    public int huffmanOfWhichOneIsWanted() {
        return decode(literal, few);
    }

    /** Four fields, two of which enter the table, and make others leave it. */
    @Benchmark
    public int added() {
        return decode(added, all);
    }

    private int decode(ByteView block, Sum sum) {
        sum.bytes = 0;
        if (!decoder.decode(block, 0, block.length(), sum)) {
            throw new IllegalStateException("not well-formed");
        }
        return sum.bytes;
    }

    private static ByteView hex(String text) {
        byte[] bytes = HexFormat.of().parseHex(text);
        return new ByteView(bytes, 0, bytes.length);
    }

    private static class Sum implements FieldDecoder.Fields {

        int bytes;

        @Override
        public void field(@Nullable ByteView name, @Nullable ByteView value) {
            bytes += (name == null ? 0 : name.length()) + (value == null ? 0 : value.length());
        }
    }
}
