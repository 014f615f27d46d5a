package io.kyanos.protocol.http;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Handover;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.ServerRoutes;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1 connection. A response is framed by its request's method (RFC 9112 section 6.3), and after an upgrade or a
 * tunnel both directions speak something else. Not thread-safe.
 */
final class HttpConversation implements Conversation {

    private final InOrderMatcher inOrder;
    private final HttpMatcher matcher;
    private final ServerRoutes routes;
    private final HttpRequestParser requests;
    private final HttpResponseParser responses;

    private @Nullable String upgradedTo;

    HttpConversation(Detail detail, ServerRoutes routes, HttpMessages messages, int maxWaiting) {
        this.routes = routes;
        inOrder = new InOrderMatcher(maxWaiting);
        requests = new HttpRequestParser(this, detail, routes, messages);
        responses = new HttpResponseParser(this, detail, messages);
        matcher = new HttpMatcher(inOrder, requests::isInMessage, () -> HttpResponseParser.H2C.equals(upgradedTo));
    }

    @Override
    public Parser requests() {
        return requests;
    }

    @Override
    public Parser responses() {
        return responses;
    }

    @Override
    public Matcher matcher() {
        return matcher;
    }

    /** Which words of a path are part of its route depends on the answer. */
    @Override
    public void concluded(FramedMessage request, @Nullable FramedMessage response) {
        if (request.message() instanceof HttpMessage asked && asked.isUndecided()) {
            routes.decide(
                    asked,
                    response != null ? response.message() : null,
                    response != null ? response.lastExitedAt() : request.lastExitedAt());
        }
    }

    /** HTTP/2 answers the request that asked for it (RFC 7540 section 3.2). */
    @Override
    public @Nullable Handover handOver(Matcher.Exchanges exchanges) {
        FramedMessage request = matcher.handOver(exchanges);
        return request == null ? null : new Handover(request, requests.bodyBytes(), requests.settings());
    }

    /** The method of the request that the next response answers, or null if that request is not known. */
    @Nullable
    HttpMethod awaitedMethod() {
        FramedMessage oldest = inOrder.oldestWaiting();
        if (oldest != null && oldest.message() instanceof HttpMessage request) {
            return request.method();
        }
        return requests.isInMessage() ? requests.method() : null;
    }

    /** The protocol that both directions speak from now on, or null while it is HTTP. */
    @Nullable
    String upgradedTo() {
        return upgradedTo;
    }

    void upgrade(String protocol) {
        upgradedTo = protocol;
    }
}
