package io.kyanos.actor;

import static io.kyanos.event.EventDecoder.KIND_EXEC;
import static io.kyanos.event.EventDecoder.KIND_EXIT;
import static io.kyanos.event.EventDecoder.KIND_FORK;
import static io.kyanos.event.EventDecoder.KIND_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.connection.ProcessNames;
import io.kyanos.event.EventEncoder;
import org.junit.jupiter.api.Test;

class ProcessTableTest {

    private static final long RETENTION_NANOS = 1000;

    private final ProcessTable table = new ProcessTable(RETENTION_NANOS, 3);

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

    private void on(int kind, long at, int tgid, int parent, String name, String comm) {
        table.on(EventEncoder.read(EventEncoder.process(kind, at, tgid, parent, name, comm)));
    }
}
