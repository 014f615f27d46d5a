package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.Unanswered;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ByIdMatcherTest {

    /** Whose id is the number behind its name: {@code a7} asks for {@code a}, and {@code =a7} answers that. */
    private record Named(String name, Outcome outcome, long patienceNanos, int repetitions) implements Message {

        long id() {
            return Long.parseLong(name.replaceAll("[^0-9]", ""));
        }

        @Override
        public String operation() {
            return name + "*".repeat(repetitions);
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

    private static final ByIdMatcher.Ids IDS = new ByIdMatcher.Ids() {
        @Override
        public long of(Message message) {
            return ((Named) message).id();
        }

        @Override
        public boolean isAnswer(Message request, Message response) {
            return ((Named) response).name().equals("=" + ((Named) request).name());
        }

        @Override
        public @Nullable Message repeated(Message waiting, Message later) {
            Named first = (Named) waiting;
            boolean same = first.name().equals(((Named) later).name());
            return same
                    ? new Named(first.name(), first.outcome(), first.patienceNanos(), first.repetitions() + 1)
                    : null;
        }
    };

    private final List<String> log = new ArrayList<>();
    private ByIdMatcher matcher = new ByIdMatcher(1000, IDS);
    private long now;

    private final Matcher.Exchanges exchanges = new Matcher.Exchanges() {
        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            log.add(request.message().operation() + response.message().operation());
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            log.add(request.message().operation() + " " + reason);
        }

        @Override
        public void oneWay(FramedMessage message) {
            log.add(message.message().operation() + " one way");
        }

        @Override
        public void unmatched(FramedMessage response) {
            log.add("unmatched " + response.message().operation());
        }

        @Override
        public void repeated(FramedMessage message) {
            log.add("again " + message.message().operation());
        }
    };

    @Test
    void pairsResponsesInWhateverOrderTheyCome() {
        requests("a1", "a2", "a3");
        responses("=a3", "=a1", "=a2");

        assertThat(log).containsExactly("a3=a3", "a1=a1", "a2=a2");
        assertThat(matcher.waiting()).isZero();
    }

    @Test
    void namesTheRequestThatWaitsUnderAnId() {
        requests("a1", "a2");

        assertThat(matcher.waitingFor(2))
                .extracting(FramedMessage::message)
                .extracting(Message::operation)
                .isEqualTo("a2");
        assertThat(matcher.waitingFor(3)).isNull();
        responses("=a2");
        assertThat(matcher.waitingFor(2)).isNull();
    }

    @Test
    void takesNoResponseThatAnswersSomethingElse() {
        requests("a1");
        responses("=b1", "=a2", "=a1", "=a1");

        assertThat(log).containsExactly("unmatched =b1", "unmatched =a2", "a1=a1", "unmatched =a1");
    }

    @Test
    void countsARepeatedRequestAsPartOfTheOneThatWaits() {
        requests("a1", "a1", "a1");
        assertThat(matcher.waiting()).isEqualTo(1);
        responses("=a1");

        assertThat(log).containsExactly("again a1", "again a1", "a1**=a1");
    }

    @Test
    void timesARepeatedRequestFromTheFirstOne() {
        now = 100;
        requests("a1");
        now = 200;
        requests("a1");

        assertThat(matcher.waitingFor(1))
                .extracting(FramedMessage::firstEnteredAt)
                .isEqualTo(101L);
    }

    @Test
    void takesAsManyAnswersAsThereWereRepetitions() {
        requests("a1", "a1");
        responses("=a1", "=a1", "=a1");

        assertThat(log).containsExactly("again a1", "a1*=a1", "again =a1", "unmatched =a1");
        assertThat(matcher.waiting()).isZero();
    }

    @Test
    void forgetsAnAnsweredRequestWithoutATraceWhenTheOtherAnswersDoNotCome() {
        requests("a1", "a1");
        responses("=a1");
        matcher.timedOut(now + 1, Unanswered.TIMEOUT, exchanges);

        assertThat(log).containsExactly("again a1", "a1*=a1");
        assertThat(matcher.waiting()).isZero();
    }

    @Test
    void startsOverWhenAnAnsweredRequestIsRepeated() {
        requests("a1", "a1");
        responses("=a1");
        requests("a1");
        responses("=a1");

        assertThat(log).containsExactly("again a1", "a1*=a1", "a1=a1");
    }

    @Test
    void givesUpARequestWhoseIdIsUsedForAnother() {
        requests("a1", "b1");
        responses("=b1");

        assertThat(log).containsExactly("a1 TIMEOUT", "b1=b1");
    }

    @Test
    void saysThatTheAnswerMayHaveBeenLostOnlyOfThoseThatWaitedThen() {
        requests("a1", "a2");
        matcher.responsesLost(exchanges);
        requests("a3");
        responses("=a2");
        matcher.ended(Unanswered.CLOSED, exchanges);

        assertThat(log).containsExactly("a2=a2", "a1 CAPTURE_LOSS", "a3 CLOSED");
    }

    @Test
    void losesNothingWithLostRequests() {
        requests("a1");
        matcher.requestsLost(exchanges);
        responses("=a9", "=a1");

        assertThat(log).containsExactly("unmatched =a9", "a1=a1");
    }

    @Test
    void givesOutWhatHasWaitedTooLongButNotWhatMayWait() {
        requests("a1");
        request(new Named("a2", Outcome.OK, 1000, 0));
        now = 500;
        requests("a3");
        matcher.timedOut(400, Unanswered.TIMEOUT, exchanges);

        assertThat(log).containsExactly("a1 TIMEOUT");
        matcher.timedOut(1100, Unanswered.TIMEOUT, exchanges);
        assertThat(log).containsExactly("a1 TIMEOUT", "a2 TIMEOUT", "a3 TIMEOUT");
        responses("=a1");
        assertThat(log).endsWith("unmatched =a1");
    }

    @Test
    void givesOutTheOldestWhenTooManyWait() {
        matcher = new ByIdMatcher(2, IDS);
        requests("a1", "a2", "a3");
        responses("=a1", "=a2", "=a3");

        assertThat(log).containsExactly("a1 CAPTURE_LOSS", "unmatched =a1", "a2=a2", "a3=a3");
    }

    @Test
    void givesOutOneWayMessagesAtOnceInBothDirections() {
        requests("a1");
        request(new Named("a1", Outcome.ONE_WAY, 0, 0));
        matcher.response(framed(new Named("=a1", Outcome.ONE_WAY, 0, 0)), exchanges);

        assertThat(log).containsExactly("a1 one way", "=a1 one way");
        assertThat(matcher.waiting()).isEqualTo(1);
    }

    @Test
    void keepsWhatAMapWouldKeep() {
        Random random = new Random(11);
        Map<Long, String> waiting = new HashMap<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            long id = random.nextInt(500) * 7919L;
            if (random.nextBoolean()) {
                String before = waiting.put(id, "a" + id);
                if (before == null) {
                    request(new Named("a" + id, Outcome.OK, 0, 0));
                }
            } else {
                expected.add(waiting.remove(id) == null ? "unmatched =a" + id : "a" + id + "=a" + id);
                responses("=a" + id);
            }
            assertThat(matcher.waiting()).isEqualTo(waiting.size());
        }

        assertThat(log).isEqualTo(expected);
    }

    @Test
    void refusesALimitOfZero() {
        assertThatThrownBy(() -> new ByIdMatcher(0, IDS)).hasMessage("max waiting: 0 (expected: >= 1)");
    }

    private void requests(String... names) {
        for (String name : names) {
            request(new Named(name, Outcome.OK, 0, 0));
        }
    }

    private void request(Named message) {
        matcher.request(framed(message), exchanges);
    }

    private void responses(String... names) {
        for (String name : names) {
            matcher.response(framed(new Named(name, Outcome.OK, 0, 0)), exchanges);
        }
    }

    private FramedMessage framed(Named message) {
        now++;
        return new FramedMessage(message, now, now, false, now, now, now, List.of());
    }
}
