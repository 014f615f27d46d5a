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
    private final BooleanSupplier requestInHand;

    private @Nullable FramedMessage early;

    /** The response in hand began when no request had come that it could answer. */
    private boolean orphan;

    HttpMatcher(InOrderMatcher inOrder, BooleanSupplier requestInHand) {
        this.inOrder = inOrder;
        this.requestInHand = requestInHand;
    }

    /** The head of a response has been seen; its end may come after the next request. */
    void responseBegins() {
        orphan = early == null && inOrder.waiting() == 0 && !requestInHand.getAsBoolean();
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        inOrder.request(request, exchanges);
        if (early != null) {
            FramedMessage response = early;
            early = null;
            inOrder.response(response, exchanges);
        }
    }

    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        boolean answersNothing = orphan;
        orphan = false;
        if (answersNothing && inOrder.waiting() > 0) {
            exchanges.unmatched(response);
        } else if (early == null && inOrder.oldestWaiting() == null && requestInHand.getAsBoolean()) {
            early = response;
        } else {
            inOrder.response(response, exchanges);
        }
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
    public void timedOut(long deadline, Exchanges exchanges) {
        inOrder.timedOut(deadline, exchanges);
    }

    @Override
    public int waiting() {
        return inOrder.waiting();
    }

    private void giveUpEarly(Exchanges exchanges) {
        if (early != null) {
            exchanges.unmatched(early);
            early = null;
        }
    }
}
