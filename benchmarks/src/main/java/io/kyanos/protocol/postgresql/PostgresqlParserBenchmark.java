package io.kyanos.protocol.postgresql;

import com.typesafe.config.ConfigFactory;
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

/** A query, simple and prepared before, and its answer, parsed as the exporter parses them: labels and sizes, no text. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PostgresqlParserBenchmark {

    private static final String SQL = "SELECT abalance FROM pgbench_accounts WHERE aid = ";
    private static final String EXECUTED = frame('B', "\0P_0\0\0\0\0\1\0\0\0\00242\0\0") + frame('E', "\0\0\0\0\0");

    private final Conversation conversation = PostgresqlProtocol.of(
                    ConfigFactory.parseResources("reference.conf").resolve())
            .newConversation(Detail.NONE);
    private final WholeMessage simple = new WholeMessage(conversation.requests(), latin1(frame('Q', SQL + "42;\0")));
    private final WholeMessage executed = new WholeMessage(conversation.requests(), latin1(EXECUTED));
    private final WholeMessage answer = new WholeMessage(
            conversation.responses(),
            latin1(frame('T', "\0\1abalance\0\0\0\100\1\0\3\0\0\0\27\0\4\377\377\377\377\0\0")
                    + frame('D', "\0\1\0\0\0\0010")
                    + frame('C', "SELECT 1\0")
                    + frame('Z', "I")));

    /** Prepares the statement that {@link #executed} names. */
    public PostgresqlParserBenchmark() {
        new WholeMessage(conversation.requests(), latin1(frame('P', "P_0\0" + SQL + "$1;\0\0\0") + frame('S', "")))
                .parse();
    }

    @Benchmark
    public Message simpleQuery() {
        return simple.parse();
    }

    @Benchmark
    public Message boundAndExecuted() {
        return executed.parse();
    }

    @Benchmark
    public Message answerOfOneRow() {
        return answer.parse();
    }

    private static String frame(char type, String contents) {
        return type + "\0\0\0" + (char) (contents.length() + 4) + contents;
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
