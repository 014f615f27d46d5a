package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.Unanswered;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

class InOrderMatcherTest {

    private static final int LIMIT = 1000;

    private final InOrderMatcher matcher = new InOrderMatcher(LIMIT);
    private final Seen seen = new Seen();
    private long now;

    @Test
    void pairsResponsesWithRequestsInOrder() {
        requests(1, 2, 3);
        responses(1, 2, 3);

        assertThat(seen.log).containsExactly("1=1", "2=2", "3=3");
        assertThat(matcher.waiting()).isZero();
    }

    @Test
    void namesTheRequestThatTheNextResponseWillAnswer() {
        assertThat(matcher.oldestWaiting()).isNull();

        requests(1, 2);
        FramedMessage oldest = matcher.oldestWaiting();

        assertThat(oldest).isNotNull().extracting(FramedMessage::start).isEqualTo(1L);
    }

    @Test
    void givesOutOneWayMessagesAtOnceInBothDirections() {
        requests(1);
        matcher.request(framed(2, Outcome.ONE_WAY), seen);
        matcher.response(framed(3, Outcome.ONE_WAY), seen);
        responses(1);

        assertThat(seen.log).containsExactly("2 one way", "3 one way", "1=1");
    }

    @Test
    void countsAResponseWithoutRequestAsUnmatched() {
        responses(1);

        assertThat(seen.log).containsExactly("unmatched 1");
    }

    @Test
    void givesOutTheOldestWhenTooManyWaitAndStillPairsTheOthers() {
        InOrderMatcher small = new InOrderMatcher(2);
        for (int id = 1; id <= 4; id++) {
            small.request(framed(id, Outcome.OK), seen);
        }
        for (int id = 1; id <= 4; id++) {
            small.response(framed(id, Outcome.OK), seen);
        }

        assertThat(seen.log)
                .containsExactly("1 CAPTURE_LOSS", "2 CAPTURE_LOSS", "unmatched 1", "unmatched 2", "3=3", "4=4");
    }

    @Test
    void doesNotLetACutRequestWaitThatAResponseMayHaveAnswered() {
        responses(1);
        matcher.request(cut(1, 999), seen);
        matcher.requestsLost(seen);
        requests(2);
        responses(2);
        requests(3);
        responses(3);

        assertThat(seen.log).containsExactly("unmatched 1", "1 CAPTURE_LOSS", "2=2", "3=3");
    }

    @Test
    void letsACutRequestWaitThatWasSentAfterTheLastResponse() {
        responses(1);
        matcher.request(cut(2, 1001), seen);
        responses(2);

        assertThat(seen.log).containsExactly("unmatched 1", "2=2");
    }

    @Test
    void pairsAResponseThatEndsLateWithinTheTurnThatItBelongsTo() {
        matcher.requestsLost(seen);
        matcher.request(framed(1, Outcome.OK, 1000), seen);
        matcher.request(framed(2, Outcome.OK, 3000), seen);
        matcher.response(framed(1, Outcome.OK, 2000), seen);
        matcher.request(framed(3, Outcome.OK, 5000), seen);
        matcher.response(framed(2, Outcome.OK, 4000), seen);
        matcher.response(framed(3, Outcome.OK, 6000), seen);

        assertThat(seen.log).containsExactly("1=1", "2=2", "3=3");
    }

    @Test
    void pairsFromTheTailAfterALostRequest() {
        requests(1);
        matcher.requestsLost(seen);
        requests(3, 4);
        responses(1, 2, 3, 4);
        assertThat(seen.log).containsExactly("1=1");
        assertThat(matcher.oldestWaiting()).isNull();

        requests(5);
        responses(5);

        assertThat(seen.log).containsExactly("1=1", "unmatched 2", "3=3", "4=4", "5=5");
    }

    @Test
    void pairsFromTheTailAfterALostResponse() {
        requests(1, 2, 3);
        responses(1);
        matcher.responsesLost(seen);
        responses(3);
        requests(4);
        responses(4);

        assertThat(seen.log).containsExactly("1=1", "2 CAPTURE_LOSS", "3=3", "4=4");
    }

