package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.StreamKind;
import io.kyanos.protocol.WholeMessage;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A query and its response, parsed as the exporter parses them, and the test that each datagram goes through before. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DnsParserBenchmark {

    private static final byte[] QUERY = hex(
            "1234 0100 0001 0000 0000 0001 03777777076578616d706c6503636f6d00 0001 0001 00 0029 04d0 00000000 0000");
    private static final byte[] RESPONSE = hex(
            "1234 8180 0001 0002 0000 0001 03777777076578616d706c6503636f6d00 0001 0001"
                    + "c00c 0001 0001 0000012c 0004 c0000201 c00c 0001 0001 0000012c 0004 c0000202 00 0029 04d0 00000000 0000");

    private final Conversation conversation =
            DnsProtocol.INSTANCE.newConversation(StreamKind.DATAGRAM, Detail.NONE, Endpoint.NONE);
    private final WholeMessage query = new WholeMessage(conversation.requests(), QUERY);
    private final WholeMessage response = new WholeMessage(conversation.responses(), RESPONSE);
    private final ByteView datagram = new ByteView(RESPONSE, 0, RESPONSE.length);

    @Benchmark
    public Message query() {
        return query.parse();
    }

    @Benchmark
    public Message response() {
        return response.parse();
    }

    @Benchmark
    public Guess guess() {
        return DnsProtocol.INSTANCE.guessDatagram(datagram, true, Endpoint.NONE, Endpoint.NONE);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}
