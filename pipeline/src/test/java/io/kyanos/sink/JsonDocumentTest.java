package io.kyanos.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/json.md and docs/json-schema.json say of JSON is what the code writes. */
class JsonDocumentTest {

    private static final Path DOCUMENT = Path.of("../docs/json.md");
    private static final Path SCHEMA = Path.of("../docs/json-schema.json");
    private static final List<Protocol> PROTOCOLS =
            Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());

    @Test
    void theTableOfFieldsIsThatOfTheWriter() throws IOException {
        assertSame(
                "## Fields",
                JsonFields.ALL.stream()
                        .map(field -> row(
                                "`" + field.name() + "`",
                                field.type().label(),
                                field.unit(),
                                field.presence().label(),
                                field.meaning()))
                        .toList());
    }

    @Test
    void theTableOfCallsIsThatOfTheWriter() throws IOException {
        assertSame(
                "## Calls",
                JsonCall.FIELDS.stream()
                        .map(field ->
                                row("`" + field.name() + "`", field.type().label(), field.unit(), field.meaning()))
                        .toList());
    }

    @Test
    void theTablesOfAttributesAreThoseOfTheProtocols() throws IOException {
        for (Protocol protocol : PROTOCOLS) {
            assertSame(
                    "## Attributes of " + protocol.name(),
                    protocol.descriptor().attributes().stream()
                            .map(attribute -> row(
                                    "`" + attribute.name() + "`",
                                    attribute.isList() ? "list of text" : "text",
                                    attribute.source().label(),
                                    attribute.meaning()))
                            .toList());
        }
    }

    @Test
    void theSchemaIsMadeOfTheSameTables() throws IOException {
        Map<String, List<Attribute>> attributes = new LinkedHashMap<>();
        PROTOCOLS.forEach(protocol ->
                attributes.put(protocol.name(), protocol.descriptor().attributes()));
        String schema = new JsonSchema(attributes).text();
        if (System.getProperty("golden.update") != null) {
            Files.writeString(SCHEMA, schema);
        }

        assertThat(Files.readString(SCHEMA)).as("written by -Dgolden.update").isEqualTo(schema);
    }

    private static String row(String... cells) {
        return Stream.of(cells)
                        .map(cell -> cell.isEmpty() ? "" : " " + cell)
                        .reduce("", (all, cell) -> all + "|" + cell + " ")
                + "|";
    }

    /** Those of the table below a heading, which is in any case; {@code -Dgolden.update} rewrites them. */
    private static void assertSame(String heading, List<String> rows) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(DOCUMENT));
        int first = 0;
        while (!lines.get(first).equalsIgnoreCase(heading)) {
            first++;
        }
        while (!lines.get(first).startsWith("|--")) {
            first++;
        }
        first++;
        int end = first;
        while (end < lines.size() && lines.get(end).startsWith("|")) {
            end++;
        }
        List<String> table = lines.subList(first, end);
        if (System.getProperty("golden.update") != null) {
            table.clear();
            table.addAll(rows);
            Files.write(DOCUMENT, lines);
            return;
        }
        assertThat(table).as("below %s, written by -Dgolden.update", heading).isEqualTo(rows);
    }
}
