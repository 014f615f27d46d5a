package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventEncoder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventReaderTest {

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final List<Channel> CHANNELS = List.of(Channel.SYSCALL, Channel.CONN);
    private static final int BATCHES = 2;
    private static final int POLLS_BEFORE_SLEEP = 3;

    private final FakeRings rings = new FakeRings();
    private final EventReader reader = new EventReader(rings, CHANNELS, settings());

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    @AfterEach
    void stopReader() {
        reader.stop();
    }

    @Test
    void passesOnWhatAPollBrings() throws Exception {
        SinkQueueWithCancel<EventBatch> batches = run();
        rings.write(10);

        EventBatch batch = next(batches);

        assertThat(batch.size()).isEqualTo(1);
        assertThat(batch.watermark()).isEqualTo(10);
        assertThat(reader.events(Channel.SYSCALL).sum()).isEqualTo(1);
        assertThat(reader.events(Channel.CONN).sum()).isZero();
        batch.release();
        await().untilAsserted(() -> assertThat(reader.batchesInUse()).isLessThanOrEqualTo(1));
    }

    @Test
    void doesNotPollWhileNoBatchIsFree() throws Exception {
        SinkQueueWithCancel<EventBatch> batches = run();
        for (int i = 1; i <= 20; i++) {
            rings.write(i);
        }
        List<EventBatch> held = new ArrayList<>(List.of(next(batches), next(batches)));
        CompletionStage<Optional<EventBatch>> third = batches.pull();
        assertThat(reader.batchesInUse()).isEqualTo(BATCHES);
        assertThat(rings.brought.get()).isEqualTo(BATCHES);
        assertThat(third.toCompletableFuture()).isNotDone();

        for (int i = 2; i < 20; i++) {
            held.remove(0).release();
            held.add(i == 2 ? got(third) : next(batches));
            assertThat(rings.brought.get()).isLessThanOrEqualTo(i + 1);
        }
        held.forEach(EventBatch::release);
    }

    @Test
    void sendsTheWatermarkOfAQuietTimeOnce() throws Exception {
        SinkQueueWithCancel<EventBatch> batches = run();
        rings.write(10);
        next(batches).release();

        rings.watermark.set(50);
        EventBatch tick = next(batches);
        assertThat(tick.size()).isZero();
        assertThat(tick.watermark()).isEqualTo(50);
        tick.release();

        rings.watermark.set(60);
        CompletionStage<Optional<EventBatch>> further = batches.pull();
        int before = rings.awaits.get();
        await().until(() -> rings.awaits.get() >= before + 3);
        assertThat(further.toCompletableFuture())
                .as("nothing came that the watermark could be behind of")
                .isNotDone();
    }

    @Test
    void sendsTheWatermarkOnceWhenAsked() throws Exception {
        SinkQueueWithCancel<EventBatch> batches = run();
        await().until(() -> rings.awaits.get() > 0);
        rings.watermark.set(70);

        reader.mark();

        EventBatch mark = next(batches);
        assertThat(mark.size()).isZero();
        assertThat(mark.watermark()).isEqualTo(70);
        mark.release();
        rings.watermark.set(80);
        CompletionStage<Optional<EventBatch>> further = batches.pull();
        int before = rings.awaits.get();
        await().until(() -> rings.awaits.get() >= before + 3);
        assertThat(further.toCompletableFuture()).isNotDone();
    }

    @Test
    void dozesAFewTimesBeforeItSleeps() {
        run();

        await().until(() -> rings.awaits.get() > 0);

        assertThat(rings.dozesBeforeFirstAwait.get()).isEqualTo(POLLS_BEFORE_SLEEP - 1);
    }

    @Test
    void drainsTheRingsBeforeItCompletes() throws Exception {
        SinkQueueWithCancel<EventBatch> batches = run();
        await().until(() -> rings.awaits.get() > 0);
        for (int i = 1; i <= 5; i++) {
            rings.write(i);
        }
        reader.drainAndStop();

        int events = 0;
        for (Optional<EventBatch> batch = pull(batches); batch.isPresent(); batch = pull(batches)) {
            events += batch.get().size();
            batch.get().release();
        }

        assertThat(events).isEqualTo(5);
        assertThat(reader.failure()).isNull();
    }

    @Test
    void failsTheStreamWithTheReasonWhenAPollFails() {
        SinkQueueWithCancel<EventBatch> batches = run();
        rings.beforePoll = () -> {
            throw new IllegalArgumentException("the record is larger than the slab");
        };
        rings.wakeup();

        assertThat(batches.pull().toCompletableFuture())
                .failsWithin(5, TimeUnit.SECONDS)
                .withThrowableThat()
                .withMessageContaining("larger than the slab");
        assertThat(reader.failure()).contains("larger than the slab");
    }

    @Test
    void failsTheStreamWithTheReasonWhenAPollCannotBeLinked() {
        SinkQueueWithCancel<EventBatch> batches = run();
        rings.beforePoll = () -> {
            throw new UnsatisfiedLinkError("readerPoll");
        };

        assertThat(batches.pull().toCompletableFuture())
                .failsWithin(5, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .withRootCauseInstanceOf(UnsatisfiedLinkError.class);
        assertThat(reader.failure()).contains("readerPoll");
    }

    @Test
    void endsItsThreadWhenStopped() {
        run();
        await().until(() -> rings.awaits.get() > 0);

        reader.stop();
        int polls = rings.polls.get();

        rings.write(1);
        assertThat(rings.polls.get()).isEqualTo(polls);
    }

    @Test
    void canBeRunOnlyOnce() {
        run();

        assertThatIllegalStateException()
                .isThrownBy(() -> reader.source(Channel.CONN).runWith(Sink.ignore(), KIT.system()));
    }

    private SinkQueueWithCancel<EventBatch> run() {
        EmissionOrder order =
                new EmissionOrder(CHANNELS.stream().map(reader::events).toList());
        List<Source<ChannelBatch, ?>> sources = new ArrayList<>();
        CHANNELS.forEach(channel -> sources.add(reader.source(channel)));
        return Source.zipN(sources).map(order::merge).runWith(Sink.queue(), KIT.system());
    }

    private static EventBatch next(SinkQueueWithCancel<EventBatch> batches) throws Exception {
        return got(batches.pull());
    }

    private static Optional<EventBatch> pull(SinkQueueWithCancel<EventBatch> batches) throws Exception {
        return batches.pull().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    private static EventBatch got(CompletionStage<Optional<EventBatch>> pulled) throws Exception {
        return pulled.toCompletableFuture().get(5, TimeUnit.SECONDS).orElseThrow();
    }

    private static CaptureSettings settings() {
        return CaptureSettings.of(ConfigFactory.parseString("kyanos.capture { batches = " + BATCHES
                        + ", batch-size = 128 KiB, sleep = 1 ms, poll-interval = 1 ms, polls-before-sleep = "
                        + POLLS_BEFORE_SLEEP + " }")
                .withFallback(ConfigFactory.parseResources("reference.conf"))
                .resolve());
    }

    /** Rings in the heap: every poll brings one event of the first ring, if one was written. */
    private static final class FakeRings implements Rings {

        private static final int HEADER_BYTES = 8;

        final AtomicInteger polls = new AtomicInteger();
        final AtomicInteger brought = new AtomicInteger();
        final AtomicInteger awaits = new AtomicInteger();
        final AtomicInteger dozes = new AtomicInteger();
        final AtomicInteger dozesBeforeFirstAwait = new AtomicInteger(-1);
        final AtomicLong watermark = new AtomicLong();
        volatile Runnable beforePoll = () -> {};

        private final Semaphore woken = new Semaphore(0);
        private final List<Long> written = new ArrayList<>();
        private int end;

        synchronized void write(long emittedAt) {
            written.add(emittedAt);
        }

        @Override
        public synchronized int poll(byte[] slab) {
            polls.incrementAndGet();
            beforePoll.run();
            end = 0;
            if (!written.isEmpty()) {
                long emittedAt = written.remove(0);
                byte[] event = EventEncoder.closed(emittedAt, 1, 1, 1, 0, 0, 0);
                ByteBuffer.wrap(slab)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(event.length)
                        .putInt(0)
                        .put(event);
                end = HEADER_BYTES + event.length;
                watermark.set(emittedAt);
                brought.incrementAndGet();
            }
            return end;
        }

        @Override
        public long watermarkNanos() {
            return watermark.get();
        }

        @Override
        public int start(int ring) {
            return ring == 0 ? 0 : end;
        }

        @Override
        public int end(int ring) {
            return end;
        }

        @Override
        public synchronized long waitingBytes(int ring) {
            return ring == 0 ? written.size() : 0;
        }

        @Override
        public void await(long timeoutMillis) {
            dozesBeforeFirstAwait.compareAndSet(-1, dozes.get());
            awaits.incrementAndGet();
            pause(timeoutMillis);
        }

        private void pause(long timeoutMillis) {
            try {
                woken.tryAcquire(timeoutMillis, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void doze(long timeoutMillis) {
            dozes.incrementAndGet();
            pause(timeoutMillis);
        }

        @Override
        public void wakeup() {
            woken.release();
        }
    }
}
