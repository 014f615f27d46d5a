package io.kyanos.protocol;

import io.kyanos.record.Outcome;
import io.kyanos.record.Unanswered;
import org.jspecify.annotations.Nullable;

/**
 * Pairs each response with the oldest request that waits: the matcher of protocols that answer in order. Holds at most
 * {@code maxWaiting} requests besides the one whose response has begun and, after a loss, as many responses. Not
 * thread-safe; allocates only while it grows.
 *
 * <p>Losses must be reported before the next message of the same direction and before {@link #ended}, and a message cut
 * short by a loss before the loss. Messages of outcome {@link Outcome#ONE_WAY}, in either direction, go out at once and
 * take no part in pairing.
 */
public final class InOrderMatcher implements Matcher {

    /*
     * Design note
     *
     * Why a plain queue is not enough: a loss hides an unknown number of messages. If one request is missing from the
     * queue, every later response goes to the wrong request, and nothing on the wire says so.
     *
     * Lock-step: most clients send one request, or one batch, and send no more until all of it is answered. Call a batch
     * with its responses a turn. A turn ends at the first request after a response, and at that point nothing is
     * outstanding, however much was lost within it. So within a turn two pairings are certain:
     *   - from the head: requests before the turn's first lost request with responses before its first lost response;
     *   - from the tail: requests after its last lost request with responses after its last lost response.
     * Requests of the first kind are "sure" and are paired at once. After a loss the others are "suspects" and their
     * responses are "held"; those that a further loss has cut off from the tail go out at once. What is left at the end
     * is surplus: requests become unanswered, responses unmatched.
     *
     *     waiting:  | closed (suspects of the turn before) | sure | suspects |        held: responses of closed or suspects
     *
     * When the tail is known: a loss at the very end of a turn is noticed only at the next message of its direction. The
     * request that ends the turn proves that no request was lost before it; that no response was, is proved by the next
     * response. Until then the suspects are "closed". If a loss is reported instead, they are given out unpaired.
     *
     * At the end of a connection nothing proves that the turn was answered to its end. An orderly one is taken for that
     * proof, unless it leaves no response over for the requests that were lost and only FEW would be lost with them.
     *
     * Overlap: clients that share a connection send requests while others wait; their traffic has no turns. Such a
     * request looks like the first one after responses were lost at a turn's end. The next response decides: it is
     * preceded by the report of a loss, or the client overlaps. From then on nothing is guessed after a loss ("blind"):
     * requests are unanswered and responses unmatched until a request follows a silence of QUIET_NANOS, when nothing
     * can be outstanding but what takes longer than that.
     *
     * Messages that come late: what ends a message may be seen only with the next one of its direction, after messages of
     * the other direction that followed it. Times show it. A request cut short by a loss goes out at once if a response
     * came since, as that may have answered it. A response from before the request that has closed the turn is one of the
     * closed turn's.
     *
     * Answers that take long: once an answer has begun it is known which request it is for, so that request leaves the queue
     * ("answering") and can be given out no more as unanswered. Where a loss has made the order uncertain, the answer's end
     * decides as for any other.
     *
     * Requests given out early may still be answered. When too many wait, the answers of those given out are counted off
     * ("forgotten"). After a time-out the answer may come or not, so it counts as a loss of responses.
     */

    private static final long QUIET_NANOS = 1_000_000_000L;

    private static final int FEW = 2;

    private final int maxWaiting;
    private final Ring waiting;
    private final Ring held;

    private enum Begun {
        /** No response is in progress, or its end will show whose it is. */
        NOTHING,
        /** The one in progress answers {@code answering}. */
        ANSWER,
        /** The one in progress answers no request that is known. */
        STRAY
    }

    private Begun begun = Begun.NOTHING;
    private @Nullable FramedMessage answering;

    private int closed;
    private int sure;
    private long forgotten;

    /** Requests that come now are suspects, as something of this turn was lost. */
    private boolean suspecting;

    private boolean requestGap;
    private boolean responseGap;
    private boolean closedResponseGap;

    /** A response came since the last request. */
    private boolean responded;

    /** Responses were lost in this turn, other than by a time-out. */
    private boolean lossOfResponses;

    /** A lost request may have begun a turn since the last message. */
    private boolean turnBegun;

