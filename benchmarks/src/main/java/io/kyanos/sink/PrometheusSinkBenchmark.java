package io.kyanos.sink;

import com.typesafe.config.ConfigFactory;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import io.kyanos.record.Trace;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Adding up one record of a batch, all of whose label sets are known. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PrometheusSinkBenchmark {

    private static final int RECORDS = 64;
    private static final int OPERATIONS = 8;

    private final PrometheusSink.Shard shard =
            new PrometheusSink(MetricsSettings.of(ConfigFactory.defaultReference()), System::nanoTime).newShard();
    private final List<TrafficRecord> batch = batch(Trace.NONE);
    private final List<TrafficRecord> traced =
            batch(new Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", ""));

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void accept() {
        shard.accept(batch);
    }

    /** Of requests that are part of traces: each offers itself as an exemplar. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public void acceptTraced() {
        shard.accept(traced);
    }

    /** Of a client and of a server in turn, as one that sees both ends of its machine's connections gets them. */
    private static List<TrafficRecord> batch(Trace trace) {
        List<TrafficRecord> batch = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            batch.add(TestRecords.http()
                    .operation("GET /route-" + i % OPERATIONS)
                    .side(i % 2 == 0 ? Side.CLIENT : Side.SERVER)
                    .tookNanos(100_000L * (i + 1))
                    .trace(trace)
                    .build());
        }
        return batch;
    }
}
