package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The walk of ARCHITECTURE.md leads through files and methods that exist. */
class TourTest {

    private static final Path TOUR = Path.of("ARCHITECTURE.md");
    private static final int STATIONS = 8;
    private static final Pattern STATION = Pattern.compile("^### \\d\\. \\[([^\\]]+)\\]\\(([^)]+)\\), `(\\w+)`$");
    private static final Pattern HEADING = Pattern.compile("^###? ");
    private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");
    private static final Pattern NAME = Pattern.compile("[a-z]\\w*");
    private static final Pattern TYPE = Pattern.compile("([A-Z]\\w+)(\\.[a-z]\\w*)?");
    private static final Pattern METHOD_OF_CLASS = Pattern.compile("([A-Z]\\w+)\\.([a-z]\\w*)");
    private static final Pattern FILE = Pattern.compile("[\\w.-]+(/[\\w.-]+)+/?");

    private record Station(Path file, String method, String paragraph) {}

    @Test
    void theWalkHasEightStationsEachInItsFile() {
        List<Station> stations = stations();

        assertThat(stations).hasSize(STATIONS);
        for (Station station : stations) {
            assertThat(Documents.ROOT.resolve(station.file())).exists();
            assertThat(defines(Documents.text(station.file()), station.method()))
                    .as("%s in %s", station.method(), station.file())
                    .isTrue();
        }
    }

    @Test
    void whatAStationNamesIsInItsFileOrInOneThatItNames() throws IOException {
        List<Path> java = Documents.files(".java");
        for (Station station : stations()) {
            List<String> names = new ArrayList<>();
            StringBuilder sources = new StringBuilder(Documents.text(station.file()));
            for (String code : codes(station.paragraph())) {
                Matcher type = TYPE.matcher(code);
                if (FILE.matcher(code).matches()) {
                    sources.append(Documents.text(Path.of(code)));
                } else if (type.matches()) {
                    List<Path> source = java.stream()
                            .filter(path -> path.endsWith(type.group(1) + ".java"))
                            .toList();
                    assertThat(source).as("%s at %s", code, station.file()).hasSize(1);
                    sources.append(Documents.text(source.get(0)));
                } else if (NAME.matcher(code).matches()) {
                    names.add(code);
                }
            }

            assertThat(names)
                    .as("at %s", station.file())
                    .allSatisfy(name -> assertThat(sources.toString()).containsPattern("\\b" + name + "\\b"));
        }
    }

    @Test
    void everyMethodThatADocumentNamesWithItsClassExists() throws IOException {
        List<Path> sources = Documents.files(".java");
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (Path document : Documents.all()) {
            for (String code : codes(Documents.text(document))) {
                Matcher method = METHOD_OF_CLASS.matcher(code);
                Optional<Path> source = method.matches()
                        ? sources.stream()
                                .filter(path -> path.endsWith(method.group(1) + ".java"))
                                .findFirst()
                        : Optional.empty();
                if (!method.matches() || isBenchmark(method.group(1))) {
                    continue;
                }
                named++;
                if (source.isEmpty() || !defines(Documents.text(source.get()), method.group(2))) {
                    missing.add(document + ": " + code);
                }
            }
        }

        assertThat(missing).isEmpty();
        assertThat(named).isGreaterThanOrEqualTo(5);
    }

    @Test
    void everyFileThatADocumentNamesExists() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path document : List.of(TOUR, Path.of("README.md"), Path.of("CONTRIBUTING.md"))) {
            for (String code : codes(Documents.text(document))) {
                boolean ours = FILE.matcher(code).matches()
                        && Files.exists(Documents.ROOT.resolve(code.substring(0, code.indexOf('/'))));
                if (ours && !Files.exists(Documents.ROOT.resolve(code))) {
                    missing.add(document + ": " + code);
                }
            }
        }

        assertThat(missing).isEmpty();
    }

    private static List<Station> stations() {
        List<Station> stations = new ArrayList<>();
        List<String> lines = Documents.lines(TOUR);
        for (int i = 0; i < lines.size(); i++) {
            Matcher heading = STATION.matcher(lines.get(i));
            if (!heading.matches()) {
                continue;
            }
            assertThat(heading.group(2)).isEqualTo(heading.group(1));
            StringBuilder paragraph = new StringBuilder();
            for (int j = i + 1;
                    j < lines.size() && !HEADING.matcher(lines.get(j)).find();
                    j++) {
                paragraph.append(lines.get(j)).append('\n');
            }
            stations.add(new Station(Path.of(heading.group(1)), heading.group(3), paragraph.toString()));
        }
        return stations;
    }

    private static List<String> codes(String text) {
        Matcher matcher = CODE.matcher(text);
        return matcher.results().map((MatchResult code) -> code.group(1)).toList();
    }

    /** A method, or a BPF program, is defined here: its name with a type before it, and parameters. */
    private static boolean defines(String source, String name) {
        return Pattern.compile("[\\w>\\]*](?<!return|new|else) \\*?" + name + "\\(|BPF_PROG\\(" + name + "\\b")
                .matcher(source)
                .find();
    }

    private static boolean isBenchmark(String className) {
        return className.endsWith("Benchmark");
    }
}