    private boolean overlapSuspected;
    private boolean overlapping;
    private boolean blind;
    private long lastActivity = Long.MIN_VALUE;
    private long lastResponseAt = Long.MIN_VALUE;

    /** When the answer came to the latest request that let the other end wait: the ones after it have waited, too. */
    private long waitedUntil = Long.MIN_VALUE;

    /** When the request was entered that has ended the closed turn. */
    private long closedAt = Long.MAX_VALUE;

    public InOrderMatcher(int maxWaiting) {
        if (maxWaiting < 1) {
            throw new IllegalArgumentException("max waiting: " + maxWaiting + " (expected: >= 1)");
        }
        this.maxWaiting = maxWaiting;
        waiting = new Ring(maxWaiting);
        held = new Ring(maxWaiting);
    }

    /** The request that the next response will answer; null if none waits or if a loss makes it uncertain. */
    public @Nullable FramedMessage oldestWaiting() {
        return forgotten == 0 && sure > 0 ? waiting.at(closed) : null;
    }

    /** Takes out the request that the next response answers, as something else answers it; null if that is not known. */
    public @Nullable FramedMessage takeOldest() {
        FramedMessage oldest = oldestWaiting();
        if (oldest == null || closed > 0) {
            return null;
        }
        sure--;
        return waiting.poll();
    }

    /** Whether a response has begun whose end is to come, and it is settled which request it answers, if any. */
    public boolean isResponseUnderWay() {
        return begun != Begun.NOTHING;
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        if (request.message().outcome() == Outcome.ONE_WAY) {
            exchanges.oneWay(request);
            return;
        }
        if (request.truncated() && request.lastExitedAt() < lastResponseAt) {
            exchanges.unanswered(request, Unanswered.CAPTURE_LOSS);
            return;
        }
        boolean quiet = lastActivity != Long.MIN_VALUE && request.firstEnteredAt() - lastActivity >= QUIET_NANOS;
        lastActivity = Math.max(lastActivity, request.lastExitedAt());
        if (blind) {
            if (!quiet || isAnyOutstanding()) {
                exchanges.unanswered(request, Unanswered.CAPTURE_LOSS);
                return;
            }
            startTurn();
            blind = false;
        }
        if (responded) {
            if (isAnyOutstanding() || forgotten > 0) {
                overlapSuspected = !overlapping;
            } else if (suspecting && !turnBegun) {
                closeTurn(exchanges);
                closedAt = request.firstEnteredAt();
            }
        }
        responded = false;
        turnBegun = false;
        if (waiting.size() == maxWaiting) {
            giveOutOldest(exchanges);
        }
        waiting.add(request);
        if (!suspecting) {
            sure++;
        }
    }

    private boolean isAnyOutstanding() {
        return sure > 0 || answering != null;
    }

    @Override
    public void responseBegins(Exchanges exchanges) {
        if (overlapSuspected) {
            overlapSuspected = false;
            overlap(exchanges);
        }
        if (closed > 0) {
            return;
        }
        if (forgotten > 0) {
            forgotten--;
            begun = Begun.STRAY;
        } else if (sure > 0) {
            sure--;
            answering = waiting.poll();
            begun = Begun.ANSWER;
        } else if (waiting.size() == 0) {
            begun = Begun.STRAY;
        }
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        if (response.message().outcome() == Outcome.ONE_WAY) {
            exchanges.oneWay(response);
            return;
        }
        lastActivity = Math.max(lastActivity, response.lastExitedAt());
        lastResponseAt = Math.max(lastResponseAt, response.lastExitedAt());
        responded = true;
        turnBegun = false;
        if (overlapSuspected) {
            overlapSuspected = false;
            overlap(exchanges);
        }
        if (begun != Begun.NOTHING) {
            endBegun(response, exchanges);
            return;
        }
        if (closed > 0 && response.lastExitedAt() < closedAt) {
            hold(response, exchanges);
            return;
        }
        if (closed > 0) {
            pairClosed(exchanges);
        }
        if (forgotten > 0) {
            forgotten--;
            exchanges.unmatched(response);
        } else if (sure > 0) {
            sure--;
            answer(waiting.poll(), response, exchanges);
        } else if (waiting.size() > 0) {
            hold(response, exchanges);
        } else {
            exchanges.unmatched(response);
        }
    }

