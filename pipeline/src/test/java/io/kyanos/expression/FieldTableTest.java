package io.kyanos.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What docs/filters.md says of expressions is what there is. */
class FieldTableTest {

    private static final Path DOCUMENT = Path.of("../docs/filters.md");

    @Test
    void theTableOfFieldsIsThatOfTheCode() throws IOException {
        List<String> documented = Files.readAllLines(DOCUMENT).stream()
                .dropWhile(line -> !line.startsWith("| Field |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .toList();

        assertThat(documented)
                .containsExactlyElementsOf(Fields.all().stream()
                        .map(field -> "| `" + field.name() + "` | `" + field.operators() + "` | " + field.values()
                                + " | " + field.meaning() + " |")
                        .toList());
    }

    /* But for the one whose name means something else here: attr["reason"]. */
    @Test
    void everyAttributeOfEveryProtocolIsAField() {
        Set<String> declared = Protocols.of(
                        ConfigFactory.parseResources("reference.conf").resolve())
                .stream()
                .flatMap(protocol -> protocol.descriptor().attributes().stream())
                .filter(attribute -> !attribute.isFamily() && !attribute.equals(Attribute.REASON))
                .map(Attribute::name)
                .collect(Collectors.toSet());

        assertThat(Fields.all().stream()
                        .filter(AttributeField.class::isInstance)
                        .map(Field::name))
                .containsExactlyInAnyOrderElementsOf(declared);
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
    void theExampleOfARefusalIsWhatIsSaid() throws IOException {
        ExpressionException e = catchThrowableOfType(
                ExpressionException.class, () -> Expression.compile("status>=500 and latenzy>100ms"));

        assertThat(Files.readString(DOCUMENT))
                .contains("    kyanos: --where: " + e.getMessage() + "\n"
                        + e.place().lines().map(line -> "      " + line + "\n").reduce("", String::concat));
    }
}
