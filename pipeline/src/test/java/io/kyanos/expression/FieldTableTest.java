package io.kyanos.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.DocumentTable;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What docs/filters.md says of expressions is what there is. */
class FieldTableTest {

    private static final Path DOCUMENT = Path.of("../docs/filters.md");

    @Test
    void theTableOfFieldsIsThatOfTheCode() throws IOException {
        DocumentTable.assertRows(
                DOCUMENT,
                "| Field |",
                Fields.all().stream()
                        .map(field -> DocumentTable.row(
                                "`" + field.name() + "`",
                                "`" + field.operators() + "`",
                                field.values(),
                                field.meaning()))
                        .toList());
    }

    @Test
    void theTableOfFlagsIsThatOfTheProtocols() throws IOException {
        List<String> rows = new ArrayList<>();
        for (Descriptor protocol : Protocols.descriptors()) {
            for (FilterFlag flag : protocol.flags()) {
                rows.add(DocumentTable.row(
                        "`" + flag.option() + "`",
                        protocol.title(),
                        flag.description(),
                        "`" + flag.exclusionOption() + "`"));
            }
        }

        DocumentTable.assertRows(DOCUMENT, "| Flag | Of |", rows);
    }

    /* But for the one whose name means something else here: attr["reason"]. */
    @Test
    void everyAttributeOfEveryProtocolIsAField() {
        Map<String, Boolean> isAnyCase = new HashMap<>();
        for (Descriptor protocol : Protocols.descriptors()) {
            for (Attribute attribute : protocol.attributes()) {
                if (!attribute.isFamily() && !attribute.name().equals(Attribute.REASON.name())) {
                    assertThat(isAnyCase.put(attribute.name(), attribute.isAnyCase()))
                            .as("the case of %s, as other protocols have it", attribute)
                            .isIn(null, attribute.isAnyCase());
                }
            }
        }

        assertThat(Fields.all().stream()
                        .filter(AttributeField.class::isInstance)
                        .map(AttributeField.class::cast)
                        .collect(Collectors.toMap(AttributeField::name, AttributeField::isAnyCase)))
                .isEqualTo(isAnyCase);
    }

    @Test
    void theBoundsAreThoseOfTheCode() throws IOException {
        String document = Files.readString(DOCUMENT);

        assertThat(document)
                .contains(
                        "10 000 characters, " + Parser.MAX_CONDITIONS + " conditions, " + Parser.MAX_DEPTH + " levels");
        assertThat(Expression.MAX_CHARACTERS).isEqualTo(10_000);
        assertThat(Parser.MAX_REGEX_COST).isEqualTo(20_000);
    }

    @Test
    void theExampleOfARefusalIsTheRealMessage() throws IOException {
        ExpressionException e = catchThrowableOfType(
                ExpressionException.class, () -> Expression.compile("status>=500 and latenzy>100ms"));

        assertThat(Files.readString(DOCUMENT))
                .contains("    kyanos: --where: " + e.getMessage() + "\n"
                        + e.place().lines().map(line -> "      " + line + "\n").reduce("", String::concat));
    }
}
