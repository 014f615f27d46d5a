package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BudgetKeeperTest {

    private static final long SECOND = 1_000_000_000;

    private final List<CaptureDetail> applied = new ArrayList<>();
    private long spent = 30 * SECOND;
    private long now = 5 * SECOND;
    private final BudgetKeeper keeper = new BudgetKeeper(new Budget(0.5, 1), () -> spent, () -> now, applied::add);

    @BeforeEach
    void start() {
        pass(SECOND, SECOND);
        assertThat(keeper.detail()).isEqualTo(CaptureDetail.FULL);
    }

    @Test
    void whatWasSpentBeforeItsTimeDoesNotCount() {
        pass(SECOND, SECOND / 4);

        assertThat(keeper.detail()).isEqualTo(CaptureDetail.FULL);
        assertThat(applied).isEmpty();
    }

    @Test
    void comparesWhatWasSpentWithTheTimeThatHasPassed() {
        pass(4 * SECOND, SECOND);
        assertThat(keeper.detail()).isEqualTo(CaptureDetail.FULL);

        pass(SECOND, SECOND);
        assertThat(keeper.detail()).isEqualTo(CaptureDetail.PAYLOAD);
    }

    @Test
    void appliesEachChangeOnce() {
        pass(SECOND, SECOND);
        pass(SECOND, SECOND);
        pass(SECOND, 4 * SECOND / 10);
        pass(SECOND, 0);

        assertThat(applied).containsExactly(CaptureDetail.PAYLOAD, CaptureDetail.HEADS, CaptureDetail.PAYLOAD);
        assertThat(keeper.detail()).isEqualTo(CaptureDetail.PAYLOAD);
    }

    @Test
    void aLookWithoutTimeBetweenChangesNothing() {
        spent += SECOND;
        keeper.look();

        assertThat(applied).isEmpty();
    }

    private void pass(long nanos, long spentNanos) {
        now += nanos;
        spent += spentNanos;
        keeper.look();
    }
}
