package io.kyanos.cli;

import static io.kyanos.cli.BasicAuthentication.Verdict.LATER;
import static io.kyanos.cli.BasicAuthentication.Verdict.WELCOME;
import static io.kyanos.cli.BasicAuthentication.Verdict.WRONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BasicAuthenticationTest {

    private static final int LEAST_COST = 4;
    /* Of "geheim", by htpasswd -nbB -C 5. */
    private static final String OF_HTPASSWD = "$2y$05$A46FNAlP7vO5RSvAXYVNV.3WtNFfZP4agRmF45euMYaIH3asSbnHi";
    private static final long PAUSE = TimeUnit.MINUTES.toNanos(1);

    /* Each look at the clock is a second after the one before, so a check takes one. */
    private final AtomicLong clock = new AtomicLong();

    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void writeFile() throws IOException {
        file = Files.writeString(
                folder.resolve("users"),
                "# who may look\n\n" + line("prometheus", "secret") + "\n" + line("ops", "päss:wörd") + "\n");
    }

    @Test
    void clientsWithAPasswordAreServed() throws IOException {
        BasicAuthentication passwords = open();

        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WELCOME);
        assertThat(passwords.check(basic("ops", "päss:wörd"))).isEqualTo(WELCOME);
        assertThat(passwords.check(basic("ops", "päss:wörd").replace("Basic", "bAsIc")))
                .isEqualTo(WELCOME);
    }

    @ParameterizedTest
    @CsvSource({"prometheus, Secret", "prometheus, ''", "ops, secret", "nobody, secret", "'', secret"})
    void clientsWithoutAPasswordAreRefused(String user, String password) throws IOException {
        assertThat(open().check(basic(user, password))).isEqualTo(WRONG);
    }

    @Test
    void aPasswordBeyondBcryptsLimitIsWrong() throws IOException {
        String longest = "x".repeat(PasswordFile.MAX_PASSWORD_BYTES);
        Files.writeString(file, line("prometheus", longest) + "\n");
        BasicAuthentication passwords = open();

        assertThat(passwords.check(basic("prometheus", longest + "y"))).isEqualTo(WRONG);
        clock.addAndGet(PAUSE);
        assertThat(passwords.check(basic("prometheus", longest))).isEqualTo(WELCOME);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Basic", "Basic !!!", "Basic c2VjcmV0", "Bearer c2VjcmV0OnNlY3JldA=="})
    void aHeaderOfAnotherKindIsWrongAndCostsNothing(String header) throws IOException {
        BasicAuthentication passwords = open();

        assertThat(passwords.check(header)).isEqualTo(WRONG);
        assertThat(passwords.check(null)).isEqualTo(WRONG);
        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WELCOME);
    }

    @Test
    void guessingIsSlowedDownAndKnownUsersAreNotKeptOut() throws IOException {
        BasicAuthentication passwords = open();
        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WELCOME);

        assertThat(passwords.check(basic("prometheus", "guess"))).isEqualTo(WRONG);
        assertThat(passwords.check(basic("prometheus", "guess again"))).isEqualTo(LATER);
        assertThat(passwords.check(basic("ops", "päss:wörd"))).isEqualTo(LATER);
        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WELCOME);

        clock.addAndGet(PAUSE);
        assertThat(passwords.check(basic("ops", "päss:wörd"))).isEqualTo(WELCOME);
    }

    @Test
    void guessesGetATenthOfAProcessor() throws IOException {
        BasicAuthentication passwords = open();
        int looks = 0;
        int hashed = 0;

        for (long start = clock.get(); clock.get() - start < 10 * PAUSE; looks++) {
            hashed += passwords.check(basic("prometheus", "guess " + looks)) == WRONG ? 1 : 0;
        }

        /* A check takes a second of this clock. */
        assertThat(hashed).isBetween(30, 60);
        assertThat(looks).isGreaterThan(3 * hashed);
    }

    @Test
    void aChangedFileIsReadAgain() throws IOException {
        BasicAuthentication passwords = open();
        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WELCOME);

        Files.writeString(file, line("prometheus", "another") + "\n");
        clock.addAndGet(PAUSE);

        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WRONG);
        clock.addAndGet(PAUSE);
        assertThat(passwords.check(basic("prometheus", "another"))).isEqualTo(WELCOME);
    }

    @Test
    void aFileThatBreaksChangesNothing() throws IOException {
        BasicAuthentication passwords = open();

        Files.writeString(file, "prometheus:plain text\n");
        clock.addAndGet(PAUSE);
        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WELCOME);

        Files.delete(file);
        clock.addAndGet(PAUSE);
        assertThat(passwords.check(basic("prometheus", "secret"))).isEqualTo(WELCOME);
    }

    @Test
    void hashesOfHtpasswdAreAccepted() throws IOException {
        Files.writeString(file, "prometheus:" + OF_HTPASSWD + "\n");

        assertThat(open().check(basic("prometheus", "geheim"))).isEqualTo(WELCOME);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nothing                | line 1: no user (expected: USER:HASH). Hint: kyanos hash-password",
                "a:secret               | line 1: no hash by bcrypt",
                "a:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ= | line 1: no hash by bcrypt",
                "a:$2y$05$short         | line 1: no hash by bcrypt",
                "a:$2y$31$A46FNAlP7vO5RSvAXYVNV.3WtNFfZP4agRmF45euMYaIH3asSbnHi | line 1: cost of the hash: 31 (expected: 4 to 16)",
                "# nobody               | users: no user (expected: a line USER:HASH)",
            })
    void aFileThatIsNoneIsRefusedWithItsPlace(String content, String message) throws IOException {
        Files.writeString(file, content + "\n");

        assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining(message);
    }

    @Test
    void aUserGivenTwiceIsRefused() throws IOException {
        Files.writeString(file, line("a", "1") + "\n" + line("a", "2") + "\n");

        assertThatThrownBy(this::open).hasMessageContaining("line 2: a user that is already there");
    }

    @Test
    void aFileThatEverybodyMayChangeIsRefused() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--rw-"));

        assertThatThrownBy(this::open)
                .hasMessageContaining("everybody may change it")
                .hasMessageContaining("chmod o-w");
    }

    private BasicAuthentication open() throws IOException {
        return new BasicAuthentication(file, () -> clock.getAndAdd(TimeUnit.SECONDS.toNanos(1)));
    }

    private static String line(String user, String password) {
        return PasswordFile.line(user, password.getBytes(StandardCharsets.UTF_8), LEAST_COST);
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
}
