package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.Outcome;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonLinesTest {

    private final JsonLines json = new JsonLines(ZoneOffset.ofHours(2));

    @Test
    void recordsLookAsAgreed() throws IOException {
        String lines = write(
                TestRecords.http()
                        .attribute("method", "GET")
                        .attribute("path", "/users/42")
                        .attribute("accept", "a")
                        .attribute("accept", "b")
                        .texts("GET /users/42 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n\"quoted\"\u0000")
                        .build(),
                TestRecords.http()
                        .overTls()
                        .peerName("shop.example")
                        .status("500", Outcome.SERVER_ERROR)
                        .tookNanos(3_600_000_000_001L)
                        .truncated()
                        .build(),
                TestRecords.redis().unanswered(Unanswered.CAPTURE_LOSS).build());

        Golden.assertSame("records.jsonl", lines);
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
    void whatIsNotKnownIsNull() throws IOException {
        assertThat(write(TestRecords.http().unanswered(Unanswered.CLOSED).build()))
                .contains(
                        "\"total_duration_ms\":null", "\"read_socket_duration_ms\":null", "\"unanswered\":\"closed\"");
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
