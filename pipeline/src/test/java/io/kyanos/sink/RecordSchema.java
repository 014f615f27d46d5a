package io.kyanos.sink;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The committed JSON Schema of records, as a validator that is not ours reads it. */
public final class RecordSchema {

    private static final Path FILE = Path.of("..", "docs", "json-schema.json");

    private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(text(), InputFormat.JSON);

    private RecordSchema() {}

    /** What is wrong with a line of JSON; empty for one that is as it should be. */
    public static List<String> problems(String line) {
        return SCHEMA
                .validate(
                        line,
                        InputFormat.JSON,
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)))
                .stream()
                .map(problem -> problem + " in " + line)
                .toList();
    }

    private static String text() {
        try {
            return Files.readString(FILE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
