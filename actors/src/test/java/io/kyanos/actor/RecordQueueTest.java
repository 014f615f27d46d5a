package io.kyanos.actor;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class RecordQueueTest {

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final TrafficRecord RECORD = TestRecords.redis().build();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void offersGatherUntilTheFlush() throws Exception {
        RecordQueue queue = new RecordQueue(16);
        SinkQueueWithCancel<List<TrafficRecord>> stream = run(queue);
        CompletionStage<Optional<List<TrafficRecord>>> first = stream.pull();

        queue.offer(records(1));
        queue.offer(records(2));
        queue.offer(records(3));
        queue.flush();

        assertThat(next(first)).hasValueSatisfying(batch -> assertThat(batch).hasSize(6));
    }

    @Test
    void moreThanHalfAQueueMovesOnByItself() throws Exception {
        RecordQueue queue = new RecordQueue(4);
        SinkQueueWithCancel<List<TrafficRecord>> stream = run(queue);

        queue.offer(records(1));
        queue.offer(records(1));
        queue.offer(records(1));

        assertThat(next(stream.pull())).isPresent();
    }

    @Test
    void aFullQueueRefusesAndTakesAgainOnceItHasFlowed() throws Exception {
        RecordQueue queue = new RecordQueue(2);
        assertThat(queue.offer(records(1))).isEqualTo(RecordHub.Offer.TAKEN);
        assertThat(queue.offer(records(1))).isEqualTo(RecordHub.Offer.TAKEN);
        assertThat(queue.offer(records(1))).isEqualTo(RecordHub.Offer.FULL);

        assertThat(next(run(queue).pull()))
                .hasValueSatisfying(batch -> assertThat(batch).hasSize(2));

        assertThat(queue.offer(records(1))).isEqualTo(RecordHub.Offer.TAKEN);
    }

    @Test
    void completionDrainsWhatWaitsAndTakesNoMore() throws Exception {
        RecordQueue queue = new RecordQueue(16);
        SinkQueueWithCancel<List<TrafficRecord>> stream = run(queue);
        queue.offer(records(5));

        queue.complete();

        assertThat(queue.offer(records(1))).isEqualTo(RecordHub.Offer.ENDED);
        assertThat(next(stream.pull()))
                .hasValueSatisfying(batch -> assertThat(batch).hasSize(5));
        assertThat(next(stream.pull())).isEmpty();
    }

    @Test
    void nothingIsLostBetweenThreadsThatOfferAndFlush() throws Exception {
        RecordQueue queue = new RecordQueue(8);
        CompletionStage<Integer> sum =
                Source.fromGraph(queue).runWith(Sink.fold(0, (before, batch) -> before + batch.size()), KIT.system());
        int threads = 4;
        int offers = 20_000;
        List<Thread> offering = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            offering.add(new Thread(() -> {
                for (int n = 0; n < offers; n++) {
                    while (queue.offer(records(1)) == RecordHub.Offer.FULL) {
                        Thread.onSpinWait();
                    }
                    queue.flush();
                }
            }));
        }
        offering.forEach(Thread::start);
        for (Thread thread : offering) {
            thread.join();
        }

        queue.complete();

        assertThat(sum.toCompletableFuture().get(10, SECONDS)).isEqualTo(threads * offers);
    }

    private static SinkQueueWithCancel<List<TrafficRecord>> run(RecordQueue queue) {
        return Source.fromGraph(queue).runWith(Sink.queue(), KIT.system());
    }

    private static List<TrafficRecord> records(int count) {
        return Stream.generate(() -> RECORD).limit(count).toList();
    }

    private static Optional<List<TrafficRecord>> next(CompletionStage<Optional<List<TrafficRecord>>> pulled)
            throws ExecutionException, InterruptedException, TimeoutException {
        return pulled.toCompletableFuture().get(10, SECONDS);
    }
}
