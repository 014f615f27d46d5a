package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Protocols;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@link Protocols} is the only list of protocols: nothing else that is shipped names one, but for what is told here with its reason. */
class ProtocolListTest {

    private static final Path ROOT = Path.of("..");
    private static final List<String> MODULES = List.of("native-bridge", "pipeline", "actors", "cli");
    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|(?m)^\\s*//.*$|\\s//\\s.*$");
    private static final Pattern LITERAL = Pattern.compile("\"\"\"(?s:.*?)\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*\"");
    private static final Pattern CONF_COMMENT = Pattern.compile("(?m)#.*$");

    /** By file: what may be said there, and why. */
    private static final Map<String, List<Allowed>> ALLOWED = Map.of(
            "RecordCommand.java", List.of(new Allowed("  kyanos record ", "an example of a command line")),
            "KyanosCommand.java", List.of(new Allowed("  kyanos watch ", "an example of a command line")),
            "WatchCommand.java", List.of(new Allowed("  kyanos watch ", "an example of a command line")));

    /**
     * A literal that may name a protocol.
     *
     * @param beginning of the literal
     * @param reason why it names one
     */
    private record Allowed(String beginning, String reason) {}

    @Test
    void theSourcesNameNoProtocolElsewhere() throws IOException {
        List<String> found = new ArrayList<>();
        Set<Allowed> used = new HashSet<>();
        for (String module : MODULES) {
            for (Path file : files(ROOT.resolve(module).resolve("src/main/java"), ".java")) {
                if (!isOfAProtocol(file)) {
                    String name = file.getFileName().toString();
                    for (String literal : literals(Files.readString(file))) {
                        List<Allowed> fitting = ALLOWED.getOrDefault(name, List.of()).stream()
                                .filter(allowed -> literal.startsWith(allowed.beginning()))
                                .toList();
                        used.addAll(fitting);
                        if (fitting.isEmpty()) {
                            found.add(name + ": " + literal);
                        }
                    }
                }
            }
        }

        assertThat(found).isEmpty();
        assertThat(ALLOWED.values().stream().flatMap(List::stream).collect(Collectors.toSet()))
                .allSatisfy(allowed -> assertThat(allowed.reason()).isNotBlank())
                .containsExactlyInAnyOrderElementsOf(used);
    }

    /* A protocol may have settings of its own: a section of its name below kyanos. */
    @Test
    void theSettingsNameNoProtocolButInItsOwnSection() throws IOException {
        List<Path> settings = new ArrayList<>(files(ROOT.resolve("conf"), ".conf"));
        for (String module : MODULES) {
            settings.addAll(files(ROOT.resolve(module).resolve("src/main/resources"), ".conf"));
        }

        assertThat(settings).hasSizeGreaterThan(2);
        for (Path file : settings) {
            String text =
                    CONF_COMMENT.matcher(Files.readString(file)).replaceAll("").replaceAll("kyanos\\.\\w+ ", "");
            assertThat(words(text)).as(file.toString()).isEmpty();
        }
    }

    @Test
    void whatWouldBeAListIsFound() {
        assertThat(literals("List.of(\"http\", \"a, Redis\")")).containsExactly("http", "a, Redis");
        assertThat(literals("/** {@code \"redis\"} */ x = \"https://a\"; // \"redis\"\n\"application/http2\""))
                .isEmpty();
    }

    private static boolean isOfAProtocol(Path file) {
        String path = file.toString();
        return path.endsWith("/protocol/Protocols.java")
                || path.contains("/protocol/web/")
                || Protocols.names().stream().anyMatch(name -> path.contains("/protocol/" + name + "/"));
    }

    /** The literals that name a protocol. */
    private static List<String> literals(String source) {
        return LITERAL.matcher(COMMENT.matcher(source).replaceAll(""))
                .results()
                .map(MatchResult::group)
                .map(literal -> literal.replaceAll("^\"+|\"+$", ""))
                .filter(literal -> !words(literal).isEmpty())
                .toList();
    }

    private static Set<String> words(String text) {
        Set<String> names = new HashSet<>();
        for (Descriptor protocol : Protocols.descriptors()) {
            names.add(protocol.name());
            names.add(protocol.title());
            names.addAll(protocol.aliases());
        }
        return Pattern.compile("[\\w-]+(?![\\w-]|://)")
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .filter(names::contains)
                .collect(Collectors.toSet());
    }

    private static List<Path> files(Path folder, String ending) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (UncheckedIOException e) {
            throw new AssertionError(folder.toString(), e);
        }
    }
}
