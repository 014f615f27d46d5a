package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The words that the kernel side reads: {@code passed_over} in bpf/src/transfer.h is their other half. */
class PassOversTest {

    private static final int SLOT_BITS = 14;
    private static final long LAST_POSITION = (1L << PassOvers.POSITION_BITS) - 1;

    @Test
    void aWordHoldsItsPositionWhole() {
        for (long until : new long[] {1, 65_536, 1L << 40, LAST_POSITION}) {
            assertThat(PassOvers.word(-1L, SLOT_BITS, until) & LAST_POSITION).isEqualTo(until);
        }
    }

    @Test
    void generationsOfOneSlotHaveDifferentWords() {
        long generation = 12_345;

        for (int bit = SLOT_BITS; bit < SLOT_BITS + Long.SIZE - PassOvers.POSITION_BITS; bit++) {
            assertThat(PassOvers.word(generation ^ (1L << bit), SLOT_BITS, 7))
                    .as("bit %d", bit)
                    .isNotEqualTo(PassOvers.word(generation, SLOT_BITS, 7));
        }
    }

    @Test
    void nothingIsZeroForEveryGeneration() {
        assertThat(PassOvers.word(-1L, SLOT_BITS, 0)).isZero();
    }
}
