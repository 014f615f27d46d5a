package io.kyanos.actor;

import io.kyanos.record.TrafficRecord;
import java.util.List;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.japi.Pair;
import org.apache.pekko.stream.BoundedSourceQueue;
import org.apache.pekko.stream.QueueOfferResult;
import org.apache.pekko.stream.javadsl.Source;

/** One stream of records: a bounded queue that connection actors offer to, and the source behind it. Thread-safe. */
final class RecordShard {

    /** What became of an offer. */
    enum Offer {
        TAKEN,
        FULL,
        ENDED
    }

    private final BoundedSourceQueue<List<TrafficRecord>> queue;
    private final Source<List<TrafficRecord>, NotUsed> source;

    RecordShard(ActorSystem<?> system, int batches) {
        Pair<BoundedSourceQueue<List<TrafficRecord>>, Source<List<TrafficRecord>, NotUsed>> pair =
                Source.<List<TrafficRecord>>queue(batches).preMaterialize(system);
        queue = pair.first();
        source = pair.second();
    }

    /** The records, in batches. Can be run once. */
    Source<List<TrafficRecord>, NotUsed> source() {
        return source;
    }

    Offer offer(List<TrafficRecord> records) {
        QueueOfferResult result = queue.offer(records);
        if (result == QueueOfferResult.enqueued()) {
            return Offer.TAKEN;
        }
        return result == QueueOfferResult.dropped() ? Offer.FULL : Offer.ENDED;
    }

    void complete() {
        queue.complete();
    }
}
