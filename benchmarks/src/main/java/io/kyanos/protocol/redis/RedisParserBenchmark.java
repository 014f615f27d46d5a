package io.kyanos.protocol.redis;

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

/** A GET and its reply, parsed as the exporter parses them: labels and sizes, no keys, no text. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RedisParserBenchmark {

    private final Conversation conversation = RedisProtocol.INSTANCE.newConversation(Detail.NONE);
    private final WholeMessage request =
            new WholeMessage(conversation.requests(), ascii("*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n"));
    private final WholeMessage reply = new WholeMessage(conversation.responses(), ascii("$3\r\nxxx\r\n"));

    @Benchmark
    public Message getRequest() {
        return request.parse();
    }

    @Benchmark
    public Message bulkReply() {
        return reply.parse();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
