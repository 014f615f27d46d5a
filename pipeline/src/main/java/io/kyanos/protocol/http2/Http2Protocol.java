package io.kyanos.protocol.http2;

import com.typesafe.config.Config;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.protocol.grpc.RpcOperations;
import io.kyanos.protocol.web.RouteTemplates;
import io.kyanos.record.Endpoint;
import java.util.Map;

/** HTTP/2 in clear text. Immutable but for the words that its routes admit and the messages that it shares. */
public final class Http2Protocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = Http2Descriptor.of();

    static final int DEFAULT_MAX_STREAMS = 65_536;

    private final RouteTemplates routes;
    private final RpcOperations operations;
    private final Http2Messages messages = new Http2Messages();
    private final KeptBytes kept = new KeptBytes(KeptBytes.DEFAULT_MOST);

    public Http2Protocol(RouteTemplates routes) {
        this(routes, new RpcOperations(routes.settings()));
    }

    private Http2Protocol(RouteTemplates routes, RpcOperations operations) {
        this.routes = routes;
        this.operations = operations;
    }

    /** As the whole configuration shapes it: routes by the keys of HTTP/1. */
    public static Http2Protocol of(Config config) {
        return new Http2Protocol(RouteTemplates.of(config));
    }

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        return Http2Guess.guess(head, other);
    }

    @Override
    public boolean mayGreet(ByteView head) {
        return Http2Guess.isGreeting(head);
    }

    @Override
    public boolean takesOver(String upgrade) {
        return upgrade.equals("h2c");
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        return new Http2Conversation(
                detail, routes.of(server), operations.of(server), messages, kept.newShare(), DEFAULT_MAX_STREAMS);
    }

    @Override
    public Protocol inSteps() {
        return new Http2Protocol(routes.inSteps(), operations.inSteps());
    }

    @Override
    public void settle() {
        routes.settle();
        operations.settle();
    }

    @Override
    public Map<String, Long> boundsMet() {
        Map<String, Long> counts = routes.boundsMet();
        operations.countBoundsMet(counts);
        counts.put("http2_memory", kept.refused());
        return counts;
    }
}
