package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class StreamedEventsTest {

    private static final Percentage PRECISION = Percentage.withPercentage(3.2);
    private static final int RUNS = 300;

    @Test
    void gapsAreOneLessThanEvents() {
        StreamedEvents events = at(10, 10, 4_000_010, 5_000_010);

        assertThat(events.count()).isEqualTo(4);
        assertThat(events.gaps()).isEqualTo(3);
        assertThat(events.gapSumNanos()).isEqualTo(5_000_000);
        assertThat(events.largestGapNanos()).isEqualTo(4_000_000);
        assertThat(events.medianGapNanos()).isCloseTo(1_000_000, PRECISION);
    }

    @Test
    void oneEventHasNoGap() {
        StreamedEvents events = at(10);
        events.requestedAt(3);

        assertThat(attributes(events))
                .containsExactly(Map.entry("events", "1"), Map.entry("first_event_ms", "0.000007"));
        assertThat(events.largestGapNanos()).isEqualTo(StreamedEvents.UNKNOWN);
        assertThat(events.medianGapNanos()).isEqualTo(StreamedEvents.UNKNOWN);
    }

    @Test
    void tellsItsTimesInMilliseconds() {
        StreamedEvents events = at(2_500_000, 3_500_000, 14_500_000);
        events.requestedAt(1_000_000);

        assertThat(attributes(events))
                .containsEntry("events", "3")
                .containsEntry("first_event_ms", "1.5")
                .containsEntry("largest_gap_ms", "11")
                .containsKey("median_gap_ms")
                .doesNotContainKey("events_missed");
    }

    @Test
    void theMedianIsThatOfASortedListToThreePercentAndLargestAndSumAreExact() {
        Random random = new Random(1);
        for (int run = 0; run < RUNS; run++) {
            long[] gaps = random.longs(1 + random.nextInt(400), 0, 63)
                    .map(bits -> bits >= 50 ? 0 : random.nextLong() >>> (64 - 1 - bits % 42))
                    .map(Math::abs)
                    .toArray();
            StreamedEvents events = new StreamedEvents();
            long now = 1;
            events.event(now);
            for (long gap : gaps) {
                now += gap;
                events.event(now);
            }
            Arrays.sort(gaps);

            assertThat(events.gaps()).isEqualTo(gaps.length);
            assertThat(events.largestGapNanos()).isEqualTo(gaps[gaps.length - 1]);
            assertThat(events.gapSumNanos()).isEqualTo(Arrays.stream(gaps).sum());
            long median = gaps[(gaps.length - 1) / 2];
            // Below a microsecond a bucket is 64 ns wide.
            assertThat((double) events.medianGapNanos()).isBetween(median * 0.968 - 32, median * 1.032 + 32);
            long[] sum = new long[1];
            events.eachGap((nanos, count) -> sum[0] += count);
            assertThat(sum[0]).isEqualTo(gaps.length);
        }
    }

    @Test
    void gapsOfDaysAreToldAsTheLargest() {
        long day = 86_400_000_000_000L;
        StreamedEvents events = at(0, day, 3 * day);

        assertThat(events.largestGapNanos()).isEqualTo(2 * day);
        assertThat(events.medianGapNanos()).isEqualTo(2 * day);
    }

    @Test
    void afterBytesWereMissedTheFirstEventMayNotBeTheFirst() {
        StreamedEvents events = new StreamedEvents();
        events.miss();
        events.event(5);
        events.event(9);
        events.requestedAt(1);

        assertThat(attributes(events))
                .containsEntry("events", "2")
                .containsEntry("events_missed", "true")
                .containsEntry("largest_gap_ms", "0.000004")
                .doesNotContainKey("first_event_ms");
    }

    @Test
    void whatIsTakenSoFarDoesNotChange() {
        StreamedEvents events = at(1, 2, 3);
        StreamedEvents soFar = events.soFar();

        events.event(1_000_000);

        assertThat(soFar.count()).isEqualTo(3);
        assertThat(soFar.gaps()).isEqualTo(2);
        assertThat(soFar.largestGapNanos()).isEqualTo(1);
        assertThat(events.count()).isEqualTo(4);
    }

    private static StreamedEvents at(long... times) {
        StreamedEvents events = new StreamedEvents();
        for (long time : times) {
            events.event(time);
        }
        return events;
    }

    private static Map<String, String> attributes(StreamedEvents events) {
        Map<String, String> all = new LinkedHashMap<>();
        events.attributes((attribute, value) -> all.put(attribute.name(), value));
        return all;
    }
}