    @Test
    void pairsNothingWhenTheTurnsLastResponseWasLostToo() {
        matcher.requestsLost(seen);
        requests(2, 3);
        responses(1, 2);
        requests(4);
        matcher.responsesLost(seen);
        responses(4);
        requests(5);
        responses(5);

        assertThat(seen.log)
                .containsExactly("unmatched 1", "unmatched 2", "2 CAPTURE_LOSS", "3 CAPTURE_LOSS", "4=4", "5=5");
    }

    @Test
    void pairsTheTailAtAnOrderlyEnd() {
        matcher.requestsLost(seen);
        requests(2);
        responses(1, 2);
        matcher.ended(Unanswered.CLOSED, seen);

        assertThat(seen.log).containsExactly("unmatched 1", "2=2");
    }

    @Test
    void pairsNothingUncertainAtAReset() {
        matcher.requestsLost(seen);
        requests(2, 3);
        responses(1, 2);
        matcher.ended(Unanswered.RESET, seen);

        assertThat(seen.log).containsExactly("unmatched 1", "unmatched 2", "2 CAPTURE_LOSS", "3 CAPTURE_LOSS");
    }

    @Test
    void givesTheReasonOfTheEndToRequestsThatWait() {
        requests(1, 2);
        matcher.ended(Unanswered.RESET, seen);

        assertThat(seen.log).containsExactly("1 RESET", "2 RESET");
    }

    @Test
    void givesOutOldRequestsAndCountsTheirLateAnswerAsUnmatched() {
        requests(1);
        matcher.timedOut(now + 1, Unanswered.TIMEOUT, seen);
        responses(1);
        requests(2);
        responses(2);

        assertThat(seen.log).containsExactly("1 TIMEOUT", "unmatched 1", "2=2");
    }

    @Test
    void keepsYoungRequestsOnTimeOut() {
        requests(1);
        long between = now + 1;
        requests(2);
        matcher.timedOut(between, Unanswered.TIMEOUT, seen);

        assertThat(seen.log).containsExactly("1 TIMEOUT");
        assertThat(matcher.waiting()).isEqualTo(1);
    }

    @Test
    void waitsAsLongAsTheRequestSays() {
        matcher.request(patient(1, 5000), seen);
        matcher.timedOut(now + 5000, Unanswered.TIMEOUT, seen);

        assertThat(seen.log).isEmpty();

        matcher.timedOut(now + 5001, Unanswered.TIMEOUT, seen);

        assertThat(seen.log).containsExactly("1 TIMEOUT");
    }

    @Test
    void waitsForeverIfTheRequestSaysSo() {
        matcher.request(patient(1, Long.MAX_VALUE), seen);
        requests(2);
        matcher.timedOut(Long.MAX_VALUE, Unanswered.TIMEOUT, seen);

        assertThat(seen.log).isEmpty();
        assertThat(matcher.waiting()).isEqualTo(2);
    }

    @Test
    void timesRequestsAfterAWaitFromItsEnd() {
        matcher.request(patient(1, Long.MAX_VALUE), seen);
        requests(2);
        now += 100_000;
        responses(1);
        matcher.timedOut(now, Unanswered.TIMEOUT, seen);

        assertThat(seen.log).containsExactly("1=1");

        matcher.timedOut(now + 1, Unanswered.TIMEOUT, seen);

        assertThat(seen.log).containsExactly("1=1", "2 TIMEOUT");
    }

    @Test
    void goesOnPairingAfterARequestThatIsNeverAnswered() {
        requests(1);
        matcher.timedOut(now + 1, Unanswered.TIMEOUT, seen);
        requests(2);
        responses(2);
        requests(3);
        responses(3);

        assertThat(seen.log).containsExactly("1 TIMEOUT", "2=2", "3=3");
    }

    @Test
    void doesNotGuessAfterALossWhenRequestsHaveOverlapped() {
        requests(1, 2);
        responses(1);
        requests(3);
        responses(2, 3);
        requests(4, 5);
        matcher.responsesLost(seen);
        responses(5);
        requests(6);
        responses(6);

        assertThat(seen.log)
                .containsExactly(
                        "1=1",
                        "2=2",
                        "3=3",
                        "4 CAPTURE_LOSS",
                        "5 CAPTURE_LOSS",
                        "unmatched 5",
                        "6 CAPTURE_LOSS",
                        "unmatched 6");
    }

