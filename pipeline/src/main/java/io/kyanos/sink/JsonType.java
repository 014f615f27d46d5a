package io.kyanos.sink;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;

/** What the values of a field may be: one kind of value, never null. */
sealed interface JsonType {

    Plain TEXT = new Plain("text", "string", "");
    Plain MOMENT = new Plain("moment", "string", "date-time");
    Plain NUMBER = new Plain("number", "number", "");
    Plain TRUTH = new Plain("true or false", "boolean", "");
    Whole COUNT = new Whole(0, Long.MAX_VALUE);
    Whole PORT = new Whole(0, 0xffff);
    Digits DIGITS = new Digits();
    Calls CALLS = new Calls();
    Plain ATTRIBUTES = new Plain("object", "object", "");

    /** As the document calls it. */
    String label();

    /** The keywords of JSON Schema that say so, into an object that has begun. */
    void writeSchema(JsonGenerator out) throws IOException;

    /** What JSON has a word for. */
    record Plain(String label, String schemaType, String format) implements JsonType {
        @Override
        public void writeSchema(JsonGenerator out) throws IOException {
            out.writeStringField("type", schemaType);
            if (!format.isEmpty()) {
                out.writeStringField("format", format);
            }
        }
    }

    /** Text out of few. */
    record Words(List<String> words) implements JsonType {
        @Override
        public String label() {
            return words.stream().map(word -> "`" + word + "`").collect(Collectors.joining(", "));
        }

        @Override
        public void writeSchema(JsonGenerator out) throws IOException {
            out.writeStringField("type", "string");
            out.writeArrayFieldStart("enum");
            for (String word : words) {
                out.writeString(word);
            }
            out.writeEndArray();
        }
    }

    /** A number without fractions, from one to another. */
    record Whole(long least, long most) implements JsonType {
        @Override
        public String label() {
            return "whole number";
        }

        @Override
        public void writeSchema(JsonGenerator out) throws IOException {
            out.writeStringField("type", "integer");
            out.writeNumberField("minimum", least);
            if (most != Long.MAX_VALUE) {
                out.writeNumberField("maximum", most);
            }
        }
    }

    /** A whole number as text, as readers of JSON that know 64-bit floating point alone would change its last digits. */
    record Digits() implements JsonType {
        @Override
        public String label() {
            return "digits, as text";
        }

        @Override
        public void writeSchema(JsonGenerator out) throws IOException {
            out.writeStringField("type", "string");
            out.writeStringField("pattern", "^[0-9]+$");
        }
    }

    /** A list of system calls. */
    record Calls() implements JsonType {
        @Override
        public String label() {
            return "list of calls";
        }

        @Override
        public void writeSchema(JsonGenerator out) throws IOException {
            out.writeStringField("type", "array");
            out.writeObjectFieldStart("items");
            out.writeStringField("$ref", JsonSchema.DEFINITIONS + JsonCall.DEFINITION);
            out.writeEndObject();
        }
    }
}
