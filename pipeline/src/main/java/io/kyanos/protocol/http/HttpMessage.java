package io.kyanos.protocol.http;

import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.RoutedRequest;
import io.kyanos.protocol.web.StatusCode;
import io.kyanos.record.Details;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.StreamedEvents;
import io.kyanos.record.Trace;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request or a response, as far as the conversation's detail asked for it. Immutable but for the operation of a request
 * whose words its answer decides on: until then it is the method alone. Whatever decides hands the message on.
 */
final class HttpMessage implements Message, RoutedRequest {

    private final HttpMethod method;
    private String operation;
    private String undecidedPath;
    private final String status;
    private final Outcome outcome;
    private final long wireBytes;
    private final Details details;
    private final Trace trace;
    private final @Nullable StreamedEvents events;

    private HttpMessage(
            HttpMethod method,
            String operation,
            String undecidedPath,
            String status,
            Outcome outcome,
            long wireBytes,
            Details details,
            Trace trace,
            @Nullable StreamedEvents events) {
        this.method = method;
        this.operation = operation;
        this.undecidedPath = undecidedPath;
        this.status = status;
        this.outcome = outcome;
        this.wireBytes = wireBytes;
        this.details = details;
        this.trace = trace;
        this.events = events;
    }

    /** @param undecidedPath what of the path decides on the operation later; empty if it is decided */
    static HttpMessage request(
            HttpMethod method, String operation, String undecidedPath, long wireBytes, Details details, Trace trace) {
        return new HttpMessage(method, operation, undecidedPath, "", Outcome.OK, wireBytes, details, trace, null);
    }

    /** @param events of a streamed answer; given away */
    static HttpMessage response(int code, long wireBytes, Details details, @Nullable StreamedEvents events) {
        return new HttpMessage(
                HttpMethod.OTHER,
                "",
                "",
                StatusCode.text(code),
                StatusCode.outcome(code),
                wireBytes,
                details,
                Trace.NONE,
                events);
    }

    /** Whether this one, which has no details, is this request. */
    boolean isRequest(HttpMethod of, String ofOperation, long ofWireBytes) {
        return method == of && operation.equals(ofOperation) && wireBytes == ofWireBytes;
    }

    /** Whether this one, which has no details, is this response. */
    boolean isResponse(int code, long ofWireBytes) {
        return status.equals(StatusCode.text(code)) && wireBytes == ofWireBytes;
    }

    /** A request's method; {@link HttpMethod#OTHER} for a response. */
    @Override
    public HttpMethod method() {
        return method;
    }

    boolean isUndecided() {
        return !undecidedPath.isEmpty();
    }

    @Override
    public String undecidedPath() {
        return undecidedPath;
    }

    @Override
    public void decided(String as) {
        operation = as;
        undecidedPath = "";
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String status() {
        return status;
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public long wireBytes() {
        return wireBytes;
    }

    @Override
    public Details details() {
        return details;
    }

    @Override
    public Trace trace() {
        return trace;
    }

    @Override
    public void begunAt(long at) {
        if (events != null) {
            events.requestedAt(at);
        }
    }

    @Override
    public Optional<StreamedEvents> streamed() {
        return Optional.ofNullable(events);
    }

    @Override
    public void attributes(AttributeVisitor visitor) {
        Message.super.attributes(visitor);
        if (events != null) {
            events.attributes(visitor);
        }
    }

    @Override
    public String toString() {
        return (operation.isEmpty() ? status : operation) + " (" + wireBytes + " bytes)";
    }
}
