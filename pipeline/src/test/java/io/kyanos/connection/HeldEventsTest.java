package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeldEventsTest {

    private final MemoryBudget budget = new MemoryBudget(8192);
    private final HeldEvents held = new HeldEvents(4096, budget);

    @Test
    void replaysCopiesInOrder() {
        byte[] first = data(0, 100);
        EventDecoder event = EventEncoder.read(first);
        held.add(event);
        first[EventDecoder.EMITTED_AT_OFFSET] = 99;
        held.add(EventEncoder.read(data(100, 2000)));
        assertThat(held.events()).isEqualTo(2);

        List<String> replayed = new ArrayList<>();
        held.replay(each -> replayed.add(each.emittedAt() + ": " + each.position() + "+" + each.captured()));

        assertThat(replayed).containsExactly("1: 0+100", "1: 100+2000");
        assertThat(held.events()).isZero();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void refusesWhatExceedsItsCapacityAndKeepsTheRest() {
        assertThat(held.add(EventEncoder.read(data(0, 3000)))).isTrue();
        assertThat(held.add(EventEncoder.read(data(3000, 3000)))).isFalse();

        assertThat(held.events()).isEqualTo(1);
        assertThat(budget.usedBytes()).isLessThanOrEqualTo(4096);
    }

    @Test
    void refusesWhatExceedsTheBudgetOfAll() {
        HeldEvents second = new HeldEvents(4096, budget);
        HeldEvents third = new HeldEvents(4096, budget);
        assertThat(held.add(EventEncoder.read(data(0, 3000)))).isTrue();
        assertThat(second.add(EventEncoder.read(data(0, 3000)))).isTrue();

        assertThat(third.add(EventEncoder.read(data(0, 10)))).isFalse();

        held.clear();
        assertThat(third.add(EventEncoder.read(data(0, 10)))).isTrue();
    }

    private static byte[] data(long position, int length) {
        return EventEncoder.data(1, 1, 7, 1, 3, Direction.EGRESS, position, new byte[length], length);
    }
}
