package io.kyanos.protocol.http;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.record.Unanswered;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pairs in order, and lets a response end before its request does: a server may answer while an upload is still in progress
 * (RFC 9112 section 9.5). Such a response is kept, at most one, until the request's end is seen. Not thread-safe.
 *
 * <p>The response that switches to a protocol in which the request is answered is kept until it is known whether anybody
 * reads that.
 *
 * <p>A response counts as early if a request is in progress and no earlier one is known to wait for it.
 */
final class HttpMatcher implements Matcher {

    private final InOrderMatcher inOrder;
    private final BooleanSupplier requestOpen;
    private final BooleanSupplier answeredLater;

    private @Nullable FramedMessage early;

    /** The current response answers the unfinished request. */
    private boolean beganEarly;

    /** The last response, where the protocol that it switches to answers the request that waits. */
    private @Nullable FramedMessage switching;

    /**
     * @param requestOpen whether a request has begun whose end is to come
     * @param answeredLater whether the connection goes on in a protocol that answers the request that asked for it
     */
    HttpMatcher(InOrderMatcher inOrder, BooleanSupplier requestOpen, BooleanSupplier answeredLater) {
        this.inOrder = inOrder;
        this.requestOpen = requestOpen;
        this.answeredLater = answeredLater;
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        inOrder.request(request, exchanges);
        if (beganEarly) {
            beganEarly = false;
            inOrder.responseBegins(exchanges);
        } else if (early != null) {
            FramedMessage response = early;
            early = null;
            inOrder.response(response, exchanges);
        }
    }

    @Override
    public void responseBegins(Exchanges exchanges) {
        if (answersOpenRequest()) {
            beganEarly = true;
        } else {
            inOrder.responseBegins(exchanges);
        }
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        beganEarly = false;
        if (!inOrder.isResponseUnderWay() && answersOpenRequest()) {
            early = response;
        } else if (answeredLater.getAsBoolean() && inOrder.oldestWaiting() != null) {
            switching = response;
        } else {
            inOrder.response(response, exchanges);
        }
    }

    /** Takes out the request that the next protocol answers; null if there is none. */
    @Nullable
    FramedMessage handOver(Exchanges exchanges) {
        FramedMessage announcing = switching;
        FramedMessage request = announcing == null ? null : inOrder.takeOldest();
        if (announcing != null && request != null) {
            switching = null;
            exchanges.repeated(announcing);
        }
        return request;
    }

    private boolean answersOpenRequest() {
        return early == null && inOrder.oldestWaiting() == null && requestOpen.getAsBoolean();
    }

    @Override
    public void requestsLost(Exchanges exchanges) {
        giveUpEarly(exchanges);
        inOrder.requestsLost(exchanges);
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        giveUpEarly(exchanges);
        inOrder.responsesLost(exchanges);
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        giveUpEarly(exchanges);
        FramedMessage last = switching;
        if (last != null) {
            switching = null;
            inOrder.response(last, exchanges);
        }
        inOrder.ended(reason, exchanges);
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        inOrder.timedOut(deadline, reason, exchanges);
    }

    @Override
    public int waiting() {
        return inOrder.waiting();
    }

    private void giveUpEarly(Exchanges exchanges) {
        beganEarly = false;
        if (early != null) {
            exchanges.unmatched(early);
            early = null;
        }
    }
}
