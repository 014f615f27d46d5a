package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PerfBuffersTest {

    private static final int LOOK_MILLIS = 20;
    private static final int RECORD_BYTES = 16;
    private static final int PADDED_BYTES = 20;
    private static final int FRAME_BYTES = 8 + 24;

    /** Of a record in the kernel's buffer: header, size, data, padding. */
    private static final int SAMPLE_BYTES = 32;

    private final byte[] slab = new byte[1 << 20];
    private final ByteBuffer bytes = ByteBuffer.wrap(slab).order(ByteOrder.LITTLE_ENDIAN);

    /** A record as it begins: what the reader sorts by, and what tells it from others. */
    private record Seen(long at, long number, int cpu) {}

    @Test
    void handsOutEveryRecordInOrder() {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 4 << 20, 4 << 20)) {
            specimen.call(100_000);
            specimen.object.detach(Specimen.WRITER);

            RingPoll poll = reader.newPoll();
            List<Seen> seen = drain(reader, poll, slab.length);

            assertThat(seen).extracting(Seen::number).isEqualTo(range(100_000));
            assertThat(seen).extracting(Seen::at).isSorted();
            assertThat(specimen.lost()).isZero();
            assertThat(poll.waitingBytes(0)).isZero();
            assertThat(poll.lostRecords(0)).isZero();
        }
    }

    @Test
    void losesFromASmallBufferExactlyWhatTheProgramCounts() throws Exception {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 4096, 4096)) {
            RingPoll poll = reader.newPoll();
            onCpu(0, () -> {
                specimen.call(10_000);
                List<Seen> first = drain(reader, poll, slab.length);
                assertThat(first).extracting(Seen::number).isEqualTo(range(first.size()));
                assertThat(first).hasSizeBetween(1, 4096 / SAMPLE_BYTES);
                assertThat(poll.lostRecords(0)).as("not told yet").isZero();

                specimen.call(1);
                specimen.object.detach(Specimen.WRITER);
                List<Seen> then = drain(reader, poll, slab.length);

                assertThat(then).extracting(Seen::number).containsExactly(10_000L);
                assertThat(specimen.written()).isEqualTo(first.size() + 1);
                assertThat(specimen.lost()).isEqualTo(10_000 - first.size());
                assertThat(poll.lostRecords(0)).isEqualTo(specimen.lost());
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 20, 1000, 1001, 1004, 4000})
    void keepsRecordsWholeWhereABufferWrapsAround(int size) throws Exception {
        try (Specimen specimen = open(size);
                RingReader reader = unattended(specimen, 16384, 16384)) {
            byte[] draft = new byte[32768];
            for (int i = 0; i < draft.length; i++) {
                draft[i] = (byte) (i % 251);
            }
            specimen.object.map("drafts").update(new byte[4], draft);
            assertThat(specimen.object.attach(Specimen.WRITER)).matches(ProgramResult::isOk);
            RingPoll poll = reader.newPoll();
            onCpu(0, () -> {
                for (int round = 0; round < 500; round++) {
                    specimen.call(3);
                    reader.poll(slab, 0, slab.length, poll);
                    assertThat(poll.isDrained()).isTrue();
                    int at = poll.start(0);
                    for (int i = 0; i < 3; i++) {
                        int length = bytes.getInt(at);
                        assertThat(length).isEqualTo((size + 4 + 7) / 8 * 8 - 4);
                        assertThat(bytes.getLong(at + 16) >>> 8).isEqualTo(3L * round + i);
                        for (int b = 16; b < size; b++) {
                            assertThat(slab[at + 8 + b] == (byte) (b % 251))
                                    .as("byte %d", b)
                                    .isTrue();
                        }
                        at += 8 + (length + 7) / 8 * 8;
                    }
                    assertThat(at).isEqualTo(poll.end(0));
                }
            });
            assertThat(specimen.lost()).isZero();
        }
    }

    @Test
    void handsOutRecordsOfThirtyTwoKibibytes() {
        try (Specimen specimen = open(32767);
                RingReader reader = reader(specimen, 1 << 20, 1 << 20)) {
            RingPoll poll = reader.newPoll();
            specimen.call(20);
            specimen.object.detach(Specimen.WRITER);

            List<Long> numbers = new ArrayList<>();
            while (reader.poll(slab, 0, 100_000, poll) > 0) {
                for (int at = poll.start(0); at < poll.end(0); at += 8 + 32776) {
                    assertThat(bytes.getInt(at)).isEqualTo(32772);
                    numbers.add(bytes.getLong(at + 16) >>> 8);
                }
            }

            assertThat(numbers).isEqualTo(range(20));
        }
    }

    @Test
    void ordersTheRecordsOfAllCpusAcrossPolls() throws Exception {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "needs two CPUs");
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 1 << 20, 1 << 20)) {
            for (int turn = 0; turn < 20; turn++) {
                onCpu(turn % 2, () -> specimen.call(50));
            }
            specimen.object.detach(Specimen.WRITER);

            List<Seen> seen = drain(reader, reader.newPoll(), 7 * FRAME_BYTES);

            assertThat(seen).extracting(Seen::number).isEqualTo(range(1000));
            assertThat(seen).extracting(Seen::at).isSorted();
            assertThat(seen).extracting(Seen::cpu).containsOnly(0, 1);
        }
    }

    @Test
    void copiesOnlyWholeRecordsAndOnlyIntoItsPart() {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 1 << 16, 1 << 16)) {
            RingPoll poll = reader.newPoll();
            specimen.call(10);
            specimen.object.detach(Specimen.WRITER);
            slab[99] = 1;
            slab[100 + 2 * FRAME_BYTES] = 2;

            int copied = reader.poll(slab, 100, 3 * FRAME_BYTES - 1, poll);

            assertThat(copied).isEqualTo(2 * FRAME_BYTES);
            assertThat(poll.start(0)).isEqualTo(100);
            assertThat(poll.end(0)).isEqualTo(100 + 2 * FRAME_BYTES);
            assertThat(poll.isDrained()).isFalse();
            assertThat(poll.waitingBytes(0)).isEqualTo(8 * SAMPLE_BYTES);
            assertThat(slab[99]).isEqualTo((byte) 1);
            assertThat(slab[100 + 2 * FRAME_BYTES]).isEqualTo((byte) 2);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> reader.poll(slab, 0, FRAME_BYTES - 1, poll))
                    .withMessageContaining(">= 32");
        }
    }

    @Test
    void missesNothingAndKeepsItsWatermarkWhileOthersWrite() throws Exception {
        int calls = 100_000;
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 1 << 16, 1 << 14)) {
            List<CompletableFuture<Void>> writers = List.of(
                    CompletableFuture.runAsync(() -> specimen.call(calls)),
                    CompletableFuture.runAsync(() -> specimen.call(calls)));
            CompletableFuture<Void> end = CompletableFuture.allOf(writers.toArray(CompletableFuture<?>[]::new));
            RingPoll poll = reader.newPoll();
            BitSet seen = new BitSet();
            long watermark = 0;
            boolean last;
            do {
                last = end.isDone();
                if (last) { // as reading the counts below is a call, too
                    specimen.object.detach(Specimen.WRITER);
                }
                reader.await(last ? 0 : 10);
                reader.poll(slab, 0, 100 * FRAME_BYTES, poll);
                long before = 0;
                int late = 0;
                for (Seen one : seen(poll)) {
                    assertThat(seen.get((int) one.number()))
                            .as("handed out twice")
                            .isFalse();
                    seen.set((int) one.number());
                    late += one.at() < watermark ? 1 : 0;
                    assertThat(one.at()).as("order within a poll").isGreaterThanOrEqualTo(before);
                    before = one.at();
                }
                // A program may be held up between its clock and its output, for however long; its thread writes
                // nothing meanwhile.
                assertThat(late).as("below the watermark").isLessThanOrEqualTo(writers.size());
                assertThat(poll.watermarkNanos()).isGreaterThanOrEqualTo(watermark);
                watermark = poll.watermarkNanos();
            } while (!last || !poll.isDrained());
            end.get();

            assertThat(seen.cardinality()).isEqualTo(specimen.written());
            assertThat(specimen.written() + specimen.lost()).isEqualTo(2L * calls);
            assertThat(poll.lostRecords(0)).isLessThanOrEqualTo(specimen.lost());
            assertThat(watermark).isPositive();
        }
    }

    @Test
    void returnsTheWatermarkOnceEverythingSampledIsOut() {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 1 << 16, 1 << 16)) {
            RingPoll poll = reader.newPoll();
            specimen.call(4);
            long written = Kernel.monotonicNanos();

            reader.poll(slab, 0, 2 * FRAME_BYTES, poll);
            assertThat(poll.watermarkNanos()).isZero();
            long between = Kernel.monotonicNanos();
            specimen.call(2);
            reader.poll(slab, 0, 2 * FRAME_BYTES, poll);

            assertThat(poll.isDrained()).as("two of the later ones wait").isFalse();
            assertThat(poll.watermarkNanos()).isBetween(written, between);
            reader.poll(slab, 0, 2 * FRAME_BYTES, poll);
            assertThat(poll.isDrained()).isTrue();
            assertThat(poll.watermarkNanos()).isGreaterThan(between);
        }
    }

    @Test
    void wakesADozingReaderOnceEnoughWaits() throws Exception {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = RingReader.open(
                        List.of(new RingReader.PerfBuffers(
                                specimen.object, "records", 1 << 16, 10 * SAMPLE_BYTES, 60_000)),
                        List.of())) {
            assertThat(specimen.object.attach(Specimen.WRITER)).matches(ProgramResult::isOk);
            for (int i = 0; i < 50; i++) {
                CompletableFuture<Boolean> sleeping = CompletableFuture.supplyAsync(() -> reader.await(60_000));

                specimen.call(40);

                assertThat(sleeping.get(20, TimeUnit.SECONDS)).isTrue();
                reader.poll(slab, 0, slab.length, reader.newPoll());
            }
        }
    }

    @Test
    void doesNotWakeADozingReaderForLittle() {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 1 << 16, 1 << 16)) {
            specimen.call(1);
            long before = System.nanoTime();

            assertThat(reader.doze(50)).as("something is there in the end").isTrue();

            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    @Test
    void awaitReturnsAtOnceWhenSomethingWaits() {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 1 << 16, 1 << 16)) {
            specimen.call(1);

            assertThat(reader.await(Integer.MAX_VALUE)).isTrue();
        }
    }

    @Test
    void endsASleepEvenForTooLittleToWakeTheReader() throws Exception {
        try (Specimen specimen = open(RECORD_BYTES);
                RingReader reader = reader(specimen, 1 << 16, 1 << 16)) {
            CompletableFuture<Boolean> sleeping = CompletableFuture.supplyAsync(() -> reader.await(30_000));
            specimen.call(1);

            assertThat(sleeping.get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(reader.poll(slab, 0, slab.length, reader.newPoll())).isEqualTo(FRAME_BYTES);
            assertThat(reader.await(1)).isFalse();
        }
    }

    @Test
    void closeDuringPollsEndsInAnExceptionOfTheReadingThread() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Specimen specimen = open(RECORD_BYTES)) {
                RingReader reader = reader(specimen, 1 << 16, 1 << 12);
                CountDownLatch polling = new CountDownLatch(1);
                CompletableFuture<Throwable> end = CompletableFuture.supplyAsync(() -> {
                    RingPoll poll = reader.newPoll();
                    byte[] own = new byte[1 << 16];
                    try {
                        while (true) {
                            reader.poll(own, 0, own.length, poll);
                            polling.countDown();
                            reader.await(1);
                        }
                    } catch (RuntimeException e) {
                        return e;
                    }
                });
                specimen.call(500);
                polling.await();

                reader.close();

                assertThat(end.get(20, TimeUnit.SECONDS))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("ring reader: closed");
            }
        }
    }

    @Test
    void losesAndCountsWhatIsWrittenBeforeAndAfterTheReader() {
        try (Specimen specimen = open(RECORD_BYTES)) {
            assertThat(specimen.object.attach(Specimen.WRITER)).matches(ProgramResult::isOk);
            specimen.call(10);
            assertThat(specimen.lost()).isEqualTo(11);
            try (RingReader reader = unattended(specimen, 1 << 16, 1 << 16)) {
                specimen.call(10);
                assertThat(drain(reader, reader.newPoll(), slab.length)).hasSizeGreaterThanOrEqualTo(10);
            }
            long during = specimen.lost();

            specimen.call(10);

            assertThat(specimen.lost()).isGreaterThanOrEqualTo(during + 10);
        }
    }

    @Test
    void stayPerfBuffersWhenTheObjectIsLoadedAgainWithoutARefusedProgram() {
        Specimen.assumeTracing();
        try (Specimen specimen = Specimen.open()) {
            specimen.loadOnly(Specimen.WRITER, "refused_by_verifier");
            usePerf(specimen, RECORD_BYTES);
            assertThat(specimen.object.load()).hasSize(1);
            assertThat(specimen.object.map("records").maxEntries()).isEqualTo(Kernel.possibleCpus());
            try (RingReader reader = reader(specimen, 1 << 16, 1 << 16)) {
                specimen.call(3);
                specimen.object.detach(Specimen.WRITER);
                assertThat(drain(reader, reader.newPoll(), slab.length)).hasSize(3);
            }
        }
    }

    @Test
    void refusesImpossibleBuffers() {
        try (Specimen specimen = open(RECORD_BYTES)) {
            long descriptors = Specimen.openDescriptors();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> unattended(specimen, 12288, 1))
                    .withMessageContaining("perf buffer records: 12288 bytes (expected: a power of two, >= 4096)");
            assertThatIllegalArgumentException().isThrownBy(() -> unattended(specimen, 2048, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> unattended(specimen, -1, 1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RingReader.open(
                            List.of(new RingReader.PerfBuffers(specimen.object, "table", 4096, 1, 1)), List.of()))
                    .withMessageContaining("map table: type 1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RingReader.open(List.of(specimen.ring("records")), List.of()))
                    .withMessageContaining("map records: type 4");
            assertThatIllegalStateException().isThrownBy(() -> specimen.object.usePerfBuffers("records"));
            assertThat(Specimen.openDescriptors()).isEqualTo(descriptors);
        }
        try (Specimen specimen = Specimen.open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> specimen.object.usePerfBuffers("table"))
                    .withMessageContaining("expected: 27, a ring buffer");
            assertThatIllegalArgumentException().isThrownBy(() -> specimen.object.usePerfBuffers("nowhere"));
        }
    }

    private static void usePerf(Specimen specimen, int recordBytes) {
        specimen.object.setConstant("to_perf", true);
        specimen.object.setConstant("record_bytes", recordBytes);
        specimen.object.usePerfBuffers("records");
    }

    private static Specimen open(int recordBytes) {
        Specimen specimen = Specimen.open();
        usePerf(specimen, recordBytes);
        assertThat(specimen.object.load()).isEmpty();
        return specimen;
    }

    /** Before the writer is attached: opening makes calls that the writer would answer. */
    private static RingReader reader(Specimen specimen, int bytesPerCpu, int wakeBytes) {
        RingReader reader = unattended(specimen, bytesPerCpu, wakeBytes);
        assertThat(specimen.object.attach(Specimen.WRITER)).matches(ProgramResult::isOk);
        return reader;
    }

    private static RingReader unattended(Specimen specimen, int bytesPerCpu, int wakeBytes) {
        return RingReader.open(
                List.of(new RingReader.PerfBuffers(specimen.object, "records", bytesPerCpu, wakeBytes, LOOK_MILLIS)),
                List.of());
    }

    /** Runs it in a thread that stays on one CPU. */
    private static void onCpu(int cpu, Runnable task) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                pin(cpu);
                task.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        thread.start();
        done.get(50, TimeUnit.SECONDS);
    }

    private static void pin(int cpu) {
        try {
            Path self = Files.readSymbolicLink(Path.of("/proc/thread-self"));
            Process taskset = new ProcessBuilder(
                            "taskset",
                            "-cp",
                            Integer.toString(cpu),
                            self.getFileName().toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(taskset.getInputStream().readAllBytes());
            assumeTrue(taskset.waitFor() == 0, said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<Seen> drain(RingReader reader, RingPoll poll, int capacity) {
        List<Seen> all = new ArrayList<>();
        do {
            reader.poll(slab, 0, capacity, poll);
            all.addAll(seen(poll));
        } while (!poll.isDrained());
        return all;
    }

    private List<Seen> seen(RingPoll poll) {
        List<Seen> seen = new ArrayList<>();
        for (int at = poll.start(0); at < poll.end(0); at += FRAME_BYTES) {
            assertThat(bytes.getInt(at)).isEqualTo(PADDED_BYTES);
            long number = bytes.getLong(at + 16);
            seen.add(new Seen(bytes.getLong(at + 8), number >>> 8, (int) (number & 0xff)));
        }
        return seen;
    }

    private static List<Long> range(long to) {
        return LongStream.range(0, to).boxed().toList();
    }
}
