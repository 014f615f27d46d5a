package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShellFilesTest {

    private static final Path SCRIPT = Path.of("completion/kyanos.bash");

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        ShellFiles.write(folder);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kyanos exp                    | exporter",
                "kyanos exporter --lis         | --listen",
                "kyanos exporter --tls-c       | --tls-cert --tls-client-ca",
                "kyanos watch --json           | --json-output --json-schema",
                "kyanos watch --remote-        | --remote-ips --remote-ports",
                "kyanos completion b           | bash",
                "kyanos wat                    | watch",
                "kyanos watch h                | http http2",
                "kyanos watch --side=          | client server all",
                "kyanos watch --side=se        | server",
                "kyanos exporter --side=server --outcome=e | error",
                "kyanos watch --side cl        | client",
                "kyanos watch --protocol r     | redis",
                "kyanos watch --exclude-protocol h | http http2",
                "kyanos watch --outcome o      | ok one_way",
                "kyanos exporter --exclude-outcome una | unanswered",
                "kyanos record --side s        | server",
                "kyanos record x.kyanos re     | redis",
                "kyanos watch --log-level d    | debug",
                "kyanos --log-level w          | warn",
                "kyanos exporter --log-format j | json",
                "kyanos help exp               | exporter",
            })
    void bashCompletes(String typed, String expected) throws Exception {
        assumeInstalled("bash");

        assertThat(completed("bash", folder.resolve(SCRIPT), typed)).containsExactlyInAnyOrder(expected.split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh"})
    void theCommandPrintsTheSameScript(String shell) throws IOException {
        World world = new World();

        assertThat(world.run("completion", shell)).isZero();
        assertThat(world.out().strip())
                .isEqualTo(Files.readString(folder.resolve(SCRIPT)).strip());
    }

    @Test
    void anotherShellIsRefused() {
        World world = new World();

        assertThat(world.run("completion", "fish")).isEqualTo(2);
        assertThat(world.err()).contains("'fish'", "bash", "zsh").hasLineCount(1);
    }

    @Test
    void zshAcceptsTheScript() throws Exception {
        assumeInstalled("zsh");

        String said = run("zsh", "-fc", "source " + folder.resolve(SCRIPT) + " && print ${_comps[kyanos]}");

        assertThat(said).contains("kyanos");
    }

    @Test
    void aFlagAndItsValueMayBeOneWord() throws Exception {
        assumeInstalled("bash");
        String typed = "COMP_WORDS=(kyanos watch --outcome=ok --side=cl); COMP_CWORD=3; _complete_kyanos_words";

        assertThat(run(
                        "bash",
                        "-c",
                        "source " + folder.resolve(SCRIPT) + "; " + typed + " 2>/dev/null; echo ${COMPREPLY[@]}"))
                .isEqualTo("--side=client\n");
    }

    @Test
    void everyCommandHasAPage() throws IOException {
        try (Stream<Path> pages = Files.list(folder.resolve("man"))) {
            assertThat(pages.map(page -> String.valueOf(page.getFileName())))
                    .contains("kyanos.1", "kyanos-exporter.1", "kyanos-watch.1", "kyanos-hash-password.1")
                    .hasSizeGreaterThanOrEqualTo(Main.commandLine(Assembly.production())
                            .getSubcommands()
                            .size());
        }
    }

    @Test
    void noPageHasWhatOnlyPicocliUnderstands() throws IOException {
        try (Stream<Path> pages = Files.list(folder.resolve("man"))) {
            assertThat(pages)
                    .isNotEmpty()
                    .allSatisfy(page -> assertThat(Files.readString(page)).doesNotContain("%n", "%%"));
        }
        assertThat(Files.readString(folder.resolve("man/kyanos.1")))
                .contains("\\fBhelp\\fR\nDisplay help information about the specified command.\n")
                .contains("\\fBversion\\fR\nPrint the version and what it runs on.\n");
    }

    @Test
    void groffPrintsNoWarning() throws Exception {
        assumeInstalled("groff");
        List<Path> pages;
        try (Stream<Path> all = Files.list(folder.resolve("man"))) {
            pages = all.sorted().toList();
        }

        for (Path page : pages) {
            assertThat(run("sh", "-c", "groff -man -ww -Tutf8 " + page + " 2>&1 >/dev/null"))
                    .as(page.toString())
                    .isEmpty();
        }
    }

    @Test
    void aPageShowsEveryFlagAsItIsTyped() throws Exception {
        assumeInstalled("groff");

        String page = run("sh", "-c", "groff -man -P-cbou -Tascii " + folder.resolve("man/kyanos-exporter.1"));

        assertThat(page)
                .contains("KYANOS-EXPORTER(1)", "SYNOPSIS", "--listen HOST:PORT", "--auth-file FILE", "-p, --pids PID")
                .contains("EXAMPLES", "kyanos exporter --listen 127.0.0.1:9500", "EXIT STATUS", "SEE ALSO");
    }

    /** What the shell offers where this has been typed. */
    private static List<String> completed(String shell, Path script, String typed) throws Exception {
        List<String> words = List.of(
                typed.replaceAll("=(?=\\S)", " = ").replaceAll("=$", " =").split(" "));
        StringBuilder line = new StringBuilder("source " + script + "; COMP_WORDS=(");
        words.forEach(word -> line.append('\'').append(word).append("' "));
        line.append("); COMP_CWORD=").append(words.size() - 1);
        line.append("; COMP_LINE='").append(typed).append("'; COMP_POINT=${#COMP_LINE}; ");
        line.append("$(complete -p kyanos | sed 's/.*-F \\([^ ]*\\).*/\\1/') kyanos ")
                .append(words.get(words.size() - 1));
        /* compopt asks for a shell that completes by itself. */
        line.append(" 2>/dev/null");
        line.append("; printf '%s\\n' \"${COMPREPLY[@]}\"");
        return run(shell, "-c", line.toString()).lines().map(String::strip).toList();
    }

    private static String run(String... line) throws Exception {
        Process process = new ProcessBuilder(new ArrayList<>(List.of(line)))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static void assumeInstalled(String program) {
        boolean installed = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
        assumeThat(installed).as(program + " is not installed").isTrue();
    }
}
