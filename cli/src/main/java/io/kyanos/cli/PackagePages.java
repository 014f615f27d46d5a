package io.kyanos.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the documents that a package holds: the pages, what an operator copies, and a recording to look at. Links lead to
 * what is in the package; those to sources become text. Run by the build.
 */
public final class PackagePages {

    private static final String README = "README.md";
    private static final Pattern LINK = Pattern.compile("\\[([^\\]\\[]+)\\]\\(([^)\\s]+)\\)");

    private final Path root;

    /** From the repository to the package, both as paths from their roots. */
    private final Map<Path, Path> files = new TreeMap<>();

    private PackagePages(Path root) throws IOException {
        this.root = root;
        folder("docs", "");
        folder("conf", "examples");
        file("examples/shop.kyanos", "examples/shop.kyanos");
        file("cli/src/dist/README.md", README);
        file("cli/src/dist/copyright", "copyright");
        file("CHANGELOG.md", "CHANGELOG.md");
        file("LICENSE", "LICENSE");
        file("bpf/LICENSES.md", "kernel-side-licences.md");
    }

    /**
     * Takes the repository's folder and one to write into: {@code doc} with all documents, and next to it the README of an archive that has
     * them in {@code docs}.
     */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]), Path.of(args[1]));
    }

    static void write(Path root, Path target) throws IOException {
        PackagePages pages = new PackagePages(root.toAbsolutePath().normalize());
        Path documents = target.resolve("doc");
        for (Map.Entry<Path, Path> file : pages.files.entrySet()) {
            Path to = documents.resolve(file.getValue());
            Files.createDirectories(to.getParent());
            if (isPage(file.getKey())) {
                Files.writeString(to, pages.page(file.getKey(), file.getValue().getParent()));
            } else {
                Files.copy(pages.root.resolve(file.getKey()), to, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        String readme = pages.page(Path.of("cli/src/dist", README), null);
        Files.writeString(
                target.resolve(README),
                LINK.matcher(readme)
                        .replaceAll(link -> isElsewhere(link.group(2))
                                ? Matcher.quoteReplacement(link.group())
                                : Matcher.quoteReplacement("[" + link.group(1) + "](docs/" + link.group(2) + ")")));
    }

    private void file(String from, String to) {
        files.put(Path.of(from), Path.of(to));
    }

    private void folder(String from, String to) throws IOException {
        Path folder = root.resolve(from);
        try (Stream<Path> below = Files.walk(folder)) {
            below.filter(Files::isRegularFile)
                    // what draws a picture is for developers
                    .filter(file -> !file.toString().endsWith(".py"))
                    .forEach(file -> files.put(
                            root.relativize(file),
                            Path.of(to).resolve(folder.relativize(file).toString())));
        }
    }

    private static boolean isPage(Path file) {
        return file.toString().endsWith(".md");
    }

    private static boolean isElsewhere(String link) {
        return link.contains("://") || link.startsWith("#");
    }

    /** The text of a page with its links as seen from {@code folder} of the package, which is null at its root. */
    private String page(Path page, @Nullable Path folder) throws IOException {
        return LINK.matcher(Files.readString(root.resolve(page))).replaceAll(link -> {
            String text = link.group(1);
            String target = link.group(2);
            if (isElsewhere(target)) {
                return Matcher.quoteReplacement(link.group());
            }
            int hash = target.indexOf('#');
            String anchor = hash < 0 ? "" : target.substring(hash);
            Path linked = root.resolve(page)
                    .resolveSibling(hash < 0 ? target : target.substring(0, hash))
                    .normalize();
            Path inPackage = files.get(root.relativize(linked));
            if (inPackage == null && !Files.exists(linked)) {
                throw new IllegalArgumentException(page + ": a link leads to " + target + " (expected: what there is)");
            }
            if (inPackage == null) {
                return Matcher.quoteReplacement(text);
            }
            Path seen = folder == null ? inPackage : folder.relativize(inPackage);
            return Matcher.quoteReplacement("[" + text + "](" + seen + anchor + ")");
        });
    }
}
