package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Guess;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What a connection of any protocol pays for not being HTTP/2, and what one pays that is. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Http2GuessBenchmark {

    private final ByteView nothing = new ByteView();
    private final ByteView text = ascii("GET /api/users HTTP/1.1\r\nHost: shop\r\n\r\n");
    private final ByteView post = ascii("POST /api/users HTTP/1.1\r\nHost: shop\r\n\r\n");
    /** Of Kafka: a length, the key of a request, its version. */
    private final ByteView lengthFirst = hex("000000230012000400000001000a636f6e736f6c652d636f6e73756d65722d31");

    private final ByteView zeros = hex("00".repeat(64));
    private final ByteView preface = ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    private final ByteView middle = hex("0000050104000000" + "0d" + "828684bebf" + "00000401050000000f828684be");

    @Benchmark
    public Guess text() {
        return Http2Guess.guess(text, nothing);
    }

    /** Begins as the preface does. */
    @Benchmark
    public Guess post() {
        return Http2Guess.guess(post, nothing);
    }

    /** Begins as a frame does. */
    @Benchmark
    public Guess lengthFirst() {
        return Http2Guess.guess(lengthFirst, nothing);
    }

    @Benchmark
    public Guess zeros() {
        return Http2Guess.guess(zeros, nothing);
    }

    /** The same, of a connection that was open before. */
    @Benchmark
    public Guess lengthFirstInTheMiddle() {
        return Http2Guess.anywhere(lengthFirst);
    }

    /** It is HTTP/2. */
    @Benchmark
    public Guess preface() {
        return Http2Guess.guess(preface, nothing);
    }

    /** So is this. */
    @Benchmark
    public Guess requestInTheMiddle() {
        return Http2Guess.anywhere(middle);
    }

    private static ByteView ascii(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return new ByteView(bytes, 0, bytes.length);
    }

    private static ByteView hex(String text) {
        byte[] bytes = HexFormat.of().parseHex(text);
        return new ByteView(bytes, 0, bytes.length);
    }
}
