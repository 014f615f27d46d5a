package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BudgetTest {

    private static final int CALM = 3;
    private static final double OVER = 0.6;
    private static final double UNDER = 0.4;
    private static final double ROOM = 0.2;

    private final Budget budget = new Budget(0.5, CALM);

    @BeforeEach
    void startsWithLooksThatDecideNothing() {
        for (int i = 0; i < CALM; i++) {
            assertThat(budget.look(OVER)).isEqualTo(CaptureDetail.FULL);
        }
    }

    @Test
    void detailFallsByOneStepAtEachLookThatFindsTooMuchSpent() {
        List<CaptureDetail> steps = Arrays.asList(CaptureDetail.values());

        for (CaptureDetail step : steps.subList(1, steps.size())) {
            assertThat(budget.look(OVER)).isEqualTo(step);
        }
        assertThat(budget.look(OVER)).isEqualTo(CaptureDetail.SAMPLING_64);
    }

    @Test
    void payloadFallsBeforeHeadsAndHeadsBeforeConnections() {
        assertThat(Arrays.stream(CaptureDetail.values())
                        .map(CaptureDetail::label)
                        .distinct())
                .containsExactly("full", "payload", "heads", "sampling");
        assertThat(Arrays.stream(CaptureDetail.values()).map(CaptureDetail::oneOf))
                .containsExactly(1, 1, 1, 2, 4, 8, 16, 32, 64);
    }

    @Test
    void detailStaysWhereAStepBackWouldNotFit() {
        budget.look(OVER);

        for (int i = 0; i < 10 * CALM; i++) {
            assertThat(budget.look(UNDER)).isEqualTo(CaptureDetail.PAYLOAD);
        }
    }

    @Test
    void detailComesBackByStepsAfterCalmLooksInARow() {
        budget.look(OVER);
        budget.look(OVER);

        assertThat(looksUntil(CaptureDetail.PAYLOAD)).isEqualTo(CALM);
        assertThat(looksUntil(CaptureDetail.FULL)).isEqualTo(CALM);
        assertThat(budget.look(ROOM)).isEqualTo(CaptureDetail.FULL);
    }

    @Test
    void calmLooksThatAreInterruptedCountFromTheBeginning() {
        budget.look(OVER);
        for (int i = 1; i < CALM; i++) {
            budget.look(ROOM);
        }
        budget.look(UNDER);

        assertThat(looksUntil(CaptureDetail.FULL)).isEqualTo(CALM);
    }

    @Test
    void aStepBackThatWasTooMuchIsTriedTwiceAsLateTheNextTime() {
        budget.look(OVER);
        assertThat(looksUntil(CaptureDetail.FULL)).isEqualTo(CALM);
        budget.look(OVER);
        assertThat(looksUntil(CaptureDetail.FULL)).isEqualTo(2 * CALM);
        budget.look(OVER);
        assertThat(looksUntil(CaptureDetail.FULL)).isEqualTo(4 * CALM);
    }

    @Test
    void whatWasCalmAtFullDetailIsForgiven() {
        budget.look(OVER);
        looksUntil(CaptureDetail.FULL);
        budget.look(OVER);
        looksUntil(CaptureDetail.FULL);
        for (int i = 0; i < 2 * CALM; i++) {
            budget.look(ROOM);
        }
        budget.look(OVER);

        assertThat(looksUntil(CaptureDetail.FULL)).isEqualTo(CALM);
    }

    private int looksUntil(CaptureDetail wanted) {
        int looks = 1;
        while (budget.look(ROOM) != wanted) {
            looks++;
            assertThat(looks).isLessThan(1000);
        }
        return looks;
    }
}
