package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class KernelTest {

    @Test
    void countsAtLeastTheCpusOfTheJvm() {
        assertThat(Kernel.possibleCpus())
                .isGreaterThanOrEqualTo(Runtime.getRuntime().availableProcessors());
    }

    @Test
    void numbersSocketsOnEachCpuThenFromANewBatch() {
        int[] first = Kernel.socketInodes();
        int[] second = Kernel.socketInodes();

        assertThat(first).hasSizeBetween(2, Kernel.possibleCpus() + 1).doesNotContain(0);
        int newest = first[first.length - 1];
        for (int i = 0; i + 1 < first.length; i++) {
            assertThat(newest - first[i]).isPositive();
        }
        assertThat(second[second.length - 1] - newest).isPositive();
    }

    @Test
    void readsTheClockOfTheJvmsNanoTime() {
        long before = System.nanoTime();
        long now = Kernel.monotonicNanos();
        long after = System.nanoTime();

        assertThat(now).isBetween(before, after);
    }

    @Test
    void turnsKernelTimeIntoWallClock() {
        long before = System.currentTimeMillis();
        long wall = (Kernel.monotonicNanos() + Kernel.realtimeMinusMonotonicNanos()) / 1_000_000;
        long after = System.currentTimeMillis();

        assertThat(wall).isBetween(before - 1, after + 1);
    }

    @Test
    void readsCapabilitiesFromTheStatusFile() {
        assertThat(Capability.parse("Name:\tx\nCapEff:\t000001ffffffffff\n"))
                .isEqualTo(EnumSet.allOf(Capability.class));
        assertThat(Capability.parse("CapEff:\t0000008000001000\n"))
                .isEqualTo(EnumSet.of(Capability.CAP_BPF, Capability.CAP_NET_ADMIN));
        assertThatIllegalArgumentException().isThrownBy(() -> Capability.parse("Name:\tx\n"));
    }

    @Test
    void namesWhatIsMissingForTracing() {
        assertThat(Capability.missingForTracing(EnumSet.of(Capability.CAP_BPF)))
                .containsExactly(Capability.CAP_PERFMON);
        assertThat(Capability.missingForTracing(EnumSet.of(Capability.CAP_SYS_ADMIN)))
                .isEmpty();
    }

    @Test
    void keepsMoreOfLibbpfsWordsWhenAsked() {
        LogLevel.DEBUG.apply();
        try {
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> BpfObject.open(new byte[64], "nonsense"))
                    .matches(e -> e.log().contains("libbpf: loading object 'nonsense' from buffer"));
        } finally {
            LogLevel.WARN.apply();
        }
    }
}
