package io.kyanos.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Message;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.StepTime;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes records as JSON, one object per line. Moments are RFC 3339 with nanoseconds, durations milliseconds with
 * fractions; what is not known is null. Immutable and thread-safe; the stream belongs to the caller.
 */
public final class JsonLines {

    private static final double NANOS_PER_MILLI = 1e6;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

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
        ConnectionDescription connection = record.connection();
        RecordTimes times = record.times();
        long requestBytes = record.request().wireBytes();
        long responseBytes = record.answer().map(Message::wireBytes).orElse(0L);
        out.writeStartObject();
        writeMoment(out, "start_time", times.startedAt());
        writeMoment(out, "end_time", times.endedAt());
        out.writeStringField("protocol", record.protocol());
        out.writeStringField("side", connection.side().label());
        out.writeStringField("transport", connection.transport().label());
        out.writeStringField("local_addr", connection.local().address());
        out.writeNumberField("local_port", connection.local().port());
        out.writeStringField("remote_addr", connection.remote().address());
        out.writeNumberField("remote_port", connection.remote().port());
        out.writeNumberField("pid", connection.tgid());
        out.writeBooleanField("is_ssl", connection.tls());
        writeMillis(out, "total_duration_ms", times.totalNanos());
        writeMillis(out, "black_box_duration_ms", blackBoxNanos(times));
        writeMillis(out, "read_socket_duration_ms", times.readSocketNanos());
        writeMillis(out, "copy_to_socket_buffer_duration_ms", times.copyToSocketNanos());
        out.writeNumberField("req_size_bytes", requestBytes);
        out.writeNumberField("resp_size_bytes", responseBytes);
        out.writeNumberField("req_plain_text_size_bytes", connection.tls() ? requestBytes : 0);
        out.writeNumberField("resp_plain_text_size_bytes", connection.tls() ? responseBytes : 0);
        writeText(out, "request", record.request().text());
        writeText(out, "response", record.answer().map(Message::text).orElse(""));
        writeSteps(out, "req_syscall_events", record.requestCalls());
        writeSteps(out, "resp_syscall_events", record.responseCalls());
        writeSteps(out, "req_nic_events", List.of());
        writeSteps(out, "resp_nic_events", List.of());
        writeText(out, "operation", record.request().operation());
        writeText(out, "resource", record.request().resource());
        writeText(out, "status", record.answer().map(Message::status).orElse(""));
        out.writeStringField("outcome", record.outcome().label());
        writeReason(out, record);
        writeText(out, "process", connection.process());
        writeText(out, "peer", connection.peer());
        writeAttributes(out, record);
        out.writeBooleanField("truncated", record.truncated());
        out.writeEndObject();
    }

    /* The part of the total that this end cannot look into: the network for a client, the process for a server. */
    private static long blackBoxNanos(RecordTimes times) {
        return times.networkNanos() != RecordTimes.UNKNOWN ? times.networkNanos() : times.processNanos();
    }

    private void writeMoment(JsonGenerator out, String name, long nanos) throws IOException {
        if (nanos == RecordTimes.UNKNOWN) {
            out.writeNullField(name);
            return;
        }
        Instant instant =
                Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS_PER_SECOND), Math.floorMod(nanos, NANOS_PER_SECOND));
        out.writeStringField(name, moments.format(instant));
    }

    private static void writeMillis(JsonGenerator out, String name, long nanos) throws IOException {
        if (nanos == RecordTimes.UNKNOWN) {
            out.writeNullField(name);
        } else {
            out.writeNumberField(name, nanos / NANOS_PER_MILLI);
        }
    }

    private static void writeReason(JsonGenerator out, TrafficRecord record) throws IOException {
        Unanswered reason = record.unanswered();
        if (reason == null) {
            out.writeNullField("unanswered");
        } else {
            out.writeStringField("unanswered", reason.label());
        }
    }

    private static void writeSteps(JsonGenerator out, String name, List<StepTime> steps) throws IOException {
        out.writeArrayFieldStart(name);
        for (StepTime step : steps) {
            out.writeStartObject();
            out.writeNumberField("ByteSize", step.bytes());
            out.writeNumberField("Timestamp", step.at());
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void writeAttributes(JsonGenerator out, TrafficRecord record) throws IOException {
        Map<String, List<String>> attributes = new LinkedHashMap<>();
        Message.AttributeVisitor collect = (name, value) ->
                attributes.computeIfAbsent(name, first -> new ArrayList<>(1)).add(value);
        record.request().attributes(collect);
        record.answer().ifPresent(response -> response.attributes(collect));
        out.writeObjectFieldStart("attributes");
        for (Map.Entry<String, List<String>> attribute : attributes.entrySet()) {
            List<String> values = attribute.getValue();
            if (values.size() == 1) {
                writeText(out, wellFormed(attribute.getKey()), values.get(0));
                continue;
            }
            out.writeArrayFieldStart(wellFormed(attribute.getKey()));
            for (String value : values) {
                out.writeString(wellFormed(value));
            }
            out.writeEndArray();
        }
        out.writeEndObject();
    }

    private static void writeText(JsonGenerator out, String name, String text) throws IOException {
        out.writeStringField(name, wellFormed(text));
    }

    /* A text that was cut may end in half a character, which UTF-8 cannot say and the generator refuses. */
    private static String wellFormed(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else {
                return wellFormed(text.substring(0, i) + '\ufffd' + text.substring(i + 1));
            }
        }
        return text;
    }
}
