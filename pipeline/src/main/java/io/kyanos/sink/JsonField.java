package io.kyanos.sink;

import com.fasterxml.jackson.core.JsonGenerator;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.StepTime;
import io.kyanos.record.TrafficRecord;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * One field of a record in JSON: all that is said of it in the document and in the schema, and what writes it.
 *
 * @param unit of a number, or of a number that is text; empty for none
 * @param meaning one line of Markdown
 */
record JsonField(String name, JsonType type, String unit, JsonPresence presence, String meaning, Writer writer) {

    private static final double NANOS_PER_MILLI = 1e6;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** Writes a field, or nothing where its value is not known. */
    @FunctionalInterface
    interface Writer {
        void write(TrafficRecord record, JsonGenerator out, DateTimeFormatter moments) throws IOException;
    }

    static JsonField text(String name, JsonPresence presence, String meaning, Function<TrafficRecord, String> value) {
        return new JsonField(
                name,
                JsonType.TEXT,
                "",
                presence,
                meaning,
                (record, out, moments) -> out.writeStringField(name, JsonText.wellFormed(value.apply(record))));
    }

    /** Text out of few. */
    static JsonField word(
            String name,
            List<String> words,
            JsonPresence presence,
            String meaning,
            Function<TrafficRecord, String> value) {
        return new JsonField(
                name,
                new JsonType.Words(words),
                "",
                presence,
                meaning,
                (record, out, moments) -> out.writeStringField(name, value.apply(record)));
    }

    static JsonField truth(String name, String meaning, Predicate<TrafficRecord> value) {
        return new JsonField(
                name,
                JsonType.TRUTH,
                "",
                JsonPresence.ALWAYS,
                meaning,
                (record, out, moments) -> out.writeBooleanField(name, value.test(record)));
    }

    static JsonField whole(
            String name,
            JsonType.Whole type,
            String unit,
            JsonPresence presence,
            String meaning,
            ToLongFunction<TrafficRecord> value) {
        return new JsonField(
                name,
                type,
                unit,
                presence,
                meaning,
                (record, out, moments) -> out.writeNumberField(name, value.applyAsLong(record)));
    }

    /** A duration. */
    static JsonField millis(String name, JsonPresence presence, String meaning, ToLongFunction<TrafficRecord> nanos) {
        return new JsonField(name, JsonType.NUMBER, "ms", presence, meaning, (record, out, moments) -> {
            long duration = nanos.applyAsLong(record);
            if (duration != RecordTimes.UNKNOWN) {
                out.writeNumberField(name, duration / NANOS_PER_MILLI);
            }
        });
    }

    static JsonField moment(String name, String meaning, ToLongFunction<TrafficRecord> nanos) {
        return new JsonField(name, JsonType.MOMENT, "", JsonPresence.KNOWN, meaning, (record, out, moments) -> {
            long moment = nanos.applyAsLong(record);
            if (moment != RecordTimes.UNKNOWN) {
                Instant instant = Instant.ofEpochSecond(
                        Math.floorDiv(moment, NANOS_PER_SECOND), Math.floorMod(moment, NANOS_PER_SECOND));
                out.writeStringField(name, moments.format(instant));
            }
        });
    }

    /** The system calls that carried a message. */
    static JsonField calls(
            String name, JsonPresence presence, String meaning, Function<TrafficRecord, List<StepTime>> calls) {
        return new JsonField(name, JsonType.CALLS, "", presence, meaning, (record, out, moments) -> {
            out.writeArrayFieldStart(name);
            for (StepTime call : calls.apply(record)) {
                JsonCall.write(call, out);
            }
            out.writeEndArray();
        });
    }

    static JsonField attributes(String name, String meaning) {
        return new JsonField(
                name,
                JsonType.ATTRIBUTES,
                "",
                JsonPresence.ALWAYS,
                meaning,
                (record, out, moments) -> JsonAttributes.write(name, record, out));
    }
}
