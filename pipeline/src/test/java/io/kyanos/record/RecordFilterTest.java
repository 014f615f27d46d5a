package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecordFilterTest {

    @Test
    void everythingPassesWithoutConditions() {
        assertThat(RecordFilter.ALL.test(TestRecords.http().build())).isTrue();
        assertThat(RecordFilter.ALL.needsAttributes()).isFalse();
    }

    @Test
    void latencyPassesFromTheBoundOn() {
        RecordFilter filter = RecordFilter.ALL.latencyNanos(ValueRange.from(10_000_000));

        assertThat(filter.test(TestRecords.http().tookNanos(10_000_000).build()))
                .isTrue();
        assertThat(filter.test(TestRecords.http().tookNanos(9_999_999).build())).isFalse();
    }

    @Test
    void anUnansweredRequestHasNoLatencyToPass() {
        RecordFilter filter = RecordFilter.ALL.latencyNanos(ValueRange.from(1));

        assertThat(filter.test(TestRecords.http().unanswered(Unanswered.TIMEOUT).build()))
                .isFalse();
    }

    @Test
    void sizesPassFromTheBoundOn() {
        TrafficRecord record = TestRecords.http().sizes(100, 200).build();

        assertThat(RecordFilter.ALL.requestBytes(ValueRange.from(100)).test(record))
                .isTrue();
        assertThat(RecordFilter.ALL.requestBytes(ValueRange.from(101)).test(record))
                .isFalse();
        assertThat(RecordFilter.ALL.responseBytes(ValueRange.from(200)).test(record))
                .isTrue();
        assertThat(RecordFilter.ALL.responseBytes(ValueRange.from(201)).test(record))
                .isFalse();
    }

    @Test
    void aRecordWithoutResponseHasNoResponseSizeToPass() {
        RecordFilter filter = RecordFilter.ALL.responseBytes(ValueRange.from(0));

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
                        .attributeMatches("path", Set.of(Regex.compile("v\\d")))
                        .test(record))
                .isTrue();
        assertThat(RecordFilter.ALL.attributeStartsWith("path", Set.of("/api")).test(record))
                .isTrue();
        assertThat(RecordFilter.ALL.attributeStartsWith("path", Set.of("/v1")).test(record))
                .isFalse();
    }

    @Test
    void attributesOfTheResponseAreLookedAt() {
        RecordFilter filter = RecordFilter.ALL.attributeIn("rows", Set.of("7"));

        assertThat(filter.test(TestRecords.http().responseAttribute("rows", "7").build()))
                .isTrue();
        assertThat(filter.test(TestRecords.http().responseAttribute("rows", "8").build()))
                .isFalse();
        assertThat(filter.test(TestRecords.http().unanswered(Unanswered.CLOSED).build()))
                .isFalse();
    }

    @Test
    void rangesHaveTwoEnds() {
        RecordFilter filter = RecordFilter.ALL.latencyNanos(new ValueRange(10, 20));

        assertThat(filter.test(TestRecords.http().tookNanos(9).build())).isFalse();
        assertThat(filter.test(TestRecords.http().tookNanos(10).build())).isTrue();
        assertThat(filter.test(TestRecords.http().tookNanos(20).build())).isTrue();
        assertThat(filter.test(TestRecords.http().tookNanos(21).build())).isFalse();
    }

    @Test
    void whatIsLeftOutIsWhatTheOtherKeeps() {
        RecordFilter filter = RecordFilter.ALL
                .protocol("redis")
                .except(RecordFilter.ALL.attributeInIgnoringCase("command", Set.of("ping")));

        assertThat(filter.needsAttributes()).isTrue();
        assertThat(filter.test(TestRecords.redis().attribute("command", "PING").build()))
                .isFalse();
        assertThat(filter.test(TestRecords.redis().attribute("command", "GET").build()))
                .isTrue();
        assertThat(filter.test(TestRecords.redis().build())).isTrue();
        assertThat(filter.test(TestRecords.http().build())).isFalse();
    }

    @Test
    void statusesAreNumbersByRangesAndWordsInAnyCase() {
        RecordFilter filter = RecordFilter.ALL.statusIn(StatusSet.parse(List.of("404", "500-502", "3xx", "wrongtype")));

        assertThat(List.of("404", "500", "502", "300", "399", "WRONGTYPE"))
                .allMatch(status -> filter.test(
                        TestRecords.http().status(status, Outcome.ERROR).build()));
        assertThat(List.of("403", "405", "503", "400", "200", "OK", "", "4040"))
                .noneMatch(status -> filter.test(
                        TestRecords.http().status(status, Outcome.ERROR).build()));
        assertThat(filter.test(TestRecords.http().unanswered(Unanswered.CLOSED).build()))
                .isFalse();
    }

    @Test
    void statusesAreRefusedWithWhatIsExpected() {
        assertThatThrownBy(() -> StatusSet.parse(List.of("5x")))
                .hasMessage("5x (expected: statuses, like 404,500-599,5xx or WRONGTYPE)");
        assertThatThrownBy(() -> StatusSet.parse(List.of("599-500")))
                .hasMessage("599-500 (expected: the lower end first, like 500-599)");
    }

    @Test
    void headersOfBothMessagesAreLookedAt() {
        RecordFilter filter = RecordFilter.ALL.header("X-Tenant", "blue"::equals);

        assertThat(filter.headers()).containsExactly("x-tenant");
        assertThat(filter.needsAttributes()).isTrue();
        assertThat(filter.test(
                        TestRecords.http().attribute("header.x-tenant", "blue").build()))
                .isTrue();
        assertThat(filter.test(TestRecords.http()
                        .responseAttribute("header.x-tenant", "blue")
                        .build()))
                .isTrue();
        assertThat(filter.test(
                        TestRecords.http().attribute("header.x-tenant", "red").build()))
                .isFalse();
    }

    @Test
    void outcomesAndOperationsAreFromTheList() {
        RecordFilter filter = RecordFilter.ALL
                .outcomeIn(Set.of(Outcome.SERVER_ERROR, Outcome.UNANSWERED))
                .operationIn(Set.of("get  /users/{id}"));

        assertThat(filter.test(TestRecords.http().unanswered(Unanswered.RESET).build()))
                .isTrue();
        assertThat(filter.test(TestRecords.http().build())).isFalse();
        assertThat(filter.test(TestRecords.redis().unanswered(Unanswered.RESET).build()))
                .isFalse();
    }
}
