package io.kyanos.protocol;

import io.kyanos.record.Message;
import io.kyanos.record.Unanswered;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Pairing: so many requests, then a response to each. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class InOrderMatcherBenchmark {

    @Param({"1", "16"})
    private int pipelined = 1;

    private final InOrderMatcher matcher = new InOrderMatcher(1024);
    private final Pairs pairs = new Pairs();
    private final FramedMessage request = framed(1_000);
    private final FramedMessage response = framed(2_000);

    @Benchmark
    public long turn() {
        for (int i = 0; i < pipelined; i++) {
            matcher.request(request, pairs);
        }
        for (int i = 0; i < pipelined; i++) {
            matcher.response(response, pairs);
        }
        return pairs.answered;
    }

    private static FramedMessage framed(long at) {
        return new FramedMessage(new Nameless(36), 0, 36, false, at, at, at, List.of());
    }

    private static final class Pairs implements Matcher.Exchanges {

        private long answered;

        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            answered++;
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            throw new IllegalStateException("every request is answered");
        }

        @Override
        public void oneWay(FramedMessage message) {
            throw new IllegalStateException("no message is one-way");
        }

        @Override
        public void unmatched(FramedMessage response) {
            throw new IllegalStateException("every response has its request");
        }
    }

    private record Nameless(long wireBytes) implements Message {}
}
