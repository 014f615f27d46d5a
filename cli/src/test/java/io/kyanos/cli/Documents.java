package io.kyanos.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The repository's documents, as its tests read them. */
final class Documents {

    static final Path ROOT = Path.of("..");

    private static final Set<String> PASSED_OVER = Set.of("target", ".git", ".kyanos", "node_modules");

    private Documents() {}

    /** All Markdown files, in order of their paths from the root. */
    static List<Path> all() throws IOException {
        return files(".md");
    }

    /** Files of the repository whose names end so, in order of their paths from the root. */
    static List<Path> files(String ending) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.map(ROOT::relativize)
                    .filter(path -> path.toString().endsWith(ending))
                    .filter(path -> {
                        for (Path part : path) {
                            if (PASSED_OVER.contains(part.toString())) {
                                return false;
                            }
                        }
                        return true;
                    })
                    .sorted()
                    .toList();
        }
    }

    static String text(Path document) {
        try {
            return Files.readString(ROOT.resolve(document));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> lines(Path document) {
        return text(document).lines().toList();
    }
}
