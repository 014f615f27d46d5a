package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

    private final MemoryBudget budget = new MemoryBudget(100);

    @Test
    void givesUpToItsLimit() {
        assertThat(budget.take(60)).isTrue();
        assertThat(budget.take(40)).isTrue();

        assertThat(budget.usedBytes()).isEqualTo(100);
    }

    @Test
    void takesNothingFromWhatItRefuses() {
        budget.take(60);

        assertThat(budget.take(41)).isFalse();

        assertThat(budget.usedBytes()).isEqualTo(60);
        assertThat(budget.take(40)).isTrue();
    }

    @Test
    void givesAgainWhatCameBack() {
        budget.take(100);

        budget.giveBack(30);

        assertThat(budget.take(30)).isTrue();
    }

    @Test
    void countsThoseWhoHoldSomething() {
        budget.enter();
        budget.enter();
        budget.leave();

        assertThat(budget.holders()).isEqualTo(1);
    }
}
