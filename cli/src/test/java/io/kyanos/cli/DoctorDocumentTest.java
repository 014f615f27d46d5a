package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.bridge.Capability;
import io.kyanos.capture.Families;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
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
    void serviceUnitsGrantExactlyTheCapabilitiesOfTheBestCapture() throws IOException {
        List<Path> units = Stream.concat(Documents.files(".service").stream(), Stream.of(Path.of("docs/library.md")))
                .toList();
        assertThat(units).contains(Path.of("conf/kyanos.service"));

        for (Path unit : units) {
            for (String key : List.of("AmbientCapabilities=", "CapabilityBoundingSet=")) {
                assertThat(Documents.lines(unit).stream()
                                .map(String::strip)
                                .filter(line -> line.startsWith(key))
                                .flatMap(line ->
                                        Stream.of(line.substring(key.length()).split(" "))))
                        .as("%s in %s", key, unit)
                        .containsExactlyInAnyOrderElementsOf(names(Capability.GRANTED));
            }
        }
    }

    @Test
    void theOperatorIsToldWhatEachGrantedCapabilityIsFor() {
        List<String> told = Documents.lines(Path.of("docs/operating.md")).stream()
                .dropWhile(line -> !line.startsWith("| Capability | For |"))
                .skip(2)
                .takeWhile(line -> line.startsWith("|"))
                .map(line -> line.split("`")[1])
                .toList();

        assertThat(told).startsWith(names(Capability.GRANTED).toArray(String[]::new));
        assertThat(names(Arrays.asList(Capability.values()))).containsAll(told);
        assertThat(Documents.lines(Path.of("docs/installing.md")))
                .anySatisfy(line ->
                        assertThat(line).contains("with three capabilities").contains(quoted()));
    }

    /** As a sentence has them. */
    private static String[] quoted() {
        return names(Capability.GRANTED).stream().map(name -> "`" + name + "`").toArray(String[]::new);
    }

    /** In the order in which an operator reads them. */
    private static List<String> names(Collection<Capability> capabilities) {
        return capabilities.stream()
                .sorted(Comparator.comparing((Capability capability) -> !Capability.NEEDED.contains(capability))
                        .thenComparing(Capability::name))
                .map(Capability::name)
                .toList();
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
