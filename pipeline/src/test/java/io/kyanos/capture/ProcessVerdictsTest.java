package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessVerdictsTest {

    @Test
    void wantsEveryProcessWithoutFilters() {
        assertThat(new ProcessVerdicts(CaptureFilters.NONE).wants(77)).isTrue();
    }

    @Test
    void descendantsGoWithTheirAncestors() {
        ProcessVerdicts verdicts = verdicts(Choice.of(Set.of(10)), Choice.all());

        verdicts.running(30, 20, Set.of("grandchild"));
        verdicts.running(20, 10, Set.of("child"));
        verdicts.running(10, 1, Set.of("wanted"));
        verdicts.running(40, 1, Set.of("stranger"));

        assertThat(verdicts.wants(10)).isTrue();
        assertThat(verdicts.wants(20)).isTrue();
        assertThat(verdicts.wants(30)).isTrue();
        assertThat(verdicts.wants(40)).isFalse();
        assertThat(verdicts.wants(1)).isFalse();
    }

    @Test
    void descendantsOfExcludedProcessesAreExcluded() {
        ProcessVerdicts verdicts = verdicts(Choice.allBut(Set.of(20)), Choice.all());

        verdicts.running(10, 1, Set.of("parent"));
        verdicts.running(20, 10, Set.of("excluded"));
        verdicts.running(30, 20, Set.of("child"));

        assertThat(verdicts.wants(10)).isTrue();
        assertThat(verdicts.wants(20)).isFalse();
        assertThat(verdicts.wants(30)).isFalse();
        assertThat(verdicts.wants(99)).isTrue();
    }

    @Test
    void aWantedNameUnderAnExcludedParentStaysLeftOut() {
        ProcessVerdicts verdicts = verdicts(Choice.all(), new Choice<>(Set.of("nginx"), Set.of("builder")));

        verdicts.running(10, 1, Set.of("builder"));
        verdicts.running(11, 10, Set.of("nginx"));
        verdicts.forked(10, 12);
        verdicts.executed(12, Set.of("nginx"));
        verdicts.forked(1, 13);
        verdicts.executed(13, Set.of("nginx"));

        assertThat(verdicts.wants(11)).isFalse();
        assertThat(verdicts.wants(12)).isFalse();
        assertThat(verdicts.wants(13)).isTrue();
    }

    @Test
    void anExcludedNameUnderAWantedParentIsLeftOut() {
        ProcessVerdicts verdicts = verdicts(Choice.of(Set.of(10)), Choice.allBut(Set.of("noisy")));

        verdicts.running(10, 1, Set.of("service"));
        verdicts.forked(10, 11);
        assertThat(verdicts.wants(11)).isTrue();
        verdicts.executed(11, Set.of("noisy"));
        verdicts.forked(11, 12);

        assertThat(verdicts.wants(11)).isFalse();
        assertThat(verdicts.wants(12)).isFalse();
    }

    @Test
    void aNameMayBeThatOfTheFileOrOfTheProcess() {
        ProcessVerdicts verdicts = verdicts(Choice.all(), Choice.of(Set.of("worker")));

        verdicts.running(10, 1, Set.of("python3.11", "worker"));
        verdicts.running(11, 1, Set.of("worker", "main"));

        assertThat(verdicts.wants(10)).isTrue();
        assertThat(verdicts.wants(11)).isTrue();
    }

    @Test
    void aLaterVerdictOnAParentDoesNotReachItsChildren() {
        ProcessVerdicts verdicts = verdicts(Choice.all(), Choice.allBut(Set.of("noisy")));

        verdicts.running(10, 1, Set.of("shell"));
        verdicts.running(11, 10, Set.of("service"));
        verdicts.executed(10, Set.of("noisy"));

        assertThat(verdicts.wants(10)).isFalse();
        assertThat(verdicts.wants(11)).isTrue();
    }

    @Test
    void anIdMayBelongToAProcessThatStartsLater() {
        ProcessVerdicts verdicts = verdicts(new Choice<>(Set.of(10, 11), Set.of(12)), Choice.all());

        verdicts.running(10, 1, Set.of("service"));
        verdicts.forked(1, 11);
        verdicts.forked(10, 12);

        assertThat(verdicts.wants(11)).isTrue();
        assertThat(verdicts.wants(12)).isFalse();
    }

    @Test
    void theIdOfAnEndedProcessIsAnotherProcess() {
        ProcessVerdicts verdicts = verdicts(Choice.allBut(Set.of(10)), Choice.all());

        verdicts.exited(10);

        assertThat(verdicts.wants(10)).isTrue();
    }

    private static ProcessVerdicts verdicts(Choice<Integer> pids, Choice<String> names) {
        return new ProcessVerdicts(CaptureFilters.NONE.withPids(pids).withNames(names));
    }
}
