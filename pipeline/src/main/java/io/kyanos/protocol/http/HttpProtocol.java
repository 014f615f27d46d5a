package io.kyanos.protocol.http;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.protocol.web.RouteTemplates;
import io.kyanos.record.Endpoint;
import java.util.Map;

/** HTTP/1.0 and HTTP/1.1. Immutable but for the words that its routes admit and the messages that it shares; used by all connections and threads. */
public final class HttpProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = HttpDescriptor.of();

    static final int DEFAULT_MAX_WAITING = 65_536;

    private final RouteTemplates routes;
    private final int maxWaiting;
    private final HttpMessages messages = new HttpMessages();

    public HttpProtocol(RouteTemplates routes) {
        this(routes, DEFAULT_MAX_WAITING);
    }

    /** @param maxWaiting how many requests of one connection may wait for their responses; older ones are given up */
    public HttpProtocol(RouteTemplates routes, int maxWaiting) {
        this.routes = routes;
        this.maxWaiting = maxWaiting;
    }

    /**
     * As the whole configuration shapes it.
     *
     * @throws ConfigException where a value of {@code kyanos.http} is out of its bounds
     */
    public static HttpProtocol of(Config config) {
        return new HttpProtocol(RouteTemplates.of(config));
    }

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    /**
     * Looks for a request line of one of the nine methods, or for a status line. A line that the view holds whole must be
     * right to its end; of a longer one its visible beginning is enough once the target has begun.
     */
    @Override
    public Guess guess(ByteView head, ByteView other) {
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
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
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
    public Map<String, Long> boundsMet() {
        return routes.boundsMet();
    }
}
