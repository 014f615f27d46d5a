package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.javadsl.Source;

/** The record streams of a capture; each connection always feeds the same one. Immutable. */
final class RecordShards {

    private final List<RecordShard> shards;

    RecordShards(ActorSystem<?> system, int count, int queuedBatches) {
        List<RecordShard> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(new RecordShard(system, queuedBatches));
        }
        shards = List.copyOf(made);
    }

    RecordShard of(long generation) {
        return shards.get((int) Long.remainderUnsigned(generation * 0x9E3779B97F4A7C15L >>> 32, shards.size()));
    }

    List<Source<List<TrafficRecord>, NotUsed>> sources() {
        return shards.stream().map(RecordShard::source).toList();
    }

    void complete() {
        shards.forEach(RecordShard::complete);
    }
}