    private void endBegun(FramedMessage response, Exchanges exchanges) {
        FramedMessage request = answering;
        answering = null;
        begun = Begun.NOTHING;
        if (request != null) {
            answer(request, response, exchanges);
        } else {
            exchanges.unmatched(response);
        }
    }

    private void answer(FramedMessage request, FramedMessage response, Exchanges exchanges) {
        if (request.message().patienceNanos() > 0) {
            waitedUntil = response.lastExitedAt();
        }
        exchanges.answered(request, response);
    }

    @Override
    public void requestsLost(Exchanges exchanges) {
        if (waiting.size() > closed + sure) {
            giveUpSuspects(exchanges);
        }
        if (overlapping) {
            blind = true;
        }
        suspecting = true;
        requestGap = true;
        turnBegun = true;
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        giveUpBegun(Unanswered.CAPTURE_LOSS, exchanges);
        giveUpClosed(exchanges);
        giveUpHeld(exchanges);
        doubtWaiting(exchanges);
        lossOfResponses = true;
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        boolean inOrder = reason == Unanswered.CLOSED;
        giveUpBegun(reason, exchanges);
        if (closed > 0 && inOrder) {
            pairClosed(exchanges);
        }
        giveUpClosed(exchanges);
        int suspects = waiting.size() - sure;
        boolean answeredToTheEnd = responseGap || held.size() > suspects;
        if (inOrder && sure == 0 && (answeredToTheEnd || (suspects > FEW && held.size() == suspects))) {
            closed = suspects;
            closedResponseGap = true;
            pairClosed(exchanges);
        }
        giveUpHeld(exchanges);
        giveUpSure(reason, exchanges);
        giveUpWaiting(exchanges);
        startTurn();
        forgotten = 0;
        responded = false;
        turnBegun = false;
        overlapSuspected = false;
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        while (waiting.size() > 0 && isOverdue(waiting.at(0), deadline)) {
            FramedMessage oldest = waiting.poll();
            if (closed > 0) {
                takeFromClosed(oldest, exchanges);
            } else if (sure > 0) {
                sure--;
                exchanges.unanswered(oldest, reason);
                doubtWaiting(exchanges);
            } else {
                responseGap = true;
                boolean mayBeAnswered = requestGap || lossOfResponses || held.size() > 0;
                exchanges.unanswered(oldest, mayBeAnswered ? Unanswered.CAPTURE_LOSS : reason);
            }
        }
        if (waiting.size() == 0) {
            giveUpHeld(exchanges);
        }
    }

    private boolean isOverdue(FramedMessage oldest, long deadline) {
        long since = Math.max(oldest.lastExitedAt(), waitedUntil);
        return since < deadline && oldest.message().patienceNanos() < deadline - since;
    }

    @Override
    public int waiting() {
        return waiting.size() + (answering == null ? 0 : 1);
    }

    /** An unknown number of responses is missing before the next one: lost, or given up after a time-out. */
    private void doubtWaiting(Exchanges exchanges) {
        if (overlapping) {
            giveUpWaiting(exchanges);
            blind = true;
        } else if (requestGap) {
            giveUpSure(Unanswered.CAPTURE_LOSS, exchanges);
        }
        sure = 0;
        forgotten = 0;
        suspecting = true;
        responseGap = true;
        overlapSuspected = false;
    }

    /** The turn's suspects wait for the next response; what comes now is sure. */
    private void closeTurn(Exchanges exchanges) {
        closed = waiting.size();
        closedResponseGap = responseGap;
        if (closed == 0) {
            giveUpHeld(exchanges);
        }
        startTurn();
    }

    private void startTurn() {
        suspecting = false;
        requestGap = false;
        responseGap = false;
        lossOfResponses = false;
    }

    private void hold(FramedMessage response, Exchanges exchanges) {
        if (held.size() == maxWaiting) {
            exchanges.unmatched(held.poll());
        }
        held.add(response);
    }

    private void pairClosed(Exchanges exchanges) {
        if (held.size() < closed && !closedResponseGap) {
            // In lock-step each of them would have been answered before the turn ended.
            overlap(exchanges);
            return;
        }
        int pairs = Math.min(closed, held.size());
        for (; closed > pairs; closed--) {
            exchanges.unanswered(waiting.poll(), Unanswered.CAPTURE_LOSS);
        }
        while (held.size() > pairs) {
            exchanges.unmatched(held.poll());
        }
        for (; closed > 0; closed--) {
            exchanges.answered(waiting.poll(), held.poll());
        }
    }