    @Test
    void pairsAgainAfterASilenceWhenRequestsHaveOverlapped() {
        requests(1, 2);
        responses(1);
        requests(3);
        responses(2, 3);
        matcher.requestsLost(seen);
        requests(5);
        responses(4, 5);
        now += 2_000_000_000L;
        requests(6);
        responses(6);

        assertThat(seen.log)
                .containsExactly("1=1", "2=2", "3=3", "5 CAPTURE_LOSS", "unmatched 4", "unmatched 5", "6=6");
    }

    @Test
    void aRequestWhoseAnswerHasBegunTimesOutNoMore() {
        requests(1, 2);
        matcher.responseBegins(seen);
        matcher.timedOut(now + 1, Unanswered.TIMEOUT, seen);

        assertThat(seen.log).containsExactly("2 TIMEOUT");
        assertThat(matcher.waiting()).isEqualTo(1);

        responses(1);
        assertThat(seen.log).containsExactly("2 TIMEOUT", "1=1");
        assertThat(matcher.waiting()).isZero();
    }

    @Test
    void anAnswerThatBeganBeforeItsRequestWasSeenIsNotThatOfTheNextOne() {
        matcher.responseBegins(seen);
        requests(2);
        responses(1);
        responses(2);

        assertThat(seen.log).containsExactly("unmatched 1", "2=2");
    }

    @Test
    void anAnswerThatHasBegunAndIsLostGivesItsRequestOut() {
        requests(1);
        matcher.responseBegins(seen);
        matcher.responsesLost(seen);
        requests(2);
        responses(2);
        requests(3);
        responses(3);

        assertThat(seen.log).containsExactly("1 CAPTURE_LOSS", "2=2", "3=3");
    }

    @Test
    void refusesANonsenseLimit() {
        assertThatThrownBy(() -> new InOrderMatcher(0)).hasMessage("max waiting: 0 (expected: >= 1)");
    }

    private void requests(int... ids) {
        for (int id : ids) {
            matcher.request(framed(id, Outcome.OK), seen);
        }
    }

    private void responses(int... ids) {
        for (int id : ids) {
            matcher.response(framed(id, Outcome.OK), seen);
        }
    }

    private FramedMessage patient(int id, long patienceNanos) {
        now += 1000;
        return new FramedMessage(new Numbered(Outcome.OK, patienceNanos), id, id + 1L, false, now, now, now, List.of());
    }

    private FramedMessage framed(int id, Outcome outcome) {
        now += 1000;
        return framed(id, outcome, now);
    }

    static FramedMessage framed(int id, Outcome outcome, long at) {
        return new FramedMessage(new Numbered(outcome), id, id + 1L, false, at, at, at, List.of());
    }

    /** A request that a loss has cut short. */
    private static FramedMessage cut(int id, long at) {
        return new FramedMessage(new Numbered(Outcome.OK), id, id + 1L, true, at, at, at, List.of());
    }

    record Numbered(Outcome outcome, long patienceNanos) implements Message {

        Numbered(Outcome outcome) {
            this(outcome, 0);
        }

