package io.kyanos.metadata;

import static io.kyanos.event.EventDecoder.KIND_EXEC;
import static io.kyanos.event.EventDecoder.KIND_EXIT;
import static io.kyanos.event.EventDecoder.KIND_FORK;
import static io.kyanos.event.EventDecoder.KIND_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.capture.ProcessList;
import io.kyanos.connection.ProcessNames;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.FoundNames;
import io.kyanos.event.NameSource;
import io.kyanos.process.NamingSettings;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessTableTest {

    private static final long RETENTION_NANOS = 1000;

    private final ProcessTable table = new ProcessTable(NamingSettings.BY_PROGRAM, RETENTION_NANOS, 3);

    @Test
    void knowsNothingOfAProcessThatWasNeverSeen() {
        assertThat(table.nameOf(1)).isEqualTo(ProcessNames.UNKNOWN);
    }

    @Test
    void namesAProcessAsItWasStarted() {
        on(KIND_RUNNING, 0, 1, 0, "busybox", "sh");

        assertThat(table.nameOf(1)).isEqualTo("sh");
    }

    @Test
    void namesTheFileWhereTheKernelHasCutTheName() {
        on(KIND_EXEC, 0, 1, 0, "redis-benchmark-2", "redis-benchmark");

        assertThat(table.nameOf(1)).isEqualTo("redis-benchmark-2");
    }

    @Test
    void aProcessThatRenamesItselfHasOneNameWheneverItBegan() {
        on(KIND_EXEC, 0, 1, 0, "node", "node", "node");
        on(KIND_RUNNING, 0, 2, 0, "node", "MainThread", "node");

        assertThat(table.nameOf(1)).isEqualTo("node");
        assertThat(table.nameOf(2)).isEqualTo("node");
    }

    @Test
    void seesThatAnotherScriptOfTheSameInterpreterRuns() {
        on(KIND_EXEC, 0, 1, 0, "python3.11", "one", "one");

        byte[] listed = EventEncoder.process(KIND_RUNNING, 50, 1, 0, "python3.11", "two", "two");
        assertThat(table.rescan(new ProcessList(listed))).isEqualTo(1);

        assertThat(table.nameOf(1)).isEqualTo("two");
    }

    @Test
    void namesAForkedProcessAsItsParentUntilItExecutesSomethingElse() {
        on(KIND_RUNNING, 0, 1, 0, "nginx", "nginx");
        on(KIND_FORK, 1, 2, 1, "nginx", "nginx: worker");
        assertThat(table.nameOf(2)).isEqualTo("nginx");

        on(KIND_EXEC, 2, 2, 1, "curl", "curl");
        assertThat(table.nameOf(2)).isEqualTo("curl");
    }

    @Test
    void keepsTheNameOfAnEndedProcessForAWhile() {
        on(KIND_RUNNING, 0, 1, 0, "curl", "curl");
        on(KIND_EXIT, 10, 1, 0, "curl", "curl");

        on(KIND_RUNNING, 10 + RETENTION_NANOS, 2, 0, "a", "a");
        assertThat(table.nameOf(1)).isEqualTo("curl");

        on(KIND_RUNNING, 11 + RETENTION_NANOS, 2, 0, "a", "a");
        assertThat(table.nameOf(1)).isEqualTo(ProcessNames.UNKNOWN);
    }

    @Test
    void keepsAProcessWhoseNumberIsUsedAgain() {
        on(KIND_RUNNING, 0, 1, 0, "old", "old");
        on(KIND_EXIT, 10, 1, 0, "old", "old");
        on(KIND_EXEC, 20, 1, 0, "new", "new");

        on(KIND_RUNNING, 20 + 2 * RETENTION_NANOS, 2, 0, "a", "a");

        assertThat(table.nameOf(1)).isEqualTo("new");
    }

    @Test
    void makesRoomByForgettingEndedProcessesOnly() {
        on(KIND_RUNNING, 0, 1, 0, "a", "a");
        on(KIND_RUNNING, 0, 2, 0, "b", "b");
        on(KIND_RUNNING, 0, 3, 0, "c", "c");
        on(KIND_RUNNING, 1, 4, 0, "d", "d");
        assertThat(table.nameOf(4)).as("no room").isEqualTo(ProcessNames.UNKNOWN);

        on(KIND_EXIT, 2, 2, 0, "b", "b");
        on(KIND_RUNNING, 3, 4, 0, "d", "d");

        assertThat(table.nameOf(4)).isEqualTo("d");
        assertThat(table.nameOf(2)).isEqualTo(ProcessNames.UNKNOWN);
        assertThat(table.size()).isEqualTo(3);
    }

    @Test
    void takesANewNameOfAKnownProcessWhenFull() {
        on(KIND_RUNNING, 0, 1, 0, "a", "a");
        on(KIND_RUNNING, 0, 2, 0, "b", "b");
        on(KIND_RUNNING, 0, 3, 0, "c", "c");

        on(KIND_EXEC, 1, 3, 0, "other", "other");

        assertThat(table.nameOf(3)).isEqualTo("other");
    }

    @Test
    void forgetsWhatDoesNotRunThoughItsEndWasLost() {
        on(KIND_RUNNING, 0, 1, 0, "gone", "gone");
        on(KIND_RUNNING, 0, 2, 0, "here", "here");
        on(KIND_FORK, 60, 3, 2, "here", "here");

        assertThat(table.rescan(running(50, 2, "here"))).isEqualTo(1);

        assertThat(table.nameOf(1)).as("for a while").isEqualTo("gone");
        on(KIND_RUNNING, 51 + RETENTION_NANOS, 2, 0, "here", "here");
        assertThat(table.nameOf(1)).isEqualTo(ProcessNames.UNKNOWN);
        assertThat(table.nameOf(2)).isEqualTo("here");
        assertThat(table.nameOf(3)).as("younger than the list").isEqualTo("here");
    }

    @Test
    void takesInWhatRunsThoughItsBeginningWasLost() {
        on(KIND_FORK, 1, 1, 0, "sh", "sh");

        int wrong = table.rescan(running(50, 1, "executed", 2, "unseen"));

        assertThat(wrong).isEqualTo(2);
        assertThat(table.nameOf(1)).isEqualTo("executed");
        assertThat(table.nameOf(2)).isEqualTo("unseen");
        assertThat(table.rescan(running(60, 1, "executed", 2, "unseen"))).isZero();
    }

    @Test
    void knowsBetterThanAnOlderList() {
        on(KIND_RUNNING, 0, 1, 0, "ended", "ended");
        on(KIND_EXIT, 70, 1, 0, "", "");
        on(KIND_EXEC, 71, 2, 0, "new", "new");

        assertThat(table.rescan(running(50, 1, "ended", 2, "old"))).isZero();

        assertThat(table.nameOf(2)).isEqualTo("new");
        on(KIND_EXEC, 71 + RETENTION_NANOS, 2, 0, "new", "new");
        assertThat(table.nameOf(1)).isEqualTo(ProcessNames.UNKNOWN);
    }

    @Test
    void leavesTheNameOfAProcessThatHasRenamedItself() {
        on(KIND_EXEC, 1, 1, 0, "java", "java");

        assertThat(table.rescan(new ProcessList(EventEncoder.process(KIND_RUNNING, 50, 1, 0, "java", "worker-1"))))
                .isZero();

        assertThat(table.nameOf(1)).isEqualTo("java");
    }

    @Test
    void learnsNothingFromAnEmptyList() {
        on(KIND_RUNNING, 0, 1, 0, "a", "a");

        assertThat(table.rescan(new ProcessList(new byte[0]))).isZero();

        assertThat(table.nameOf(1)).isEqualTo("a");
    }

    @Test
    void namesAProcessAsUserSpaceHasFoundIt() {
        ProcessTable named = named(10);
        named.on(java(KIND_EXEC, 0, 1, "Shop"));
        named.on(EventEncoder.read(EventEncoder.process(KIND_FORK, 1, 2, 1, "java", "java")));
        named.on(EventEncoder.read(EventEncoder.process(KIND_EXEC, 2, 3, 1, "curl", "curl")));

        assertThat(named.nameOf(1)).isEqualTo("Shop");
        assertThat(named.nameOf(2)).as("a child").isEqualTo("Shop");
        assertThat(named.nameOf(3)).isEqualTo("curl");

        named.on(EventEncoder.read(EventEncoder.process(KIND_EXEC, 3, 1, 0, "bash", "bash")));
        assertThat(named.nameOf(1)).as("executes something else").isEqualTo("bash");
    }

    @Test
    void namesByProgramAsLongAsOtherNamesHaveNoRoom() {
        ProcessTable named = named(1);
        named.on(java(KIND_EXEC, 0, 1, "One"));
        named.on(EventEncoder.read(EventEncoder.process(KIND_FORK, 1, 2, 1, "java", "java")));
        named.on(java(KIND_EXEC, 2, 3, "Two"));
        assertThat(named.nameOf(3)).isEqualTo("java");
        assertThat(named.overflows()).isEqualTo(1);

        named.on(EventEncoder.read(EventEncoder.process(KIND_EXEC, 3, 1, 0, "bash", "bash")));
        named.on(java(KIND_EXEC, 4, 3, "Two"));
        assertThat(named.nameOf(3)).as("a child has the name still").isEqualTo("java");

        named.on(EventEncoder.read(EventEncoder.process(KIND_EXIT, 5, 2, 1, "", "")));
        named.on(java(KIND_EXEC, 6 + RETENTION_NANOS, 4, "One"));
        assertThat(named.nameOf(4)).isEqualTo("One");
        named.on(EventEncoder.read(EventEncoder.process(KIND_EXIT, 7 + RETENTION_NANOS, 4, 1, "", "")));
        named.on(java(KIND_EXEC, 9 + 2 * RETENTION_NANOS, 5, "Five"));
        named.on(java(KIND_EXEC, 9 + 2 * RETENTION_NANOS, 3, "Two"));
        assertThat(named.nameOf(5)).isEqualTo("java");
        named.on(java(KIND_EXEC, 10 + 2 * RETENTION_NANOS, 3, "Two"));
        assertThat(named.nameOf(3)).isEqualTo("Two");
    }

    private static ProcessTable named(int maxNames) {
        return new ProcessTable(
                new NamingSettings(List.of(NameSource.MAIN_CLASS, NameSource.PROGRAM), maxNames), RETENTION_NANOS, 10);
    }

    private static EventDecoder java(int kind, long at, int tgid, String mainClass) {
        EventDecoder event = EventEncoder.read(EventEncoder.process(kind, at, tgid, 0, "java", "java", "java"));
        return EventEncoder.read(
                FoundNames.of(Map.of(NameSource.MAIN_CLASS, mainClass)).behind(event));
    }

    /** A list of processes by number and name. */
    private static ProcessList running(long at, Object... tgidsAndNames) {
        ByteArrayOutputStream events = new ByteArrayOutputStream();
        for (int i = 0; i < tgidsAndNames.length; i += 2) {
            String name = (String) tgidsAndNames[i + 1];
            events.writeBytes(EventEncoder.process(KIND_RUNNING, at, (int) tgidsAndNames[i], 0, name, name));
        }
        return new ProcessList(events.toByteArray());
    }

    private void on(int kind, long at, int tgid, int parent, String name, String comm) {
        on(kind, at, tgid, parent, name, comm, "");
    }

    private void on(int kind, long at, int tgid, int parent, String name, String comm, String startedAs) {
        table.on(EventEncoder.read(EventEncoder.process(kind, at, tgid, parent, name, comm, startedAs)));
    }
}