    /** The client is now known to overlap: what a loss has made uncertain cannot be saved. */
    private void overlap(Exchanges exchanges) {
        overlapping = true;
        if (closed > 0) {
            // The turn that seemed to have ended had not, so what came since is not sure either.
            giveUpClosed(exchanges);
            giveUpSure(Unanswered.CAPTURE_LOSS, exchanges);
            blind = true;
        }
        if (suspecting) {
            giveUpSuspects(exchanges);
            blind = true;
        }
    }

    private void giveOutOldest(Exchanges exchanges) {
        FramedMessage oldest = waiting.poll();
        if (closed > 0) {
            takeFromClosed(oldest, exchanges);
            return;
        }
        if (sure > 0) {
            sure--;
            forgotten++;
        }
        exchanges.unanswered(oldest, Unanswered.CAPTURE_LOSS);
    }

    private void takeFromClosed(FramedMessage oldest, Exchanges exchanges) {
        closed--;
        exchanges.unanswered(oldest, Unanswered.CAPTURE_LOSS);
        if (closed == 0) {
            giveUpHeld(exchanges);
        }
    }

    private void giveUpClosed(Exchanges exchanges) {
        if (closed > 0) {
            giveUpHeld(exchanges);
            for (; closed > 0; closed--) {
                exchanges.unanswered(waiting.poll(), Unanswered.CAPTURE_LOSS);
            }
        }
    }

    /** The response that has begun has no known end. */
    private void giveUpBegun(Unanswered reason, Exchanges exchanges) {
        FramedMessage request = answering;
        answering = null;
        begun = Begun.NOTHING;
        if (request != null) {
            exchanges.unanswered(request, reason);
        }
    }

    private void giveUpSure(Unanswered reason, Exchanges exchanges) {
        for (; sure > 0; sure--) {
            exchanges.unanswered(waiting.poll(), reason);
        }
    }

    private void giveUpSuspects(Exchanges exchanges) {
        if (closed == 0) {
            giveUpHeld(exchanges);
        }
        int keep = closed + sure;
        for (int i = keep; i < waiting.size(); i++) {
            exchanges.unanswered(waiting.at(i), Unanswered.CAPTURE_LOSS);
        }
        waiting.cutTo(keep);
    }

    private void giveUpWaiting(Exchanges exchanges) {
        sure = 0;
        closed = 0;
        while (waiting.size() > 0) {
            exchanges.unanswered(waiting.poll(), Unanswered.CAPTURE_LOSS);
        }
    }

    private void giveUpHeld(Exchanges exchanges) {
        while (held.size() > 0) {
            exchanges.unmatched(held.poll());
        }
    }

    /** A queue in an array that doubles when full. */
    private static final class Ring {

        private static final int FIRST_CAPACITY = 4;
        private static final @Nullable FramedMessage[] NONE = new FramedMessage[0];

        private final int limit;
        private @Nullable FramedMessage[] slots = NONE;
        private int head;
        private int size;

        Ring(int limit) {
            this.limit = limit;
        }

        int size() {
            return size;
        }

        FramedMessage at(int index) {
            FramedMessage found = slots[(head + index) & (slots.length - 1)];
            if (index >= size || found == null) {
                throw new IndexOutOfBoundsException("index: " + index + " (expected: < " + size + ")");
            }
            return found;
        }

        void add(FramedMessage message) {
            if (size == limit) {
                throw new IllegalStateException("size: " + size + " (expected: < " + limit + ")");
            }
            if (size == slots.length) {
                grow();
            }
            slots[(head + size) & (slots.length - 1)] = message;
            size++;
        }

        FramedMessage poll() {
            FramedMessage oldest = at(0);
            slots[head] = null;
            head = (head + 1) & (slots.length - 1);
            size--;
            return oldest;
        }

        /** Forgets the youngest. */
        void cutTo(int newSize) {
            for (; size > newSize; size--) {
                slots[(head + size - 1) & (slots.length - 1)] = null;
            }
        }

        private void grow() {
            @Nullable FramedMessage[] larger = new FramedMessage[Math.max(FIRST_CAPACITY, slots.length * 2)];
            for (int i = 0; i < size; i++) {
                larger[i] = slots[(head + i) & (slots.length - 1)];
            }
            slots = larger;
            head = 0;
        }
    }
}
