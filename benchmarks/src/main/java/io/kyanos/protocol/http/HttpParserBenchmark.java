package io.kyanos.protocol.http;

import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.WholeMessage;
import io.kyanos.protocol.web.RouteTemplates;
import io.kyanos.record.Message;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A GET and a 200 of 1 KiB, of known length, in chunks or a stream of events, parsed as the exporter parses them: labels and sizes, no headers kept, no text. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HttpParserBenchmark {

    private static final int BODY_BYTES = 1024;
    private static final int EVENTS = 20;
    private static final String GET = """
            GET /api/users/8412/orders?page=3 HTTP/1.1
            Host: shop.example:8080
            User-Agent: curl/7.88.1
            Accept: */*
            """;

    private final Conversation conversation =
            new HttpProtocol(new RouteTemplates(List.of())).newConversation(Detail.NONE);
    private final WholeMessage request = new WholeMessage(conversation.requests(), ascii(GET + "\n"));
    private final WholeMessage searched = new WholeMessage(searching().requests(), ascii(GET + "\n"));
    private final WholeMessage traced = new WholeMessage(
            searching().requests(),
            ascii(GET + "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n\n"));
    private final WholeMessage response =
            new WholeMessage(conversation.responses(), ascii("""
            HTTP/1.1 200 OK
            Server: nginx/1.22.1
            Date: Sun, 22 Nov 2026 12:00:00 GMT
            Content-Type: application/json
            Content-Length: %d
            Connection: keep-alive

            """.formatted(BODY_BYTES) + "x".repeat(BODY_BYTES)));

    private final WholeMessage chunked = new WholeMessage(conversation.responses(), chunked("text/plain"));
    private final WholeMessage streamed = new WholeMessage(conversation.responses(), chunked("text/event-stream"));

    @Benchmark
    public Message getRequest() {
        return request.parse();
    }

    /** Searched for ids of traces, of which it has none. */
    @Benchmark
    public Message searchedRequest() {
        return searched.parse();
    }

    /** Searched for them, and found. */
    @Benchmark
    public Message tracedRequest() {
        return traced.parse();
    }

    @Benchmark
    public Message okResponse() {
        return response.parse();
    }

    /** A chunk for each of 20 lines of 50 bytes. */
    @Benchmark
    public Message chunkedResponse() {
        return chunked.parse();
    }

    /** The same, each line an event. */
    @Benchmark
    public Message streamedResponse() {
        return streamed.parse();
    }

    private static byte[] chunked(String type) {
        String event = "data: " + "x".repeat(42) + "\n\n";
        return ("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + ("32\r\n" + event + "\r\n").repeat(EVENTS) + "0\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static Conversation searching() {
        return new HttpProtocol(new RouteTemplates(List.of())).newConversation(Detail.NONE.withTraces());
    }

    private static byte[] ascii(String text) {
        return text.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
