package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.kyanos.protocol.Protocols;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is to be typed can be typed, and what is linked is there: in the README and in all other documents. */
class ReadmeTest {

    private static final Path README = Path.of("README.md");
    /** As a shell divides them: what stands between quotes is one. */
    private static final Pattern WORD = Pattern.compile("'([^']*)'|\\S+");

    private static final int MOST_LINES = 80;
    private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern BLOCK_COMMAND = Pattern.compile("(?m)^ {4}(?:\\$ )?\\./(kyanos(?: [^#\\n]*)?)");
    private static final Pattern INLINE_COMMAND = Pattern.compile("`(?:\\./)?(kyanos [^`]*)`");

    /** The first in a pom is its own. */
    private static final Pattern VERSION = Pattern.compile("<version>[^<]+</version>");

    private static final Pattern QUERY = Pattern.compile("(?m)^ {4}(\\S.*rate\\(kyanos_.*)$");

    @Test
    void theReadmeIsShort() {
        assertThat(Documents.lines(README)).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    @Test
    void theReadmeNamesEveryProtocol() {
        String text = String.join(" ", Documents.lines(README));
        String statement = text.substring(text.indexOf("## What it sees"), text.indexOf("not yet"));

        assertThat(Protocols.descriptors())
                .allSatisfy(protocol -> assertThat(statement).contains(protocol.title()));
    }

    @Test
    void everyCommandLineParses() throws IOException {
        Map<String, Path> commands = new TreeMap<>();
        for (Path document : Documents.all()) {
            commandsIn(Documents.text(document)).forEach(command -> commands.put(command, document));
        }

        assertThat(commands).containsValue(README).hasSizeGreaterThan(10);
        commands.forEach((command, document) -> assertThatCode(() -> parse(command))
                .as("%s: %s", document, command)
                .doesNotThrowAnyException());
    }

    @Test
    void everyLinkedFileExists() throws IOException {
        List<String> missing = new ArrayList<>();
        int links = 0;
        for (Path document : Documents.all()) {
            for (MatchResult link : all(LINK, Documents.text(document))) {
                if (link.group(1).contains("://")) {
                    continue;
                }
                links++;
                Path target = Documents.ROOT.resolve(document).resolveSibling(link.group(1));
                if (!Files.exists(target)) {
                    missing.add(document + ": " + link.group(1));
                }
            }
        }

        assertThat(missing).isEmpty();
        assertThat(links).isGreaterThan(10);
    }

    @Test
    void theLibraryHasTheNameThatTheBuildGivesIt() {
        Matcher version = VERSION.matcher(Documents.text(Path.of("pom.xml")));
        assertThat(version.find()).isTrue();

        assertThat(Documents.text(Path.of("docs/library.md")))
                .contains("<groupId>io.kyanos</groupId>", "<artifactId>kyanos-actors</artifactId>", version.group());
    }

    @Test
    void promtoolAcceptsEveryQuery(@TempDir Path folder) throws IOException, InterruptedException {
        boolean installed = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(each -> Files.isExecutable(Path.of(each, "promtool")));
        assumeThat(installed).as("promtool is not installed").isTrue();
        StringBuilder rules = new StringBuilder("groups:\n- name: queries\n  rules:\n");
        int queries = 0;
        for (Path document : Documents.all()) {
            for (MatchResult query : all(QUERY, Documents.text(document))) {
                rules.append("  - record: query:").append(queries++);
                rules.append("\n    expr: '").append(query.group(1)).append("'\n");
            }
        }
        Path file = Files.writeString(folder.resolve("rules.yml"), rules);

        Process promtool = new ProcessBuilder("promtool", "check", "rules", file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(promtool.waitFor()).as(said).isZero();
        assertThat(said).contains(queries + " rules found");
        assertThat(queries).isGreaterThan(3);
    }

    private static List<String> commandsIn(String text) {
        List<String> commands = new ArrayList<>();
        all(BLOCK_COMMAND, text).forEach(found -> commands.add(found.group(1).strip()));
        all(INLINE_COMMAND, text).forEach(found -> commands.add(found.group(1).strip()));
        return commands;
    }

    private static List<MatchResult> all(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.results().toList();
    }

    private static void parse(String command) {
        List<String> words = all(WORD, command).stream()
                .map(word -> word.group(1) == null ? word.group() : word.group(1))
                .toList();
        Assembly assembly = new Assembly(
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream(),
                false,
                Map.of(),
                ZoneOffset.UTC,
                stop -> {},
                (system, config, request) -> {
                    throw new AssertionError("nothing is to be captured here");
                },
                List.of());
        Main.commandLine(assembly).parseArgs(words.subList(1, words.size()).toArray(new String[0]));
    }
}
