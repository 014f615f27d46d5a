package io.kyanos.protocol.streamed;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.SpanList;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamedTypeTest {

    @ParameterizedTest
    @CsvSource({
        "text/event-stream, EVENT_STREAM",
        "text/event-stream;charset=utf-8, EVENT_STREAM",
        "'text/event-stream ; charset=utf-8', EVENT_STREAM",
        "Text/Event-Stream, EVENT_STREAM",
        "application/x-ndjson, JSON_LINES",
        "application/x-ndjson; charset=utf-8, JSON_LINES",
        "application/ndjson, JSON_LINES",
        "application/jsonl, JSON_LINES",
        "APPLICATION/JSONL, JSON_LINES",
        "application/jsonlines, JSON_LINES",
        "application/x-jsonlines, JSON_LINES",
        "application/stream+json, JSON_LINES",
        "application/stream+json;charset=UTF-8, JSON_LINES",
        "application/vnd.elasticsearch+x-ndjson;compatible-with=8, JSON_LINES",
        "text/jsonl,",
        "application/json-seq, JSON_SEQUENCE",
        "application/geo+json-seq, JSON_SEQUENCE",
        "application/json,",
        "application/problem+json,",
        "application/vnd.stream+json,",
        "application/event-stream,",
        "text/event-streams,",
        "text/event-strea,",
        "text/html; charset=text/event-stream,",
        "text/html,",
        "image/png,",
        "secret/x-json-lines,",
        "ndjson,",
        "application/,",
        "/,",
        "'',",
    })
    void isToldByTheContentTypeWhateverItsParameters(String value, StreamedType type) {
        ByteView view = ByteView.of("xx" + value + "ndjson");

        assertThat(StreamedType.of(view, 2, 2 + value.length())).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource({
        "text/event-stream; charset=utf-8, 'text/event-stream;'",
        "application/x-ndjson, application/x-ndjson",
        "application/vnd.acme+x-ndjson;v=1, 'application/+x-ndjson;'",
    })
    void isKnownWithoutVendorAndParameters(String value, String structure) {
        ByteView view = ByteView.of(value);
        SpanList spans = new SpanList();
        ParseResult result = new ParseResult();
        result.collectStructure(spans);

        Objects.requireNonNull(StreamedType.of(view, 0, value.length())).structure(view, 0, value.length(), result);

        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < spans.count(); i++) {
            kept.append(value, spans.from(i), spans.to(i));
        }
        assertThat(kept).hasToString(structure);
    }
}
