package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.StepTime;
import org.junit.jupiter.api.Test;

class KernelEventStreamTest {

    private final KernelEventStream calls = new KernelEventStream(8);

    @Test
    void knowsNothingWhileItIsEmpty() {
        assertThat(calls.enteredAt(0)).isEqualTo(KernelEventStream.NONE);
        assertThat(calls.exitedAt(0)).isEqualTo(KernelEventStream.NONE);
        assertThat(calls.calls(0, 10, 0)).isEmpty();
    }

    @Test
    void findsTheCallThatCarriedAByte() {
        calls.add(0, 10, 1, 2);
        calls.add(10, 5, 3, 4);
        calls.add(20, 5, 5, 6);

        assertThat(calls.enteredAt(0)).isEqualTo(1);
        assertThat(calls.exitedAt(9)).isEqualTo(2);
        assertThat(calls.enteredAt(10)).isEqualTo(3);
        assertThat(calls.exitedAt(14)).isEqualTo(4);
        assertThat(calls.exitedAt(24)).isEqualTo(6);
    }

    @Test
    void tellsHowManyBytesOfAMessageEachCallCarried() {
        calls.add(0, 10, 1, 2);
        calls.add(10, 5, 3, 4);
        calls.add(15, 5, 5, 6);

        assertThat(calls.calls(8, 16, 100))
                .containsExactly(new StepTime(2, 102), new StepTime(5, 104), new StepTime(1, 106));
    }

    @Test
    void joinsThePiecesOfACall() {
        calls.add(0, 10, 1, 2);
        calls.add(10, 5, 1, 2);
        calls.add(15, 5, 1, 3);
        calls.add(30, 5, 1, 3);

        assertThat(calls.calls(0, 40, 100))
                .containsExactly(new StepTime(15, 102), new StepTime(5, 103), new StepTime(5, 103));
        calls.prune(12);
        assertThat(calls.exitedAt(14)).isEqualTo(2);
    }

    @Test
    void forgetsCallsThatCarriedNothingFromAPositionOn() {
        calls.add(0, 10, 1, 2);
        calls.add(10, 5, 3, 4);

        calls.prune(10);

        assertThat(calls.calls(0, 20, 0)).containsExactly(new StepTime(5, 4));
        calls.prune(15);
        assertThat(calls.enteredAt(14)).isEqualTo(KernelEventStream.NONE);
    }

    @Test
    void keepsTheFirstCallOfAVeryLongMessage() {
        for (int i = 0; i < 1000; i++) {
            calls.add(i, 1, 2L * i, 2L * i + 1);
        }

        assertThat(calls.enteredAt(0)).isZero();
        assertThat(calls.exitedAt(999)).isEqualTo(1999);
        assertThat(calls.calls(0, 1000, 0)).hasSize(8);
    }

    @Test
    void keepsItsOrderWhileItGrowsAroundItsEnd() {
        KernelEventStream large = new KernelEventStream(64);
        for (int i = 0; i < 6; i++) {
            large.add(i, 1, i, i);
        }
        large.prune(5);
        for (int i = 6; i < 60; i++) {
            large.add(i, 1, i, i);
        }

        for (int i = 5; i < 60; i++) {
            assertThat(large.exitedAt(i)).isEqualTo(i);
        }
    }

    @Test
    void isEmptyAfterClear() {
        calls.add(0, 10, 1, 2);

        calls.clear();

        assertThat(calls.enteredAt(0)).isEqualTo(KernelEventStream.NONE);
    }
}
