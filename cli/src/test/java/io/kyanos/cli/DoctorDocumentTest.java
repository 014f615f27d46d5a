package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kyanos.bridge.Capability;
import io.kyanos.capture.Families;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/doctor.md shows the tables that the code has. */
class DoctorDocumentTest {

    private static final Path DOCUMENT = Path.of("docs/doctor.md");

    @Test
    void theTableOfHooksMatchesTheCode() {
        List<String> rows = Families.steps().stream()
                .flatMap(step -> step.hooks().stream()
                        .map(hook -> "| `" + step.name() + "` | `" + hook.program() + "` | `" + hook.place() + "` | "
                                + (step.isEssential() ? "yes" : "no") + " | " + step.lost() + " |"))
                .toList();

        assertThat(Documents.lines(DOCUMENT).stream()
                        .dropWhile(line -> !line.startsWith("| Step |"))
                        .skip(2)
                        .takeWhile(line -> line.startsWith("|")))
                .containsExactlyElementsOf(rows);
    }

    @Test
    void aServiceUnitGrantsExactlyTheCapabilitiesThatAreNeeded() throws IOException {
        List<Path> units = Documents.files(".service");
        assumeThat(units).as("there is no service unit").isNotEmpty();

        for (Path unit : units) {
            for (String key : List.of("AmbientCapabilities=", "CapabilityBoundingSet=")) {
                assertThat(Documents.lines(unit).stream()
                                .filter(line -> line.startsWith(key))
                                .flatMap(line ->
                                        Stream.of(line.substring(key.length()).split(" "))))
                        .as("%s in %s", key, unit)
                        .containsExactlyInAnyOrderElementsOf(
                                Capability.NEEDED.stream().map(Capability::name).toList());
            }
        }
    }

    @Test
    void theCapabilitiesMatchTheCode() {
        String sentence = Documents.lines(DOCUMENT).stream()
                .filter(line -> line.contains("are all that a capture needs"))
                .findFirst()
                .orElseThrow();

        assertThat(Arrays.stream(Capability.values()).filter(capability -> sentence.contains("`" + capability + "`")))
                .containsExactlyInAnyOrderElementsOf(Capability.NEEDED);
    }
}
