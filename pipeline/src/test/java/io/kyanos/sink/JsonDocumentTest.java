package io.kyanos.sink;

import io.kyanos.protocol.DocumentTable;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What docs/json.md and docs/json-schema.json say of JSON is what the code writes. */
class JsonDocumentTest {

    private static final Path DOCUMENT = Path.of("../docs/json.md");
    private static final Path SCHEMA = Path.of("../docs/json-schema.json");

    @Test
    void theTableOfFieldsIsThatOfTheWriter() throws IOException {
        DocumentTable.assertRows(
                DOCUMENT,
                "## Fields",
                JsonFields.ALL.stream()
                        .map(field -> DocumentTable.row(
                                "`" + field.name() + "`",
                                field.type().label(),
                                field.unit(),
                                field.presence().label(),
                                field.meaning()))
                        .toList());
    }

    @Test
    void theTableOfCallsIsThatOfTheWriter() throws IOException {
        DocumentTable.assertRows(
                DOCUMENT,
                "## Calls",
                JsonCall.FIELDS.stream()
                        .map(field -> DocumentTable.row(
                                "`" + field.name() + "`", field.type().label(), field.unit(), field.meaning()))
                        .toList());
    }

    @Test
    void theSchemaIsMadeOfTheSameTables() throws IOException {
        Map<String, List<Attribute>> attributes = new LinkedHashMap<>();
        Protocols.descriptors().forEach(protocol -> attributes.put(protocol.name(), protocol.attributes()));

        DocumentTable.assertText(SCHEMA, new JsonSchema(attributes).text());
    }
}
