package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RecordFilterTest {

    @Test
    void everythingPassesWithoutConditions() {
        assertThat(RecordFilter.ALL.test(TestRecords.http().build())).isTrue();
        assertThat(RecordFilter.ALL.needsAttributes()).isFalse();
    }

    @Test
    void latencyPassesFromTheBoundOn() {
        RecordFilter filter = RecordFilter.ALL.minLatencyNanos(10_000_000);

        assertThat(filter.test(TestRecords.http().tookNanos(10_000_000).build()))
                .isTrue();
        assertThat(filter.test(TestRecords.http().tookNanos(9_999_999).build())).isFalse();
    }

    @Test
    void anUnansweredRequestHasNoLatencyToPass() {
        RecordFilter filter = RecordFilter.ALL.minLatencyNanos(1);

        assertThat(filter.test(TestRecords.http().unanswered(Unanswered.TIMEOUT).build()))
                .isFalse();
    }

    @Test
    void sizesPassFromTheBoundOn() {
        TrafficRecord record = TestRecords.http().sizes(100, 200).build();

        assertThat(RecordFilter.ALL.minRequestBytes(100).test(record)).isTrue();
        assertThat(RecordFilter.ALL.minRequestBytes(101).test(record)).isFalse();
        assertThat(RecordFilter.ALL.minResponseBytes(200).test(record)).isTrue();
        assertThat(RecordFilter.ALL.minResponseBytes(201).test(record)).isFalse();
    }

    @Test
    void aRecordWithoutResponseHasNoResponseSizeToPass() {
        RecordFilter filter = RecordFilter.ALL.minResponseBytes(0);

        assertThat(filter.test(TestRecords.http().unanswered(Unanswered.CLOSED).build()))
                .isFalse();
    }

    @Test
    void allPartsMustHold() {
        RecordFilter filter = RecordFilter.ALL.side(Side.SERVER).protocol("redis");

        assertThat(filter.test(TestRecords.redis().build())).isTrue();
        assertThat(filter.test(TestRecords.redis().side(Side.CLIENT).build())).isFalse();
        assertThat(filter.test(TestRecords.http().side(Side.SERVER).build())).isFalse();
    }

    @Test
    void oneOfAnAttributesValuesIsEnough() {
        TrafficRecord mget =
                TestRecords.redis().attribute("key", "a").attribute("key", "b").build();

        RecordFilter filter = RecordFilter.ALL.attributeIn("key", Set.of("b", "c"));

        assertThat(filter.needsAttributes()).isTrue();
        assertThat(filter.test(mget)).isTrue();
        assertThat(filter.test(TestRecords.redis().attribute("key", "d").build()))
                .isFalse();
        assertThat(filter.test(TestRecords.redis().attribute("other", "b").build()))
                .isFalse();
    }

    @Test
    void commandsMatchWhateverTheirCaseAndSpacing() {
        RecordFilter filter = RecordFilter.ALL.attributeInIgnoringCase("command", Set.of("config  get"));

        assertThat(filter.test(
                        TestRecords.redis().attribute("command", "CONFIG GET").build()))
                .isTrue();
        assertThat(filter.test(
                        TestRecords.redis().attribute("command", "CONFIG SET").build()))
                .isFalse();
    }

    @Test
    void aPatternIsSearchedAndAPrefixIsAnchored() {
        TrafficRecord record =
                TestRecords.http().attribute("path", "/api/v1/users").build();

        assertThat(RecordFilter.ALL
                        .attributeMatches("path", Pattern.compile("v\\d"))
                        .test(record))
                .isTrue();
        assertThat(RecordFilter.ALL.attributeStartsWith("path", "/api").test(record))
                .isTrue();
        assertThat(RecordFilter.ALL.attributeStartsWith("path", "/v1").test(record))
                .isFalse();
    }

    @Test
    void attributesOfTheResponseAreNotLookedAt() {
        TrafficRecord record = TestRecords.http().responseAttribute("host", "a").build();

        assertThat(RecordFilter.ALL.attributeIn("host", Set.of("a")).test(record))
                .isFalse();
    }
}
