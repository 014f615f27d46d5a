package io.kyanos.cli;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;

/** Where the documents are that messages refer to: next to what runs, be it a package, an unpacked archive or the sources. */
final class Pages {

    /** Below the folders that hold the program; the first is that of the sources and the archive. */
    private static final List<String> FOLDERS = List.of("docs", "share/doc/kyanos");

    private Pages() {}

    /** A page that a user can open, as {@code /usr/share/doc/kyanos/losses.md#dropped}; of an unknown place its name in the sources. */
    static String at(String page, String anchor) {
        return at(program(), Path.of("").toAbsolutePath(), page) + "#" + anchor;
    }

    static String at(Path program, Path workingFolder, String page) {
        for (Path above = program.getParent(); above != null; above = above.getParent()) {
            for (String folder : FOLDERS) {
                Path file = above.resolve(folder).resolve(page);
                if (Files.isRegularFile(file)) {
                    return (file.startsWith(workingFolder) ? workingFolder.relativize(file) : file).toString();
                }
            }
        }
        return FOLDERS.get(0) + "/" + page;
    }

    private static Path program() {
        CodeSource source = Pages.class.getProtectionDomain().getCodeSource();
        try {
            return source == null
                    ? Path.of("")
                    : Path.of(source.getLocation().toURI()).toAbsolutePath();
        } catch (URISyntaxException | IllegalArgumentException ignored) {
            // Of a place that is no file; the page's name says enough.
            return Path.of("");
        }
    }
}
