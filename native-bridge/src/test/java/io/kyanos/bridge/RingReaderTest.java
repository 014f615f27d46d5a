package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RingReaderTest {

    /**
     * BPF programs read the kernel's lock-free clock, which may run this far behind while the clock is being adjusted.
     */
    private static final long CLOCK_SKEW_NANOS = 10_000;

    private static final int RECORD_BYTES = 16;
    private static final int FRAME_BYTES = 8 + RECORD_BYTES;

    private final byte[] slab = new byte[1 << 20];

    @Test
    void handsOutEveryRecordOfALargeRing() {
        try (Specimen specimen = Specimen.open()) {
            specimen.object.setMaxEntries("records", 4 << 20);
            specimen.loadAndAttach();
            try (RingReader reader = specimen.reader()) {
                RingPoll poll = reader.newPoll();
                specimen.call(100_000);
                specimen.object.detach(Specimen.WRITER);

                List<Long> numbers = drain(reader, poll, slab.length);

                assertThat(numbers).isEqualTo(range(0, 100_000));
                assertThat(specimen.lost()).isZero();
                assertThat(poll.waitingBytes(0)).isZero();
            }
        }
    }

    @Test
    void losesFromASmallRingWhatTheKernelCounts() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            specimen.call(10_000);
            specimen.object.detach(Specimen.WRITER);

            List<Long> numbers = drain(reader, reader.newPoll(), slab.length);

            assertThat(numbers).isEqualTo(range(0, numbers.size()));
            assertThat(numbers).hasSizeBetween(1, 4096 / FRAME_BYTES);
            assertThat(specimen.lost()).isEqualTo(10_000 - numbers.size());
            assertThat(specimen.written()).isEqualTo(numbers.size());
        }
    }

    @Test
    void keepsRecordsWholeWhereTheRingWrapsAround() {
        try (Specimen specimen = Specimen.open()) {
            specimen.object.setConstant("record_bytes", 1000);
            specimen.loadAndAttach();
            try (RingReader reader = specimen.reader()) {
                RingPoll poll = reader.newPoll();
                List<Long> numbers = new ArrayList<>();

                for (int i = 0; i < 1_000; i++) {
                    specimen.call(3);
                    int bytes = reader.poll(slab, 0, slab.length, poll);
                    assertThat(bytes).isEqualTo(3 * 1008);
                    numbers(poll, 0, 1000, numbers);
                }

                assertThat(numbers).isEqualTo(range(0, 3_000));
                assertThat(specimen.lost()).isZero();
            }
        }
    }

    @Test
    void leavesOutDiscardedRecords() {
        try (Specimen specimen = Specimen.open()) {
            specimen.object.setConstant("discard_every", 3);
            specimen.object.setMaxEntries("records", 1 << 20);
            specimen.loadAndAttach();
            try (RingReader reader = specimen.reader()) {
                specimen.call(1_000);
                specimen.object.detach(Specimen.WRITER);

                List<Long> numbers = drain(reader, reader.newPoll(), 64);

                assertThat(numbers)
                        .isEqualTo(LongStream.range(0, 1_000)
                                .filter(number -> number % 3 != 0)
                                .boxed()
                                .toList());
            }
        }
    }

    @Test
    void copiesOnlyWholeRecordsAndOnlyIntoItsPart() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            RingPoll poll = reader.newPoll();
            specimen.call(10);
            slab[99] = 1;
            slab[100 + 2 * FRAME_BYTES] = 2;

            int bytes = reader.poll(slab, 100, 3 * FRAME_BYTES - 1, poll);

            assertThat(bytes).isEqualTo(2 * FRAME_BYTES);
            assertThat(poll.start(0)).isEqualTo(100);
            assertThat(poll.end(0)).isEqualTo(100 + 2 * FRAME_BYTES);
            assertThat(poll.isDrained()).isFalse();
            assertThat(poll.waitingBytes(0)).isEqualTo(8 * FRAME_BYTES);
            assertThat(slab[99]).isEqualTo((byte) 1);
            assertThat(slab[100 + 2 * FRAME_BYTES]).isEqualTo((byte) 2);
        }
    }

    @Test
    void namesTheSizesWhenARecordExceedsTheSlab() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            RingPoll poll = reader.newPoll();
            specimen.call(1);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> reader.poll(slab, 0, FRAME_BYTES - 1, poll))
                    .withMessageContaining("slab: 23 bytes")
                    .withMessageContaining(">= 24");

            assertThat(reader.poll(slab, 0, FRAME_BYTES, poll)).isEqualTo(FRAME_BYTES);
        }
    }

    @Test
    void whatAnEarlierRingHeldComesBeforeWhatALaterOneHeldHoweverOftenRoomRunsOut() {
        try (Specimen specimen = Specimen.open()) {
            specimen.object.setConstant("to_second", true);
            specimen.loadAndAttach();
            try (RingReader reader = RingReader.open(
                    List.of(specimen.ring("records"), specimen.ring("more_records")), List.of(specimen.flag()))) {
                RingPoll poll = reader.newPoll();
                List<Long> first = new ArrayList<>();
                List<Long> then = new ArrayList<>();
                specimen.call(100);
                // even numbers are in the first ring, odd ones in the second
                while (first.size() < 100) {
                    assertThat(reader.poll(slab, 0, 20 * FRAME_BYTES, poll)).isPositive();
                    numbers(poll, 0, RECORD_BYTES, first);
                    numbers(poll, 1, RECORD_BYTES, first);
                    specimen.call(2);
                }
                specimen.object.detach(Specimen.WRITER);
                while (reader.poll(slab, 0, 20 * FRAME_BYTES, poll) > 0) {
                    numbers(poll, 0, RECORD_BYTES, then);
                    numbers(poll, 1, RECORD_BYTES, then);
                }

                assertThat(first.subList(0, 50))
                        .allMatch(number -> number % 2 == 0 && number < 100)
                        .isSorted();
                assertThat(first.subList(50, 100))
                        .allMatch(number -> number % 2 == 1 && number < 100)
                        .isSorted();
                assertThat(then).isNotEmpty().allMatch(number -> number >= 100);
            }
        }
    }

    @Test
    void returnsTheWatermarkOnceEverythingSampledIsOut() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            RingPoll poll = reader.newPoll();
            long before = Kernel.monotonicNanos();
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
            assertThat(before).isLessThan(written);
        }
    }

    @Test
    void missesNothingAndKeepsItsWatermarkWhileOthersWrite() throws Exception {
        int calls = 100_000;
        try (Specimen specimen = Specimen.open()) {
            specimen.object.setMaxEntries("records", 1 << 16);
            specimen.loadAndAttach();
            try (RingReader reader = specimen.reader()) {
                List<CompletableFuture<Void>> writers = List.of(
                        CompletableFuture.runAsync(() -> specimen.call(calls)),
                        CompletableFuture.runAsync(() -> specimen.call(calls)));
                CompletableFuture<Void> end = CompletableFuture.allOf(writers.toArray(CompletableFuture<?>[]::new));
                ByteBuffer bytes = ByteBuffer.wrap(slab).order(ByteOrder.LITTLE_ENDIAN);
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
                    for (int at = poll.start(0); at < poll.end(0); at += FRAME_BYTES) {
                        int number = (int) bytes.getLong(at + 8);
                        assertThat(seen.get(number)).as("handed out twice").isFalse();
                        seen.set(number);
                        assertThat(bytes.getLong(at + 16) + CLOCK_SKEW_NANOS).isGreaterThanOrEqualTo(watermark);
                    }
                    assertThat(poll.watermarkNanos()).isGreaterThanOrEqualTo(watermark);
                    watermark = poll.watermarkNanos();
                } while (!last || !poll.isDrained());
                end.get();

                assertThat(seen.cardinality()).isEqualTo(specimen.written());
                assertThat(specimen.written() + specimen.lost()).isEqualTo(2L * calls);
                assertThat(watermark).isPositive();
            }
        }
    }

    @Test
    void awaitReturnsAtOnceWhenSomethingWaits() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            specimen.call(1);

            assertThat(reader.await(Integer.MAX_VALUE)).isTrue();
        }
    }

    @Test
    void awaitEndsWhenTheTimeIsOver() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            assertThat(reader.await(0)).isFalse();
            assertThat(reader.await(1)).isFalse();
        }
    }

    @Test
    void aRecordWakesTheSleepingReader() throws Exception {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            for (int i = 0; i < 100; i++) {
                CompletableFuture<Boolean> awaiting = CompletableFuture.supplyAsync(() -> reader.await(30_000));
                specimen.call(1);
                assertThat(awaiting.get(20, TimeUnit.SECONDS)).isTrue();
                reader.poll(slab, 0, slab.length, reader.newPoll());
            }
        }
    }

    @Test
    void setsItsFlagOnlyWhileItSleeps() throws Exception {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            BpfVariable flag = specimen.object.variable("reader_asleep");
            assertThat(flag.readU32()).isZero();
            CompletableFuture<Boolean> awaiting = CompletableFuture.supplyAsync(() -> reader.await(30_000));
            while (flag.readU32() == 0) {
                Thread.onSpinWait();
            }

            reader.wakeup();

            assertThat(awaiting.get(20, TimeUnit.SECONDS)).isFalse();
            assertThat(flag.readU32()).isZero();
        }
    }

    @Test
    void aWakeupBeforeTheAwaitEndsIt() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            reader.wakeup();
            reader.wakeup();

            assertThat(reader.await(Integer.MAX_VALUE)).isFalse();
            assertThat(reader.await(0)).isFalse();
        }
    }

    @Test
    void closeEndsAnAwaitAndWaitsForItsThread() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Specimen specimen = Specimen.open().loadAndAttach()) {
                RingReader reader = specimen.reader();
                BpfVariable flag = specimen.object.variable("reader_asleep");
                CompletableFuture<Boolean> awaiting =
                        CompletableFuture.supplyAsync(() -> reader.await(Integer.MAX_VALUE));
                while (flag.readU32() == 0) {
                    Thread.onSpinWait();
                }

                reader.close();

                assertThat(flag.readU32()).isZero();
                assertThat(awaiting.get(20, TimeUnit.SECONDS)).isFalse();
                assertThatIllegalStateException().isThrownBy(() -> reader.await(0));
            }
        }
    }

    @Test
    void closeDuringPollsEndsInAnExceptionOfTheReadingThread() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Specimen specimen = Specimen.open().loadAndAttach()) {
                RingReader reader = specimen.reader();
                CountDownLatch polling = new CountDownLatch(1);
                CompletableFuture<Throwable> end = CompletableFuture.supplyAsync(() -> {
                    RingPoll poll = reader.newPoll();
                    byte[] own = new byte[1 << 16];
                    try {
                        while (true) {
                            reader.poll(own, 0, own.length, poll);
                            polling.countDown();
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
    void belongsToOneThreadAtATime() throws Exception {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            BpfVariable flag = specimen.object.variable("reader_asleep");
            CompletableFuture<Boolean> awaiting = CompletableFuture.supplyAsync(() -> reader.await(30_000));
            while (flag.readU32() == 0) {
                Thread.onSpinWait();
            }

            assertThatIllegalStateException()
                    .isThrownBy(() -> reader.poll(slab, 0, slab.length, reader.newPoll()))
                    .withMessageContaining("another thread");

            reader.wakeup();
            awaiting.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void outlivesItsObjects() {
        Specimen specimen = Specimen.open().loadAndAttach();
        try (RingReader reader = specimen.reader()) {
            specimen.call(5);
            specimen.close();

            assertThat(drain(reader, reader.newPoll(), slab.length)).isEqualTo(range(0, 5));
            assertThat(reader.await(0)).isFalse();
        }
    }

    @Test
    void refusesEveryUseAfterClose() {
        try (Specimen specimen = Specimen.open().loadAndAttach()) {
            RingReader reader = specimen.reader();
            RingPoll poll = reader.newPoll();
            reader.close();
            reader.close();

            assertThatIllegalStateException().isThrownBy(() -> reader.poll(slab, 0, slab.length, poll));
            assertThatIllegalStateException().isThrownBy(() -> reader.await(0));
            assertThatIllegalStateException().isThrownBy(reader::wakeup);
        }
    }

    @Test
    void refusesWrongRangesAndForeignResults() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            RingPoll poll = reader.newPoll();

            assertThatIllegalArgumentException().isThrownBy(() -> reader.poll(slab, -1, 8, poll));
            assertThatIllegalArgumentException().isThrownBy(() -> reader.poll(slab, 0, -1, poll));
            assertThatIllegalArgumentException().isThrownBy(() -> reader.poll(slab, 8, slab.length, poll));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> reader.poll(slab, Integer.MAX_VALUE, Integer.MAX_VALUE, poll));
            assertThatIllegalArgumentException().isThrownBy(() -> reader.poll(slab, 0, 8, new RingPoll(2)));
            assertThatIllegalArgumentException().isThrownBy(() -> reader.await(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> reader.await(1L << 31));
        }
    }

    @Test
    void refusesMapsAndVariablesOfOtherTypes() {
        try (Specimen specimen = Specimen.open().loadAndAttach()) {
            long descriptors = Specimen.openDescriptors();
            assertThatIllegalArgumentException().isThrownBy(() -> RingReader.open(List.of(), List.of()));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RingReader.open(List.of(specimen.ring("table")), List.of()))
                    .withMessageContaining("map table: type 1");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RingReader.open(List.of(specimen.ring("nowhere")), List.of()));
            for (String variable : List.of("nowhere", "numbers", "wanted_tgid", "pair")) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> RingReader.open(
                                List.of(specimen.ring("records")),
                                List.of(new RingReader.SleepFlag(specimen.object, variable))))
                        .withMessageContaining(variable);
            }
            assertThat(Specimen.openDescriptors()).isEqualTo(descriptors);
        }
    }

    private List<Long> drain(RingReader reader, RingPoll poll, int capacity) {
        List<Long> numbers = new ArrayList<>();
        do {
            reader.poll(slab, 0, capacity, poll);
            numbers(poll, 0, RECORD_BYTES, numbers);
        } while (!poll.isDrained());
        return numbers;
    }

    private void numbers(RingPoll poll, int ring, int recordBytes, List<Long> numbers) {
        ByteBuffer bytes = ByteBuffer.wrap(slab).order(ByteOrder.LITTLE_ENDIAN);
        int at = poll.start(ring);
        while (at < poll.end(ring)) {
            int length = bytes.getInt(at);
            assertThat(length).isEqualTo(recordBytes);
            numbers.add(bytes.getLong(at + 8));
            at += (8 + length + 7) / 8 * 8;
        }
        assertThat(at).isEqualTo(poll.end(ring));
    }

    private static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }
}
