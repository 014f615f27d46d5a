package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.StepTime;
import org.junit.jupiter.api.Test;

class TimelineTest {

    private static final int EPOCH_OFFSET = 100;

    private final Timeline timeline = new Timeline(8, true, EPOCH_OFFSET);

    @Test
    void knowsNoTimesWhileItIsEmpty() {
        FramedMessage message = place(0, 10);

        assertThat(message.firstEnteredAt()).isEqualTo(Timeline.NONE);
        assertThat(message.firstExitedAt()).isEqualTo(Timeline.NONE);
        assertThat(message.lastExitedAt()).isEqualTo(Timeline.NONE);
        assertThat(message.calls()).isEmpty();
    }

    @Test
    void findsTheCallsThatCarriedTheEndsOfAMessage() {
        timeline.add(0, 10, 1, 2);
        timeline.add(10, 5, 3, 4);
        timeline.add(20, 5, 5, 6);

        assertTimes(place(0, 10), 1, 2, 2);
        assertTimes(place(9, 15), 1, 2, 4);
        assertTimes(place(10, 25), 3, 4, 6);
    }

    @Test
    void reportsHowManyBytesOfAMessageEachCallCarried() {
        timeline.add(0, 10, 1, 2);
        timeline.add(10, 5, 3, 4);
        timeline.add(15, 5, 5, 6);

        assertThat(place(8, 16).calls())
                .containsExactly(new StepTime(2, 102), new StepTime(5, 104), new StepTime(1, 106));
    }

    @Test
    void joinsThePiecesOfACall() {
        timeline.add(0, 10, 1, 2);
        timeline.add(10, 5, 1, 2);
        timeline.add(15, 5, 1, 3);
        timeline.add(30, 5, 1, 3);

        assertThat(place(0, 40).calls())
                .containsExactly(new StepTime(15, 102), new StepTime(5, 103), new StepTime(5, 103));
        timeline.forgetBefore(12);
        assertThat(place(14, 15).lastExitedAt()).isEqualTo(2);
    }

    @Test
    void forgetsCallsThatCarriedNothingFromAPositionOnButTheLatest() {
        timeline.add(0, 10, 1, 2);
        timeline.add(10, 5, 3, 4);

        timeline.forgetBefore(10);
        assertThat(place(0, 20).calls()).containsExactly(new StepTime(5, 104));

        timeline.forgetBefore(15);
        assertThat(place(14, 15).lastExitedAt()).isEqualTo(4);
    }

    @Test
    void keepsTheFirstCallOfAVeryLongMessage() {
        timeline.add(0, 1, 0, 1);
        timeline.begin(0, 0);
        for (int i = 1; i < 1000; i++) {
            timeline.add(i, 1, 2L * i, 2L * i + 1);
            timeline.forgetBefore(i + 1);
        }

        FramedMessage message = place(999, 1000);
        assertThat(message.start()).isZero();
        assertTimes(message, 0, 1, 1999);
        assertThat(message.calls()).hasSize(8).first().isEqualTo(new StepTime(1, 101));
    }

    @Test
    void keepsItsOrderWhileItGrowsAroundItsEnd() {
        Timeline large = new Timeline(64, true, EPOCH_OFFSET);
        for (int i = 0; i < 6; i++) {
            large.add(i, 1, i, i);
        }
        large.forgetBefore(5);
        for (int i = 6; i < 60; i++) {
            large.add(i, 1, i, i);
        }

        for (int i = 5; i < 60; i++) {
            assertThat(large.place(new Said(), 0, i, i + 1, false).lastExitedAt())
                    .isEqualTo(i);
        }
    }

    @Test
    void remembersNoMoreThanTheLatestCallOfWhatIsPassedOver() {
        Timeline timeline = new Timeline(1024, false, EPOCH_OFFSET);
        timeline.add(0, 10, 1, 2);
        timeline.begin(0, 4);
        for (int i = 1; i < 100; i++) {
            timeline.add(10L * i, 10, 2L * i, 2L * i + 1);
            timeline.forgetBefore(10L * (i + 1));
        }

        FramedMessage message = timeline.place(new Said(), 0, 1000, 1000, false);

        assertThat(timeline.size()).isEqualTo(1);
        assertThat(message.start()).isEqualTo(4);
        assertTimes(message, 1, 2, 199);
    }

    @Test
    void keepsCallsFromTheOldestOpenMessageOn() {
        timeline.add(0, 10, 1, 2);
        timeline.begin(1, 5);
        timeline.add(10, 10, 3, 4);
        timeline.begin(3, 10);
        timeline.add(20, 10, 5, 6);

        timeline.forgetBefore(30);
        assertThat(timeline.size()).isEqualTo(3);
        timeline.end(1);
        timeline.forgetBefore(30);
        assertThat(timeline.size()).isEqualTo(2);
        timeline.end(3);
        timeline.forgetBefore(30);
        assertThat(timeline.size()).isEqualTo(1);
    }

    @Test
    void aMessageThatBeginsAgainUnderItsKeyHasBegunThere() {
        timeline.add(0, 10, 1, 2);
        timeline.add(10, 10, 3, 4);
        timeline.begin(7, 0);
        timeline.begin(7, 12);

        assertTimes(timeline.place(new Said(), 7, 15, 20, false), 3, 4, 4);
        timeline.end(7);
        assertThat(timeline.place(new Said(), 7, 15, 20, false).start()).isEqualTo(15);
    }

    @Test
    void inventsNoTimesForAMessageWhoseMarkHadToGo() {
        timeline.add(0, 10, 1, 2);
        for (int key = 0; key <= Timeline.MOST_OPEN; key++) {
            timeline.begin(key, 0);
        }

        assertTimes(timeline.place(new Said(), 0, 5, 10, false), Timeline.NONE, Timeline.NONE, 2);
        assertTimes(timeline.place(new Said(), 1, 5, 10, false), 1, 2, 2);

        for (int key = 1; key <= Timeline.MOST_OPEN; key++) {
            timeline.end(key);
        }
        assertTimes(timeline.place(new Said(), 5, 5, 10, false), 1, 2, 2);
    }

    @Test
    void isEmptyAfterClear() {
        timeline.add(0, 10, 1, 2);
        timeline.begin(0, 0);

        timeline.clear();

        assertThat(place(5, 6).start()).isEqualTo(5);
        assertThat(place(5, 6).firstEnteredAt()).isEqualTo(Timeline.NONE);
    }

    private FramedMessage place(long start, long end) {
        return timeline.place(new Said(), 0, start, end, false);
    }

    private static void assertTimes(FramedMessage message, long entered, long exited, long lastExited) {
        assertThat(message.firstEnteredAt()).isEqualTo(entered);
        assertThat(message.firstExitedAt()).isEqualTo(exited);
        assertThat(message.lastExitedAt()).isEqualTo(lastExited);
    }

    private record Said() implements Message {
        @Override
        public String operation() {
            return "said";
        }

        @Override
        public String resource() {
            return "";
        }

        @Override
        public String status() {
            return "";
        }

        @Override
        public Outcome outcome() {
            return Outcome.OK;
        }

        @Override
        public long wireBytes() {
            return 1;
        }

        @Override
        public void attributes(AttributeVisitor visitor) {}

        @Override
        public String text() {
            return "";
        }
    }
}
