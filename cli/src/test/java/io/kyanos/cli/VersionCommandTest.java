package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What runs says which source it was built from. */
class VersionCommandTest {

    private static final Path SCRIPT = Path.of("src/main/build/revision.sh").toAbsolutePath();

    @TempDir
    Path source;

    @BeforeEach
    void copyTheScript() throws IOException {
        Files.writeString(source.resolve("revision.sh"), Files.readString(SCRIPT));
    }

    @Test
    void theBuildHasARevision() {
        World world = new World();

        assertThat(world.run("version")).isZero();

        assertThat(world.out()).containsPattern("^kyanos \\S+ \\(revision ([0-9a-f]{7,40}(-dirty)?|v\\S+)\\)\n");
        assertThat(world.out()).doesNotContain("unknown", "${", "$Format");
    }

    @Test
    void aCheckoutGivesItsCommitAndWhetherItWasChanged() throws IOException, InterruptedException {
        assumeThat(run("git", "--version")).as("git is not installed").contains("git version");
        run("git", "init", "-q");
        run("git", "add", "revision.sh");
        run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first");
        String commit = run("git", "rev-parse", "HEAD").strip();

        assertThat(revision(source)).isEqualTo(commit.substring(0, 12));

        Files.writeString(source.resolve("revision.sh"), "\n", StandardOpenOption.APPEND);
        assertThat(revision(source)).isEqualTo(commit.substring(0, 12) + "-dirty");
    }

    @Test
    void aTarGivesTheStampOfItsArchiveOrElseTheVersion() throws IOException, InterruptedException {
        assertThat(revision(source)).isEqualTo("v9.8.7");

        Path script = source.resolve("revision.sh");
        Files.writeString(script, Files.readString(script).replace("$Format:%h$", "abc1234"));
        assertThat(revision(source)).isEqualTo("abc1234");
    }

    @Test
    void aTarInsideOfAnotherCheckoutIsNotTakenForIt() throws IOException, InterruptedException {
        run("git", "init", "-q");
        Path inner = Files.createDirectory(source.resolve("inner"));

        assertThat(revision(inner)).isEqualTo("v9.8.7");
    }

    private String revision(Path root) throws IOException, InterruptedException {
        Path file = source.resolve("out/kyanos-revision.properties");
        run("sh", "revision.sh", root.toString(), "9.8.7", file.toString());
        String line = Files.readString(file).strip();
        assertThat(line).startsWith("revision = ");
        return line.substring("revision = ".length());
    }

    private String run(String... command) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(command));
        try {
            Process process = new ProcessBuilder(line)
                    .directory(source.toFile())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(line + ": " + said).isZero();
            return said;
        } catch (IOException notInstalled) {
            assumeThat(line.get(0)).as(line.get(0) + " is not installed").isNotEqualTo("git");
            throw notInstalled;
        }
    }
}
