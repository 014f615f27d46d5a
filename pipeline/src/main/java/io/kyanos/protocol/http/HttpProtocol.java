package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Redaction;
import io.kyanos.record.Attribute;
import io.kyanos.record.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** HTTP/1.0 and HTTP/1.1. Immutable but for the words that its routes admit and the messages that it shares; used by all connections and threads. */
public final class HttpProtocol implements Protocol {

    public static final String NAME = "http";

    private static final int DEFAULT_MAX_WAITING = 65_536;

    private final RouteTemplates routes;
    private final RouteTemplates knownRoutes;
    private final int maxWaiting;
    private final HttpMessages messages = new HttpMessages();

    public HttpProtocol(RouteTemplates routes) {
        this(routes, DEFAULT_MAX_WAITING);
    }

    /** @param maxWaiting how many requests of one connection may wait for their responses; older ones are given up */
    public HttpProtocol(RouteTemplates routes, int maxWaiting) {
        this.routes = routes;
        this.knownRoutes = routes.known();
        this.maxWaiting = maxWaiting;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Attribute> attributes() {
        return HttpAttribute.ALL;
    }

    /**
     * Looks for a request line of one of the nine methods, or for a status line. A line that the view holds whole must be
     * right to its end; of a longer one its visible beginning is enough once the target has begun.
     */
    @Override
    public Guess guess(ByteView head) {
        if (head.isEmpty()) {
            return Guess.UNSURE;
        }
        return switch (StartLine.response(head, 0)) {
            case YES -> Guess.RESPONSE;
            case PARTLY -> Guess.UNSURE;
            case NO -> StartLine.guessRequest(head);
        };
    }

    @Override
    public Conversation newConversation(Detail detail) {
        return newConversation(detail, Endpoint.NONE);
    }

    @Override
    public Conversation newConversation(Detail detail, Endpoint server) {
        return new HttpConversation(detail, routes.of(server), messages, maxWaiting);
    }

    @Override
    public Protocol inSteps() {
        return new HttpProtocol(routes.inSteps(), maxWaiting);
    }

    @Override
    public void settle() {
        routes.settle();
    }

    @Override
    public Set<String> invalidReasons() {
        return Reason.ALL;
    }

    @Override
    public Map<String, Long> boundsMet() {
        return routes.boundsMet();
    }

    /** Leaves the words of the vocabulary and of patterns: one answer does not show that a word may be written to a file. */
    @Override
    public Redaction newRedaction() {
        return new HttpRedaction(knownRoutes.of(Endpoint.NONE));
    }
}
