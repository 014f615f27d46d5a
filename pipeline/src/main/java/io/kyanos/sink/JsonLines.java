package io.kyanos.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.kyanos.record.TrafficRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;

/**
 * Writes records as JSON, one object per line, with the fields of docs/json.md; {@link JsonSchema} gives their schema.
 * Immutable and thread-safe; the stream belongs to the caller.
 */
public final class JsonLines {

    private final JsonFactory json = JsonFactory.builder()
            .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
            .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .build();
    private final DateTimeFormatter moments;

    public JsonLines(ZoneId zone) {
        moments = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSSXXX")
                .withZone(zone);
    }

    public void write(List<TrafficRecord> records, OutputStream out) throws IOException {
        try (JsonGenerator generator = json.createGenerator(out)) {
            generator.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
            for (TrafficRecord record : records) {
                write(record, generator);
            }
            if (!records.isEmpty()) {
                generator.writeRaw('\n');
            }
        }
    }

    private void write(TrafficRecord record, JsonGenerator out) throws IOException {
        out.writeStartObject();
        for (JsonField field : JsonFields.ALL) {
            if (field.presence().mayBeIn().test(record)) {
                field.writer().write(record, out, moments);
            }
        }
        out.writeEndObject();
    }
}