        @Override
        public String operation() {
            return "";
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

    /** A message's number is its start. */
    static final class Seen implements Matcher.Exchanges {
        final List<String> log = new ArrayList<>();
        int given;
        int paired;
        int wrong;

        @Override
        public void answered(FramedMessage request, FramedMessage response) {
            given += 2;
            paired++;
            wrong += request.start() == response.start() ? 0 : 1;
            log.add(request.start() + "=" + response.start());
        }

        @Override
        public void unanswered(FramedMessage request, Unanswered reason) {
            given++;
            log.add(request.start() + " " + reason);
        }

        @Override
        public void oneWay(FramedMessage message) {
            given++;
            log.add(message.start() + " one way");
        }

        @Override
        public void unmatched(FramedMessage response) {
            given++;
            log.add("unmatched " + response.start());
        }
    }

    /** Random clients and random losses against a simulation that knows the truth. */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class AgainstASimulation {

        private static final int RUNS = 20_000;

        private final long seed = System.nanoTime();

        @Test
        void losesNoMoreThanTouchedPlusTwoAfterOneCutInLockStep() {
            for (int run = 0; run < RUNS; run++) {
                Simulation simulation = new Simulation(new Random(seed + run));
                simulation.lockStep(1 + simulation.random.nextInt(40));
                simulation.cut();
                Seen result = simulation.play(LIMIT, Unanswered.CLOSED);

                assertThat(result.wrong)
                        .as("seed %d: %s", seed + run, simulation)
                        .isZero();
                assertThat(result.paired)
                        .as("seed %d: %s gave %s", seed + run, simulation, result.log)
                        .isGreaterThanOrEqualTo(simulation.exchanges - simulation.touched() - 2);
            }
        }

        @Test
        void neverPairsWronglyInLockStepHoweverManyCuts() {
            for (int run = 0; run < RUNS; run++) {
                Simulation simulation = new Simulation(new Random(seed + run));
                simulation.lockStep(1 + simulation.random.nextInt(40));
                int cuts = simulation.random.nextInt(8);
                for (int i = 0; i < cuts; i++) {
                    simulation.cut();
                }
                simulation.falseAlarms = run % 2 == 0;
                int limit = run % 3 == 0 ? 1 + simulation.random.nextInt(6) : LIMIT;
                Seen result = simulation.play(limit, Unanswered.CLOSED);

                assertThat(result.wrong)
                        .as("seed %d, limit %d: %s gave %s", seed + run, limit, simulation, result.log)
                        .isZero();
            }
        }

        @Test
        void neverPairsWronglyWhenAConnectionIsResetInMidTurn() {
            for (int run = 0; run < RUNS; run++) {
                Simulation simulation = new Simulation(new Random(seed + run));
                simulation.lockStep(1 + simulation.random.nextInt(10));
                simulation.cut();
                simulation.stopAnywhere();
                Seen result = simulation.play(LIMIT, Unanswered.RESET);

                assertThat(result.wrong)
                        .as("seed %d: %s gave %s", seed + run, simulation, result.log)
                        .isZero();
            }
        }

        @Test
        void neverPairsWronglyOnceRequestsHaveOverlapped() {
            for (int run = 0; run < RUNS; run++) {
                Simulation simulation = new Simulation(new Random(seed + run));
                simulation.overlapping(50);
                int shown = simulation.events.indexOf(new Event(false, 2)) + 1;
                int cuts = simulation.random.nextInt(4);
                for (int i = 0; i < cuts; i++) {
                    simulation.cutAfter(shown);
                }
                Seen result = simulation.play(LIMIT, Unanswered.CLOSED);

                assertThat(result.wrong)
                        .as("seed %d: %s gave %s", seed + run, simulation, result.log)
                        .isZero();
            }
        }

        @Test
        void pairsEverythingWhenNothingIsLost() {
            for (int run = 0; run < 1000; run++) {
                Simulation simulation = new Simulation(new Random(seed + run));
                if (run % 2 == 0) {
                    simulation.overlapping(100);
                } else {
                    simulation.lockStep(20);
                }
                Seen result = simulation.play(LIMIT, Unanswered.CLOSED);

                assertThat(result.wrong).isZero();
                assertThat(result.paired).as("seed %d", seed + run).isEqualTo(simulation.exchanges);
            }
        }
    }

    private record Event(boolean isRequest, int id) {
        @Override
        public String toString() {
            return (isRequest ? "r" : "s") + id;
        }
    }

    private static final class Simulation {
        final Random random;
        final List<Event> events = new ArrayList<>();
        final List<Set<Integer>> turns = new ArrayList<>();
        final Set<Event> lost = new HashSet<>();
        int exchanges;
        boolean falseAlarms;

        Simulation(Random random) {
            this.random = random;
        }

        void lockStep(int count) {
            int largest = 1 << random.nextInt(5);
            for (int turn = 0; turn < count; turn++) {
                int batch = 1 + random.nextInt(largest);
                Set<Integer> turnIds = new HashSet<>();
                turns.add(turnIds);
                for (int i = 1; i <= batch; i++) {
                    turnIds.add(exchanges + i);
                    events.add(new Event(true, exchanges + i));
                }
                for (int i = 1; i <= batch; i++) {
                    events.add(new Event(false, exchanges + i));
                }
                exchanges += batch;
            }
        }

        /** Begins with an overlap: the third request comes between the first two responses. */
        void overlapping(int count) {
            exchanges = count;
            events.add(new Event(true, 1));
            events.add(new Event(true, 2));
            events.add(new Event(false, 1));
            events.add(new Event(true, 3));
            events.add(new Event(false, 2));
            int asked = 3;
            int answered = 2;
            while (answered < count) {
                if (asked < count && (asked == answered || random.nextBoolean())) {
                    events.add(new Event(true, ++asked));
                } else {
                    events.add(new Event(false, ++answered));
                }
            }
        }

        /** Loses a stretch of one direction, or of both. */
        void cut() {
            cutAfter(0);
        }

        void cutAfter(int first) {
            int from = first + random.nextInt(events.size() - first);
            int to = Math.min(events.size(), from + 1 + random.nextInt(1 << random.nextInt(6)));
            int direction = random.nextInt(3);
            for (Event event : events.subList(from, to)) {
                if (direction == 2 || event.isRequest() == (direction == 0)) {
                    lost.add(event);
                }
            }
        }

        void stopAnywhere() {
            events.subList(random.nextInt(events.size()), events.size()).clear();
        }

        /** A turn that lost its last requests and its first responses has no certain end left: all of it is touched. */
        int touched() {
            int count = 0;
            for (Set<Integer> turn : turns) {
                long requests = turn.stream()
                        .filter(id -> lost.contains(new Event(true, id)))
                        .count();
                long responses = turn.stream()
                        .filter(id -> lost.contains(new Event(false, id)))
                        .count();
                long either = turn.stream()
                        .filter(id -> lost.contains(new Event(true, id)) || lost.contains(new Event(false, id)))
                        .count();
                count += (int) (requests > 0 && responses > 0 ? turn.size() : either);
            }
            return count;
        }

        Seen play(int limit, Unanswered reason) {
            InOrderMatcher matcher = new InOrderMatcher(limit);
            Seen seen = new Seen();
            boolean requestsMissing = false;
            boolean responsesMissing = false;
            int shown = 0;
            long at = 0;
            boolean begun = false;
            for (int i = 0; i < events.size(); i++) {
                Event event = events.get(i);
                at += 1000;
                boolean early = random.nextInt(4) == 0;
                if (lost.contains(event)) {
                    requestsMissing |= event.isRequest();
                    responsesMissing |= !event.isRequest();
                }
                boolean arrives = !lost.contains(event);
                boolean requestsReported = requestsMissing && (early || (arrives && event.isRequest()));
                if (requestsReported || (falseAlarms && random.nextInt(30) == 0)) {
                    matcher.requestsLost(seen);
                    requestsMissing = false;
                }
                boolean responsesReported = responsesMissing && (early || (arrives && !event.isRequest()));
                if (responsesReported || (falseAlarms && !begun && random.nextInt(30) == 0)) {
                    matcher.responsesLost(seen);
                    responsesMissing = false;
                }
                if (arrives) {
                    shown++;
                    if (event.isRequest()) {
                        matcher.request(framed(event.id(), Outcome.OK, at), seen);
                    } else {
                        matcher.response(framed(event.id(), Outcome.OK, at), seen);
                        begun = false;
                    }
                }
                if (!begun && !responsesMissing && mayBegin(i + 1) && random.nextInt(3) == 0) {
                    matcher.responseBegins(seen);
                    begun = true;
                }
                assertThat(matcher.waiting()).isLessThanOrEqualTo(limit + 1);
            }
            if (requestsMissing) {
                matcher.requestsLost(seen);
            }
            if (responsesMissing) {
                matcher.responsesLost(seen);
            }
            matcher.ended(reason, seen);
            assertThat(matcher.waiting()).isZero();
            assertThat(seen.given).as("every message goes out once").isEqualTo(shown);
            return seen;
        }

        /** Whether the next response may come in parts of which the first comes before the event at {@code from}. */
        private boolean mayBegin(int from) {
            for (Event next : events.subList(from, events.size())) {
                if (!next.isRequest()) {
                    return !lost.contains(next)
                            && !events.subList(from, events.size()).contains(new Event(true, next.id()));
                }
            }
            return false;
        }

        @Override
        public String toString() {
            return events + " without " + lost;
        }
    }
}
