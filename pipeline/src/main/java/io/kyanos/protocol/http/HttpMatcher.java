package io.kyanos.protocol.http;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.record.Unanswered;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Pairs in order, and lets a response end before its request does: a server may answer while an upload is still under way
 * (RFC 9112 section 9.5). Such a response is kept, at most one, until the request's end is seen. Not thread-safe.
 *
 * <p>A response is taken for such a one if a request is in hand and no earlier one is known to wait for it.
 */
final class HttpMatcher implements Matcher {

    private final InOrderMatcher inOrder;
    private final BooleanSupplier requestOpen;

    private @Nullable FramedMessage early;

    /** The response in hand answers the request in hand. */
    private boolean beganEarly;

    HttpMatcher(InOrderMatcher inOrder, BooleanSupplier requestOpen) {
        this.inOrder = inOrder;
        this.requestOpen = requestOpen;
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
        } else {
            inOrder.response(response, exchanges);
        }
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
