package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.Attribute;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {

    private static final Attribute VERSION = Attribute.listOfBoth("version", "");
    private static final Attribute CONTENT_TYPE = Attribute.listOfBoth("content_type", "");

    private final JsonLines json = new JsonLines(ZoneOffset.ofHours(2));

    @Test
    void recordsLookAsAgreed() throws IOException {
        String lines = write(
                TestRecords.http()
                        .attribute("method", "GET")
                        .attribute("path", "/users/42")
                        .attribute(VERSION, "HTTP/1.1")
                        .responseAttribute(VERSION, "HTTP/1.1")
                        .responseAttribute(CONTENT_TYPE, "text/plain")
                        .texts("GET /users/42 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n\"quoted\"\u0000")
                        .build(),
                TestRecords.http()
                        .peerName("shop.example")
                        .status("500", Outcome.SERVER_ERROR)
                        .tookNanos(3_600_000_000_001L)
                        .truncated()
                        .build(),
                TestRecords.redis().unanswered(Unanswered.CAPTURE_LOSS).build(),
                TestRecords.redis().overUnix("/run/redis.sock").oneWay().build(),
                TestRecords.redis().overUdp().build());

        Golden.assertSame("records.jsonl", lines);
    }

    @Test
    void everyKindOfRecordFitsTheSchema() throws IOException {
        List<TestRecords> kinds = new ArrayList<>();
        for (Outcome outcome : Outcome.values()) {
            kinds.add(TestRecords.http().status("200", outcome));
        }
        for (Unanswered reason : Unanswered.values()) {
            kinds.add(TestRecords.redis().unanswered(reason));
        }
        for (Side side : Side.values()) {
            kinds.add(TestRecords.http().side(side).truncated());
        }
        kinds.removeIf(kind ->
                kind.build().outcome() == Outcome.UNANSWERED && kind.build().unanswered() == null);
        kinds.add(TestRecords.redis().overUnix("/run/redis.sock"));
        kinds.add(TestRecords.redis().overUnix("").oneWay());
        kinds.add(TestRecords.redis().overUdp().oneWay());
        kinds.add(TestRecords.http().remote(new Endpoint(new byte[16], 65535)));
        kinds.add(TestRecords.http().attribute(VERSION, "HTTP/1.1"));
        kinds.add(TestRecords.http().attribute(Attribute.listOfBoth("header.x-tenant", ""), "blue"));
        kinds.add(TestRecords.redis().attribute("args", "1"));

        for (TestRecords kind : kinds) {
            assertThat(RecordSchema.problems(write(kind.build()))).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "\"pid\":4321            | \"pid\":\"4321\"",
                "\"pid\":4321            | \"pid\":null",
                "\"pid\":4321            | \"pid\":4321,\"new\":1",
                "\"pid\":4321,           | ",
                "\"local_port\":45678,   | ",
                "\"local_port\":45678    | \"local_port\":65536",
                "\"status\":\"200\",     | ",
                "\"outcome\":\"ok\"      | \"outcome\":\"fine\"",
                "\"outcome\":\"ok\"      | \"outcome\":\"one_way\"",
                "\"outcome\":\"ok\"      | \"outcome\":\"ok\",\"unanswered\":\"reset\"",
                "\"transport\":\"tcp\"   | \"transport\":\"unix\"",
                "\"protocol\":\"http\"   | \"protocol\":\"redis\"",
                "\"protocol\":\"http\"   | \"protocol\":\"gopher\"",
                "\"/users/42\"},        | [\"/users/42\"]},",
                "[\"HTTP/1.1\"]         | \"HTTP/1.1\"",
                "\"path\":              | \"pfad\":",
                "\"1767225600000000001\" | 1767225600000000001",
                "2026-01-01            | 2026-13-01",
            })
    void theSchemaRefusesAnythingElse(String right, @Nullable String wrong) throws IOException {
        String line = write(TestRecords.http()
                .attribute(VERSION, "HTTP/1.1")
                .attribute("path", "/users/42")
                .build());
        assertThat(RecordSchema.problems(line)).isEmpty();
        assertThat(line).contains(right);

        assertThat(RecordSchema.problems(line.replace(right, Objects.toString(wrong, ""))))
                .isNotEmpty();
    }

    @Test
    void numbersThatADoubleCannotHoldAreText() throws IOException {
        assertThat(write(TestRecords.http().build()))
                .contains("{\"ByteSize\":120,\"Timestamp\":\"1767225600000000001\"}");
    }

    @Test
    void aListOfOneValueIsAListAndATextGivenTwiceIsAText() throws IOException {
        TrafficRecord record = TestRecords.http()
                .responseAttribute(VERSION, "HTTP/1.0")
                .attribute("path", "/one")
                .attribute("path", "/two")
                .build();

        assertThat(write(record)).contains("\"attributes\":{\"path\":\"/one\",\"version\":[\"HTTP/1.0\"]}");
    }

    @Test
    void eachRecordIsOneLine() throws IOException {
        TrafficRecord record = TestRecords.http().texts("a\nb\r\nc", "\u2028").build();

        assertThat(write(record, record).lines()).hasSize(2);
        assertThat(write(record)).endsWith("}\n");
        assertThat(write()).isEmpty();
    }

    @Test
    void durationsBeyondThirtyTwoBitsAreExact() throws IOException {
        assertThat(write(TestRecords.http().tookNanos(86_400_000_000_123L).build()))
                .contains("\"total_duration_ms\":8.6400000000123E7");
    }

    @Test
    void unknownFactsAreAbsent() throws IOException {
        assertThat(write(TestRecords.http().unanswered(Unanswered.CLOSED).build()))
                .contains("\"unanswered\":\"closed\"")
                .doesNotContain("null", "duration", "response", "resp_", "status");
        assertThat(write(TestRecords.http().build())).doesNotContain("null", "unanswered");
        assertThat(write(TestRecords.http().overUnix("/run/a").build())).doesNotContain("_port");
    }

    @Test
    void halfACharacterAtACutIsReplaced() throws IOException {
        assertThat(write(TestRecords.http()
                        .texts("cut \ud83d", "\ude00 whole \ud83d\ude00")
                        .build()))
                .contains("\"request\":\"cut \ufffd\"", "\"response\":\"\ufffd whole \ud83d\ude00\"");
    }

    private String write(TrafficRecord... records) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        json.write(List.of(records), out);
        return out.toString(StandardCharsets.UTF_8);
    }
}
