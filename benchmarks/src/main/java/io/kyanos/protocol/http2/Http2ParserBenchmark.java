package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.web.RouteTemplates;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Frames between the first and the last of a stream, which make no message. A whole exchange: {@code ConnectionBenchmark}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Http2ParserBenchmark {

    private static final int BODY_BYTES = 1024;

    private final Conversation conversation =
            new Http2Protocol(new RouteTemplates(List.of())).newConversation(Detail.NONE);
    private final ParseResult result = new ParseResult();
    private final ByteView ping = hex("000008060000000000" + "0000000000000000");
    private final ByteView window = hex("000004080000000001" + "00000400");
    private final ByteView data = hex("000400000000000001" + "78".repeat(BODY_BYTES));
    private final ByteView padded = hex("000400000800000001" + "10" + "78".repeat(BODY_BYTES - 1));
    private final ByteView trailers = hex("000001010400000001" + "90");

    public Http2ParserBenchmark() {
        parse(conversation.requests(), hex("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"));
        parse(conversation.requests(), hex("000003010500000001" + "828685"));
        parse(conversation.responses(), hex("000001010400000001" + "88"));
    }

    @Benchmark
    public int ping() {
        return parse(conversation.requests(), ping);
    }

    @Benchmark
    public int windowUpdate() {
        return parse(conversation.requests(), window);
    }

    /** 1 KiB of a response. */
    @Benchmark
    public int data() {
        return parse(conversation.responses(), data);
    }

    @Benchmark
    public int paddedData() {
        return parse(conversation.responses(), padded);
    }

    /** A header block of a stream that is open, of one field that nobody wants. */
    @Benchmark
    public int fields() {
        return parse(conversation.responses(), trailers);
    }

    private int parse(Parser parser, ByteView frame) {
        parser.parse(frame, result);
        if (result.length() + result.passOver() != frame.length()) {
            throw new IllegalStateException(result.kind() + " " + result.length() + " " + result.reason());
        }
        return result.length();
    }

    private static ByteView hex(String text) {
        byte[] bytes = HexFormat.of().parseHex(text);
        return new ByteView(bytes, 0, bytes.length);
    }
}
