package io.kyanos.process;

import static io.kyanos.event.NameSource.MAIN_CLASS;
import static io.kyanos.event.NameSource.SCRIPT;
import static io.kyanos.event.NameSource.SYSTEMD_UNIT;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.FoundNames;
import io.kyanos.event.NameSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NameFinderTest {

    private static final Set<NameSource> ALL = EnumSet.of(MAIN_CLASS, SCRIPT, SYSTEMD_UNIT);

    @TempDir
    Path proc;

    @Test
    void findsEachNameThatAProcessHas() throws IOException {
        process(
                1,
                "/nowhere/bin/java",
                "java\0-cp\0a.jar\0com.acme.Shop\0--password\0s3cret\0",
                "/system.slice/shop.service");
        process(2, "/nowhere/bin/python3.11", "/usr/bin/python3\0/srv/app.py\0", "/");

        NameFinder finder = finder(ALL);

        FoundNames java = finder.of(running(1, "java"));
        assertThat(java.by(MAIN_CLASS)).isEqualTo("Shop");
        assertThat(java.by(SYSTEMD_UNIT)).isEqualTo("shop");
        assertThat(java.by(SCRIPT)).isEmpty();
        assertThat(finder.of(running(2, "python3.11")).by(SCRIPT)).isEqualTo("app.py");
    }

    @Test
    void readsOnlyWhatIsSought() throws IOException {
        process(1, "/nowhere/bin/java", "java\0com.acme.Shop\0", "/system.slice/shop.service");

        assertThat(finder(Set.of(SYSTEMD_UNIT)).of(running(1, "java")).by(MAIN_CLASS))
                .isEmpty();
        assertThat(finder(Set.of(MAIN_CLASS)).of(running(1, "java")).by(SYSTEMD_UNIT))
                .isEmpty();
        assertThat(finder(Set.of()).of(running(1, "java")).isEmpty()).isTrue();
        assertThat(finder(Set.of()).isLooking()).isFalse();
    }

    @Test
    void findsNothingOfAProcessThatHasGoneOrExecutesSomethingElse() throws IOException {
        process(1, "/nowhere/bin/java", "java\0com.acme.Shop\0", "/system.slice/shop.service");
        process(3, "/nowhere/bin/java", "", "/");

        assertThat(finder(ALL).of(running(1, "bash")).isEmpty()).isTrue();
        assertThat(finder(ALL).of(running(2, "java")).isEmpty()).isTrue();
        assertThat(finder(ALL).of(running(3, "java")).isEmpty()).as("a zombie").isTrue();
    }

    @Test
    void aDeletedProgramIsTheSame() throws IOException {
        process(1, "/nowhere/bin/java (deleted)", "java\0com.acme.Shop\0", "/");

        assertThat(finder(ALL).of(running(1, "java")).by(MAIN_CLASS)).isEqualTo("Shop");
    }

    @Test
    void withoutTheRightToSeeTheProgramTheRestIsRead() throws IOException {
        process(1, "/nowhere/bin/java", "java\0com.acme.Shop\0", "/");
        Files.delete(proc.resolve("1/exe"));

        assertThat(finder(ALL).of(running(1, "java")).by(MAIN_CLASS)).isEqualTo("Shop");
    }

    @Test
    void aProcessThatIsListedAgainIsNotReadAgain() throws IOException {
        process(1, "/nowhere/bin/python3.11", "python3\0app.py\0", "/");
        NameFinder finder = finder(ALL);
        finder.of(running(1, "python3.11"));

        process(1, "/nowhere/bin/python3.11", "app: with a title", "/");

        assertThat(finder.of(running(1, "python3.11")).by(SCRIPT)).isEqualTo("app.py");
    }

    @Test
    void aProcessThatExecutesTheSameProgramAgainIsReadAgain() throws IOException {
        process(1, "/nowhere/bin/python3.11", "python3\0one.py\0", "/");
        NameFinder finder = finder(ALL);
        finder.of(running(1, "python3.11"));
        process(1, "/nowhere/bin/python3.11", "python3\0two.py\0", "/");

        EventBatch batch = batch(
                EventEncoder.process(EventDecoder.KIND_FORK, 1, 9, 1, "python3.11", "python3"),
                EventEncoder.process(EventDecoder.KIND_EXEC, 2, 1, 0, "python3.11", "python3"));
        finder.named(batch);

        EventDecoder event = new EventDecoder();
        assertThat(batch.read(1, event)).isTrue();
        assertThat(event.processTgid()).isEqualTo(1);
        assertThat(event.foundNames().by(SCRIPT)).isEqualTo("two.py");
        assertThat(batch.read(0, event)).isTrue();
        assertThat(event.foundNames().isEmpty()).isTrue();
        assertThat(finder.of(running(1, "python3.11")).by(SCRIPT)).isEqualTo("two.py");
    }

    @Test
    void aTitleAndALongCommandLineDoNoHarm() throws IOException {
        process(1, "/nowhere/bin/python3.11", "gunicorn: master [shop]\0\0\0\0\0\0", "/");
        process(2, "/nowhere/bin/java", "java\0-cp\0" + "a.jar:".repeat(200_000) + "\0com.acme.Shop\0", "/");

        assertThat(finder(ALL).of(running(1, "python3.11")).isEmpty()).isTrue();
        assertThat(finder(ALL).of(running(2, "java")).isEmpty()).isTrue();
    }

    private NameFinder finder(Set<NameSource> sought) {
        return new NameFinder(proc, sought, 10);
    }

    private static EventDecoder running(int pid, String program) {
        return EventEncoder.read(EventEncoder.process(EventDecoder.KIND_RUNNING, 1, pid, 0, program, program));
    }

    private static EventBatch batch(byte[]... events) {
        EventBatch batch = new EventBatch(new byte[events.length * EventDecoder.PROCESS_SIZE], recycled -> {});
        for (int i = 0; i < events.length; i++) {
            System.arraycopy(events[i], 0, batch.slab(), i * EventDecoder.PROCESS_SIZE, events[i].length);
            batch.add(i * EventDecoder.PROCESS_SIZE, events[i].length);
        }
        return batch;
    }

    private void process(int pid, String program, String arguments, String cgroup) throws IOException {
        Path folder = Files.createDirectories(proc.resolve(Integer.toString(pid)));
        Files.deleteIfExists(folder.resolve("exe"));
        Files.createSymbolicLink(folder.resolve("exe"), Path.of(program));
        Files.writeString(folder.resolve("cmdline"), arguments);
        Files.writeString(folder.resolve("cgroup"), "0::" + cgroup + "\n");
    }
}
