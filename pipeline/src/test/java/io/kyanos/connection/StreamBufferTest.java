package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamBufferTest {

    private static final int CAPACITY = 4096;

    private final MemoryBudget budget = new MemoryBudget(8192);
    private final StreamBuffer buffer = new StreamBuffer(CAPACITY, budget);

    @Test
    void worksInPlaceWhileBytesLieInOneEvent() {
        byte[] event = bytes("..hello..");

        buffer.add(event, 2, 5);
        event[2] = 'H';

        assertThat(text()).as("no copy was made").isEqualTo("Hello");
        assertThat(budget.usedBytes()).isZero();
        assertThat(budget.holders()).isZero();
    }

    @Test
    void copiesOnlyWhatIsLeftOver() {
        byte[] event = bytes("hello world");
        buffer.add(event, 0, event.length);
        buffer.consume(6);

        assertThat(buffer.settle()).isTrue();
        event[6] = 'X';

        assertThat(text()).isEqualTo("world");
        assertThat(buffer.position()).isEqualTo(6);
        assertThat(buffer.end()).isEqualTo(11);
        assertThat(budget.usedBytes()).isPositive();
        assertThat(budget.holders()).isEqualTo(1);
    }

    @Test
    void joinsWhatIsLeftWithWhatComes() {
        add("hel");
        buffer.settle();
        add("lo");

        assertThat(text()).isEqualTo("hello");
        assertThat(new String(new byte[] {buffer.view(2).byteAt(1)}, StandardCharsets.US_ASCII))
                .isEqualTo("e");
        assertThat(buffer.view(2).length()).isEqualTo(2);
    }

    @Test
    void givesItsMemoryBackWhenAllIsConsumed() {
        add("hello");
        buffer.settle();

        buffer.consume(5);
        buffer.settle();

        assertThat(budget.usedBytes()).isZero();
        assertThat(budget.holders()).isZero();
        assertThat(buffer.position()).isEqualTo(5);
    }

    @Test
    void leavesItsArrayToTheNextThatNeedsOne() {
        add("hello");
        buffer.settle();
        buffer.consume(5);
        buffer.settle();

        byte[] next = budget.spares().take(SpareArrays.SMALLEST);

        assertThat(new String(next, 0, 5, StandardCharsets.US_ASCII)).isEqualTo("hello");
    }

    @Test
    void refusesMoreThanItsCapacityAndKeepsWhatItHas() {
        add("x".repeat(CAPACITY));
        assertThat(buffer.settle()).isTrue();

        assertThat(buffer.add(bytes("y"), 0, 1)).isFalse();

        assertThat(buffer.available()).isEqualTo(CAPACITY);
        assertThat(text()).doesNotContain("y");
    }

    @Test
    void dropsWhatItCannotKeepBeyondItsEvent() {
        add("x".repeat(CAPACITY + 1));

        assertThat(buffer.settle()).isFalse();

        assertThat(buffer.isEmpty()).isTrue();
        assertThat(buffer.position()).isZero();
    }

    @Test
    void refusesWhatExceedsTheBudgetOfAll() {
        StreamBuffer second = new StreamBuffer(CAPACITY, budget);
        StreamBuffer third = new StreamBuffer(CAPACITY, budget);
        for (StreamBuffer one : new StreamBuffer[] {buffer, second}) {
            one.add(new byte[CAPACITY], 0, CAPACITY);
            assertThat(one.settle()).isTrue();
        }

        third.add(new byte[1], 0, 1);
        assertThat(third.settle()).isFalse();

        buffer.close();
        third.add(new byte[1], 0, 1);
        assertThat(third.settle()).isTrue();
        second.close();
        third.close();
        assertThat(budget.usedBytes()).isZero();
        assertThat(budget.holders()).isZero();
    }

    @Test
    void standsWhereItIsMovedTo() {
        add("hello");
        buffer.settle();

        buffer.moveTo(100);

        assertThat(buffer.position()).isEqualTo(100);
        assertThat(buffer.isEmpty()).isTrue();
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void refusesToConsumeWhatIsNotThere() {
        add("hello");

        assertThatIllegalArgumentException().isThrownBy(() -> buffer.consume(6));
        assertThatIllegalArgumentException().isThrownBy(() -> buffer.consume(-1));
    }

    @Test
    void keepsTheStreamWholeHoweverItIsUsed() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            StreamBuffer one = new StreamBuffer(CAPACITY, budget);
            long written = 0;
            long read = 0;
            for (int i = 0; i < 100; i++) {
                byte[] event = new byte[1 + random.nextInt(300)];
                int offset = random.nextInt(event.length);
                int length = Math.min(event.length - offset, CAPACITY - one.available());
                for (int j = 0; j < length; j++) {
                    event[offset + j] = (byte) (written + j);
                }
                assertThat(one.add(event, offset, length)).isTrue();
                written += length;
                int count = random.nextInt(one.available() + 1);
                for (int j = 0; j < count; j++) {
                    assertThat(one.view().byteAt(j)).as("seed %d", seed).isEqualTo((byte) (read + j));
                }
                one.consume(count);
                read += count;
                assertThat(one.settle()).isTrue();
                assertThat(one.position()).isEqualTo(read);
                assertThat(one.end()).isEqualTo(written);
            }
            one.close();
        }
        assertThat(budget.usedBytes()).isZero();
        assertThat(budget.holders()).isZero();
    }

    private void add(String text) {
        assertThat(buffer.add(bytes(text), 0, text.length())).isTrue();
    }

    private String text() {
        return buffer.view().latin1(0, buffer.available());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
