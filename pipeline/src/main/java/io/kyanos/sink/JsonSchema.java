package io.kyanos.sink;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import io.kyanos.record.Attribute;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The JSON Schema (draft 2020-12) of what {@link JsonLines} writes, made of the same tables. It allows nothing that is not
 * in them, so it belongs to one version of this library. Immutable and thread-safe.
 */
public final class JsonSchema {

    static final String DEFINITIONS = "#/$defs/";

    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";
    private static final String PROPERTIES = "properties";

    private final Map<String, List<Attribute>> attributes;

    /** @param attributes what the messages of each protocol may tell, by its name, in order */
    public JsonSchema(Map<String, List<Attribute>> attributes) {
        this.attributes = attributes;
    }

    /** The schema, as lines that end in a line feed each. */
    public String text() {
        StringWriter text = new StringWriter();
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                        Separators.createDefaultInstance().withObjectFieldValueSpacing(Separators.Spacing.AFTER))
                .withObjectIndenter(lines);
        try (JsonGenerator out = new JsonFactory().createGenerator(text)) {
            out.setPrettyPrinter(printer);
            write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.append('\n').toString();
    }

    private void write(JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("$schema", DIALECT);
        out.writeStringField("title", "A record of kyanos");
        out.writeStringField("description", "A line of kyanos watch --json-output: a request with its response.");
        writeProperties(out);
        out.writeArrayFieldStart("allOf");
        for (JsonPresence presence : JsonPresence.CONDITIONAL) {
            writeCondition(presence, out);
        }
        for (String protocol : attributes.keySet()) {
            writeProtocol(protocol, out);
        }
        out.writeEndArray();
        out.writeObjectFieldStart("$defs");
        writeCall(out);
        for (Map.Entry<String, List<Attribute>> protocol : attributes.entrySet()) {
            writeAttributes(protocol.getKey(), protocol.getValue(), out);
        }
        out.writeEndObject();
        out.writeEndObject();
    }

    private void writeProperties(JsonGenerator out) throws IOException {
        out.writeStringField("type", "object");
        out.writeObjectFieldStart(PROPERTIES);
        for (JsonField field : JsonFields.ALL) {
            boolean isProtocol = field.name().equals(JsonFields.PROTOCOL);
            JsonType type = isProtocol ? new JsonType.Words(List.copyOf(attributes.keySet())) : field.type();
            writeProperty(field.name(), type, described(field.meaning(), field.unit()), out);
        }
        out.writeEndObject();
        out.writeBooleanField("additionalProperties", false);
        writeNames("required", JsonPresence.ALWAYS::equals, out);
    }

    private static void writeProperty(String name, JsonType type, String description, JsonGenerator out)
            throws IOException {
        out.writeObjectFieldStart(name);
        type.writeSchema(out);
        out.writeStringField("description", description);
        out.writeEndObject();
    }

    /* Where it holds, the fields have to be there, or may be; else they must not. */
    private static void writeCondition(JsonPresence presence, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeObjectFieldStart("if");
        out.writeObjectFieldStart(PROPERTIES);
        out.writeObjectFieldStart(presence.field());
        out.writeArrayFieldStart("enum");
        for (String value : presence.values()) {
            out.writeString(value);
        }
        out.writeEndArray();
        out.writeEndObject();
        out.writeEndObject();
        out.writeEndObject();
        if (presence.isRequired()) {
            out.writeObjectFieldStart("then");
            writeNames("required", presence::equals, out);
            out.writeEndObject();
        }
        out.writeObjectFieldStart("else");
        out.writeObjectFieldStart(PROPERTIES);
        for (JsonField field : JsonFields.ALL) {
            if (field.presence().equals(presence)) {
                out.writeBooleanField(field.name(), false);
            }
        }
        out.writeEndObject();
        out.writeEndObject();
        out.writeEndObject();
    }

    private static void writeNames(String keyword, Predicate<JsonPresence> wanted, JsonGenerator out)
            throws IOException {
        out.writeArrayFieldStart(keyword);
        for (JsonField field : JsonFields.ALL) {
            if (wanted.test(field.presence())) {
                out.writeString(field.name());
            }
        }
        out.writeEndArray();
    }

    private static void writeProtocol(String protocol, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeObjectFieldStart("if");
        out.writeObjectFieldStart(PROPERTIES);
        out.writeObjectFieldStart(JsonFields.PROTOCOL);
        out.writeStringField("const", protocol);
        out.writeEndObject();
        out.writeEndObject();
        out.writeEndObject();
        out.writeObjectFieldStart("then");
        out.writeObjectFieldStart(PROPERTIES);
        out.writeObjectFieldStart(JsonFields.ATTRIBUTES);
        out.writeStringField("$ref", DEFINITIONS + protocol);
        out.writeEndObject();
        out.writeEndObject();
        out.writeEndObject();
        out.writeEndObject();
    }

    private static void writeCall(JsonGenerator out) throws IOException {
        out.writeObjectFieldStart(JsonCall.DEFINITION);
        out.writeStringField("type", "object");
        out.writeObjectFieldStart(PROPERTIES);
        for (JsonCall.Field field : JsonCall.FIELDS) {
            writeProperty(field.name(), field.type(), described(field.meaning(), field.unit()), out);
        }
        out.writeEndObject();
        out.writeBooleanField("additionalProperties", false);
        out.writeArrayFieldStart("required");
        for (JsonCall.Field field : JsonCall.FIELDS) {
            out.writeString(field.name());
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private static void writeAttributes(String protocol, List<Attribute> all, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart(protocol);
        out.writeStringField("type", "object");
        out.writeObjectFieldStart(PROPERTIES);
        for (Attribute attribute : all) {
            if (!attribute.isFamily()) {
                writeAttribute(attribute.name(), attribute, out);
            }
        }
        out.writeEndObject();
        out.writeObjectFieldStart("patternProperties");
        for (Attribute attribute : all) {
            if (attribute.isFamily()) {
                writeAttribute("^" + attribute.prefix().replace(".", "\\."), attribute, out);
            }
        }
        out.writeEndObject();
        out.writeBooleanField("additionalProperties", false);
        out.writeEndObject();
    }

    private static void writeAttribute(String name, Attribute attribute, JsonGenerator out) throws IOException {
        out.writeObjectFieldStart(name);
        if (attribute.isList()) {
            out.writeStringField("type", "array");
            out.writeObjectFieldStart("items");
            out.writeStringField("type", "string");
            out.writeEndObject();
            out.writeNumberField("minItems", 1);
        } else {
            out.writeStringField("type", "string");
        }
        out.writeStringField("description", described(attribute.meaning(), ""));
        out.writeEndObject();
    }

    /* Markdown without its links and marks. */
    private static String described(String meaning, String unit) {
        String plain = meaning.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1").replace("`", "");
        return unit.isEmpty() ? plain : plain + " (" + unit + ")";
    }
}
