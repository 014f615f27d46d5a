package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GreatestLagTest {

    private static final long WINDOW = GreatestLag.WINDOW.toNanos();
    private static final long START = Long.MAX_VALUE - WINDOW; // a monotonic clock may pass over

    private final GreatestLag lag = new GreatestLag();

    @Test
    void isZeroBeforeAnythingWasSeen() {
        assertThat(lag.nanos(START)).isZero();
    }

    @Test
    void keepsTheGreatestHoweverOftenItIsRead() {
        lag.saw(5, START);
        lag.saw(9, START + 1);
        lag.saw(7, START + 2);

        assertThat(lag.nanos(START + 3)).isEqualTo(9);
        assertThat(lag.nanos(START + 4)).isEqualTo(9);
    }

    @Test
    void readingItForgetsNothing() {
        lag.saw(9, START);

        assertThat(lag.nanos(START + 10 * WINDOW)).isZero();
        assertThat(lag.nanos(START + 1)).isEqualTo(9);
    }

    @Test
    void rememberedForOneWindowAtLeast() {
        lag.saw(1, START);
        lag.saw(9, START + WINDOW - 1);

        assertThat(lag.nanos(START + 2 * WINDOW - 1)).isEqualTo(9);
    }

    @Test
    void forgottenAfterTwoWindows() {
        lag.saw(9, START);
        lag.saw(1, START + WINDOW);
        lag.saw(2, START + 2 * WINDOW);

        assertThat(lag.nanos(START + 2 * WINDOW + 1)).isEqualTo(2);
    }

    @Test
    void forgottenAfterALongSilence() {
        lag.saw(9, START);

        assertThat(lag.nanos(START + 10 * WINDOW)).isZero();
    }
}
