package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PagesTest {

    @TempDir
    Path root;

    @Test
    void pagesOfThePackageAreInItsDocuments() throws IOException {
        Path page = file("usr/share/doc/kyanos/losses.md");
        Path jar = file("usr/lib/kyanos/lib/kyanos-cli-1.0.jar");

        assertThat(Pages.at(jar, Path.of("/home/somebody"), "losses.md")).isEqualTo(page.toString());
    }

    @Test
    void pagesOfTheArchiveAreNextToItsProgram() throws IOException {
        Path page = file("opt/kyanos-1.0/docs/losses.md");
        Path jar = file("opt/kyanos-1.0/lib/kyanos-cli-1.0.jar");

        assertThat(Pages.at(jar, Path.of("/home/somebody"), "losses.md")).isEqualTo(page.toString());
    }

    @Test
    void pagesOfTheSourcesAreNamedFromTheWorkingDirectory() throws IOException {
        file("clone/docs/losses.md");
        Path classes = file("clone/cli/target/classes");

        assertThat(Pages.at(classes, root.resolve("clone"), "losses.md")).isEqualTo("docs/losses.md");
    }

    @Test
    void pagesOfAnUnknownPlaceAreNamedAsInTheSources() throws IOException {
        assertThat(Pages.at(file("somewhere/kyanos.jar"), root, "losses.md")).isEqualTo("docs/losses.md");
    }

    private Path file(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "");
    }
}
