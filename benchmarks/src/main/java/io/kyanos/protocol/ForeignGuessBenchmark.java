package io.kyanos.protocol;

import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a call of a connection of none of our protocols pays for being asked whether it is of one: one operation is the next
 * call of all foreign dialogues, put to one protocol's test or to all of them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ForeignGuessBenchmark {

    private static final int HEAD_BYTES = 256;

    /** The name of the protocol that is asked. */
    @Param({"all", "http", "http2", "dns", "nats", "postgresql", "redis"})
    public String asked = "all";

    private final ByteView nothing = new ByteView();
    private Protocol[] protocols = {};
    private ByteView[] heads = {};
    private int next;

    @Setup
    public void setUp() {
        protocols = Protocols.of(ConfigFactory.parseResources("reference.conf").resolve()).stream()
                .filter(protocol -> asked.equals("all") || protocol.name().equals(asked))
                .toArray(Protocol[]::new);
        List<ForeignDialogue> dialogues = ForeignDialogue.all();
        heads = dialogues.stream()
                .flatMap(dialogue -> dialogue.steps().stream())
                .map(said -> new ByteView(said.bytes(), 0, Math.min(said.bytes().length, HEAD_BYTES)))
                .toArray(ByteView[]::new);
    }

    /** At a connection's beginning. */
    @Benchmark
    public int atItsBeginning() {
        ByteView head = head();
        int denials = 0;
        for (Protocol protocol : protocols) {
            denials += protocol.guess(head, nothing) == Guess.NO ? 1 : 0;
        }
        return denials;
    }

    /** Of a connection that was open before. */
    @Benchmark
    public int inItsMiddle() {
        ByteView head = head();
        int denials = 0;
        for (Protocol protocol : protocols) {
            denials += protocol.guessAnywhere(head, nothing) == Guess.NO ? 1 : 0;
        }
        return denials;
    }

    private ByteView head() {
        next = next + 1 == heads.length ? 0 : next + 1;
        return heads[next];
    }
}
