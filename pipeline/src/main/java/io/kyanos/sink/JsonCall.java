package io.kyanos.sink;

import com.fasterxml.jackson.core.JsonGenerator;
import io.kyanos.record.StepTime;
import java.io.IOException;
import java.util.List;

/** A system call as an object of JSON. */
final class JsonCall {

    /** Its name among the schema's definitions. */
    static final String DEFINITION = "call";

    /** One field of it. */
    record Field(String name, JsonType type, String unit, String meaning) {}

    private static final Field BYTES =
            new Field("ByteSize", JsonType.COUNT, "bytes", "How many bytes of the message it moved");
    private static final Field AT = new Field("Timestamp", JsonType.DIGITS, "ns since the epoch", "When it returned");

    /** All fields, each of which is always there. */
    static final List<Field> FIELDS = List.of(BYTES, AT);

    private JsonCall() {}

    static void write(StepTime call, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeNumberField(BYTES.name(), call.bytes());
        out.writeStringField(AT.name(), Long.toString(call.at()));
        out.writeEndObject();
    }
}
