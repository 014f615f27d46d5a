package io.kyanos.sink;

import com.fasterxml.jackson.core.JsonGenerator;
import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.TrafficRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The attributes of a record as an object of JSON: a list or a text each, as they are declared. */
final class JsonAttributes {

    private JsonAttributes() {}

    static void write(String name, TrafficRecord record, JsonGenerator out) throws IOException {
        Map<Attribute, List<String>> values = new LinkedHashMap<>();
        Message.AttributeVisitor collect = (attribute, value) ->
                values.computeIfAbsent(attribute, first -> new ArrayList<>(1)).add(value);
        record.request().attributes(collect);
        record.answer().ifPresent(response -> response.attributes(collect));
        out.writeObjectFieldStart(name);
        for (Map.Entry<Attribute, List<String>> attribute : values.entrySet()) {
            out.writeFieldName(JsonText.wellFormed(attribute.getKey().name()));
            if (attribute.getKey().isList()) {
                out.writeStartArray();
                for (String value : attribute.getValue()) {
                    out.writeString(JsonText.wellFormed(value));
                }
                out.writeEndArray();
            } else {
                out.writeString(JsonText.wellFormed(attribute.getValue().get(0)));
            }
        }
        out.writeEndObject();
    }
}
