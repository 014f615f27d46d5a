package io.kyanos.protocol.nats;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.WholeMessage;
import io.kyanos.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A publication, its delivery and a request, parsed as the exporter parses them: labels and sizes, no subjects, no text. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NatsParserBenchmark {

    private static final String PAYLOAD = "x".repeat(128) + "\r\n";

    private final Conversation conversation = NatsProtocol.INSTANCE.newConversation(Detail.NONE);
    private final WholeMessage publication =
            new WholeMessage(conversation.requests(), ascii("PUB orders.new 128\r\n" + PAYLOAD));
    private final WholeMessage request = new WholeMessage(
            conversation.requests(), ascii("PUB orders.get _INBOX.SgXVbQmVLTDwQGOlBxYPbR.4vQ9Wq 128\r\n" + PAYLOAD));
    private final WholeMessage delivery =
            new WholeMessage(conversation.responses(), ascii("MSG orders.new 7 128\r\n" + PAYLOAD));

    @Benchmark
    public Message publication() {
        return publication.parse();
    }

    @Benchmark
    public Message request() {
        return request.parse();
    }

    @Benchmark
    public Message delivery() {
        return delivery.parse();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
