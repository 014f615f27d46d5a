package io.kyanos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CreditTest {

    @Test
    void isExhaustedWhenAllOfItIsTaken() {
        Credit credit = new Credit(10);

        credit.take(9);
        assertThat(credit.isExhausted()).isFalse();

        credit.take(1);
        assertThat(credit.isExhausted()).isTrue();
    }

    @Test
    void neverRefusesABatchThatExceedsIt() {
        Credit credit = new Credit(10);

        credit.take(1000);

        assertThat(credit.inFlight()).isEqualTo(1000);
        assertThat(credit.isExhausted()).isTrue();
    }

    @Test
    void signalsOnceWhenHalfOfItBecomesFree() {
        Credit credit = new Credit(10);
        credit.take(10);

        assertThat(credit.giveBack(4)).isFalse();
        assertThat(credit.giveBack(1)).isTrue();
        assertThat(credit.giveBack(1)).isFalse();
    }

    @Test
    void signalsAlsoWhenTheLowWaterMarkIsJumpedOver() {
        Credit credit = new Credit(10);
        credit.take(20);

        assertThat(credit.giveBack(20)).isTrue();
    }
}
