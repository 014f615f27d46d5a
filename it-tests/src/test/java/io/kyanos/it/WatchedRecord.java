package io.kyanos.it;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** One line of {@code watch --json-output}. */
record WatchedRecord(Map<String, Object> fields) {

    private static final JsonFactory JSON = new JsonFactory();

    static WatchedRecord parse(String line) {
        try (JsonParser parser = JSON.createParser(line)) {
            parser.nextToken();
            @SuppressWarnings("unchecked") // a record is a JSON object
            Map<String, Object> fields = (Map<String, Object>) Objects.requireNonNull(value(parser));
            return new WatchedRecord(fields);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }

    /** A field's text; empty where it is not there. */
    String text(String field) {
        return Objects.toString(fields.get(field), "");
    }

    int number(String field) {
        return ((Number) Objects.requireNonNull(fields.get(field), field)).intValue();
    }

    boolean isTrue(String field) {
        return Boolean.TRUE.equals(fields.get(field));
    }

    /** Milliseconds from request to response; an error where they are unknown. */
    double totalMillis() {
        return ((Number) Objects.requireNonNull(fields.get("total_duration_ms"), "total_duration_ms")).doubleValue();
    }

    /** A time of day, with all its digits. */
    Instant time(String field) {
        return OffsetDateTime.parse(text(field)).toInstant();
    }

    String side() {
        return text("side");
    }

    String operation() {
        return text("operation");
    }

    String resource() {
        return text("resource");
    }

    /** The path of an HTTP request. */
    String path() {
        return attribute("path");
    }

    /** An attribute's value, or its values with a comma and a blank between them; empty if it has none. */
    String attribute(String name) {
        Object value = fields.get("attributes") instanceof Map<?, ?> attributes ? attributes.get(name) : null;
        return value instanceof List<?> values
                ? values.stream().map(String::valueOf).collect(Collectors.joining(", "))
                : Objects.toString(value, "");
    }

    String status() {
        return text("status");
    }

    String outcome() {
        return text("outcome");
    }

    /** Why there is no answer; empty where there is one. */
    String unanswered() {
        return text("unanswered");
    }

    String process() {
        return text("process");
    }

    int pid() {
        return number("pid");
    }

    /** 0 of a unix socket. */
    int localPort() {
        return fields.containsKey("local_port") ? number("local_port") : 0;
    }

    /** 0 of a unix socket. */
    int remotePort() {
        return fields.containsKey("remote_port") ? number("remote_port") : 0;
    }

    /** Whether it is of a connection to or from this port. */
    boolean isOfPort(int port) {
        return localPort() == port || remotePort() == port;
    }

    /** The JSON value that the parser stands on: a map, a list, a number, a text or a boolean. */
    static Object value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        switch (token) {
            case START_OBJECT -> {
                Map<String, Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    if (parser.nextToken() != JsonToken.VALUE_NULL) {
                        object.put(name, value(parser));
                    }
                }
                return object;
            }
            case START_ARRAY -> {
                List<Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(value(parser));
                }
                return array;
            }
            case VALUE_NUMBER_INT -> {
                boolean isLong = parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
                return isLong ? (Object) parser.getLongValue() : parser.getBigIntegerValue();
            }
            case VALUE_NUMBER_FLOAT -> {
                return parser.getDoubleValue();
            }
            case VALUE_TRUE -> {
                return Boolean.TRUE;
            }
            case VALUE_FALSE -> {
                return Boolean.FALSE;
            }
            default -> {
                return parser.getText();
            }
        }
    }
}
