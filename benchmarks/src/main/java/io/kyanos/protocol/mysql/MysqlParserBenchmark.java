package io.kyanos.protocol.mysql;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.WholeMessage;
import io.kyanos.record.Message;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A query, as text and prepared before, and its answer, parsed as the exporter parses them: labels and sizes, no text. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MysqlParserBenchmark {

    private static final String SQL = "SELECT c FROM sbtest1 WHERE id=";
    private static final String COLUMN = "\3def\4shop\7sbtest1\7sbtest1\1c\1c\f\77\0\13\0\0\0\375\0\0\0\0\0";

    private final Conversation conversation = MysqlProtocol.of(
                    ConfigFactory.parseResources("reference.conf").resolve())
            .newConversation(Detail.NONE);
    private final WholeMessage query = new WholeMessage(conversation.requests(), packet(0, "\3" + SQL + "42"));
    private final WholeMessage executed =
            new WholeMessage(conversation.requests(), packet(0, "\27\1\0\0\0\0\1\0\0\0\0\1\3\0\52\0\0\0"));
    private final WholeMessage answer = new WholeMessage(
            conversation.responses(),
            join(
                    packet(1, "\1"),
                    packet(2, COLUMN),
                    packet(3, "\170" + "c".repeat(120)),
                    packet(4, "\u00fe\0\0\2\0\0\0")));

    @Benchmark
    public Message query() {
        return query.parse();
    }

    @Benchmark
    public Message executed() {
        return executed.parse();
    }

    @Benchmark
    public Message answerOfOneRow() {
        return answer.parse();
    }

    private static byte[] packet(int sequence, String payload) {
        String head = "" + (char) payload.length() + "\0\0" + (char) sequence;
        return (head + payload).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
