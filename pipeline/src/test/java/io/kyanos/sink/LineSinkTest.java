package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class LineSinkTest {

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final LineSink.Format LINES = (records, out) -> {
        for (TrafficRecord record : records) {
            out.write((record.request().operation() + "\n").getBytes(StandardCharsets.UTF_8));
        }
    };

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void aCompleteSinkWritesEveryRecordInOrder() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LineSink sink = new LineSink(LINES, out);

        Source.from(batches(50, 20))
                .runWith(sink.complete(), KIT.system())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);

        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(1000);
        assertThat(lines.get(999)).contains("op-49-19");
        assertThat(sink.unwritten()).isZero();
    }

    @Test
    void aSampledSinkSkipsAndCountsWhatASlowReaderCannotTake() throws Exception {
        CountDownLatch readerSlow = new CountDownLatch(1);
        List<byte[]> written = Collections.synchronizedList(new ArrayList<>());
        OutputStream slow = new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("records are written in blocks");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                try {
                    readerSlow.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                written.add(Arrays.copyOfRange(bytes, offset, offset + length));
            }
        };
        AtomicInteger told = new AtomicInteger();
        LineSink sink = new LineSink(LINES, slow, told::incrementAndGet);

        var done = Source.from(batches(100, 20))
                .concat(Source.lazySource(() -> {
                    readerSlow.countDown();
                    return Source.<List<TrafficRecord>>empty();
                }))
                .runWith(sink.sampled(100), KIT.system());
        done.toCompletableFuture().get(30, TimeUnit.SECONDS);

        long lines = written.stream()
                .flatMap(block -> new String(block, StandardCharsets.UTF_8).lines())
                .count();
        assertThat(sink.unwritten()).isPositive();
        assertThat(lines + sink.unwritten()).isEqualTo(2000);
        assertThat(told).hasValue(1);
    }

    @Test
    void onceItDiscardsTheRestIsTakenAndStaysUnwritten() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AtomicReference<LineSink> self = new AtomicReference<>();
        LineSink.Format discardsAfterTheFirst = (records, lines) -> {
            LINES.write(records, lines);
            self.get().discard();
        };
        LineSink sink = new LineSink(discardsAfterTheFirst, out);
        self.set(sink);

        Source.from(batches(50, 20))
                .runWith(sink.complete(), KIT.system())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);

        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(20);
        assertThat(sink.unwritten()).isEqualTo(980);
    }

    @Test
    void aBrokenPipeFailsTheStream() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };

        var done = Source.from(batches(1, 1)).runWith(new LineSink(LINES, broken).complete(), KIT.system());

        assertThatThrownBy(() -> done.toCompletableFuture().get(30, TimeUnit.SECONDS))
                .hasRootCauseInstanceOf(IOException.class)
                .hasCauseInstanceOf(UncheckedIOException.class);
    }

    private static List<List<TrafficRecord>> batches(int batches, int records) {
        List<List<TrafficRecord>> all = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            List<TrafficRecord> batch = new ArrayList<>();
            for (int j = 0; j < records; j++) {
                batch.add(TestRecords.http().operation("op-" + i + "-" + j).build());
            }
            all.add(batch);
        }
        return all;
    }
}
