package io.kyanos.protocol.http2;

import io.kyanos.protocol.grpc.MessageCounts;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.RoutedRequest;
import io.kyanos.protocol.web.StatusCode;
import io.kyanos.record.Attribute;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.DurationText;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.StreamedEvents;
import io.kyanos.record.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request or a response. Immutable but for the operation of a request whose words its answer decides on: until then it is the
 * method alone.
 */
final class Http2Message implements Message, RoutedRequest {

    /** In place of what blocks that were missed would tell. */
    static final String UNKNOWN = "unknown";

    private final HttpMethod method;
    private String operation;
    private String undecidedPath;
    private final String status;
    private final Outcome outcome;
    private final long wireBytes;
    private final Details details;
    private final Trace trace;

    /** Of a call, not of any other exchange. */
    private final boolean isCall;

    /** The response shows that the server has the method. */
    private final boolean showsTheMethod;

    /** Those of a call, where details are asked for. */
    private final @Nullable MessageCounts messages;

    private final @Nullable StreamedEvents events;
    private long begunAt = StreamedEvents.UNKNOWN;

    private Http2Message(
            HttpMethod method,
            String operation,
            String undecidedPath,
            String status,
            Outcome outcome,
            long wireBytes,
            Details details,
            Trace trace,
            boolean isCall,
            boolean showsTheMethod,
            @Nullable MessageCounts messages,
            @Nullable StreamedEvents events) {
        this.method = method;
        this.operation = operation;
        this.undecidedPath = undecidedPath;
        this.status = status;
        this.outcome = outcome;
        this.wireBytes = wireBytes;
        this.details = details;
        this.trace = trace;
        this.isCall = isCall;
        this.showsTheMethod = showsTheMethod;
        this.messages = messages;
        this.events = events;
    }

    /** What the stream says of its request, of which so much has been seen. */
    static Http2Message request(Http2Stream stream, boolean inDetail) {
        Http2Call call = stream.asCall();
        String operation = call == null ? stream.operation : call.operation;
        String undecided = operation != null ? "" : call == null ? stream.undecidedPath : call.name;
        List<Value> values = stream.requestValues;
        if (inDetail && call != null) {
            values = call.ofRequest(values);
        }
        return new Http2Message(
                stream.method,
                operation == null ? stream.method.label() : operation,
                undecided,
                "",
                Outcome.OK,
                stream.requestBytes,
                inDetail
                        ? new Details(
                                stream.resource,
                                withBody(
                                        values,
                                        stream.requestBodyBytes,
                                        Http2Attribute.REQUEST_STALLED_MS,
                                        stream.asking),
                                "")
                        : Details.NONE,
                stream.trace,
                call != null,
                false,
                call == null ? null : call.requestMessages(),
                null);
    }

    /** What the stream says of its response, which has ended. */
    static Http2Message response(Http2Stream stream, boolean inDetail) {
        Http2Call call = stream.asCall();
        return answer(
                stream,
                status(stream),
                call == null ? outcome(stream.code) : call.outcome(stream.code),
                stream.responseBytes,
                inDetail,
                List.of());
    }

    /** The status as it is shown. */
    static String status(Http2Stream stream) {
        Http2Call call = stream.asCall();
        if (call != null) {
            return call.status(stream.code);
        }
        return stream.code == 0 ? UNKNOWN : StatusCode.text(stream.code);
    }

    private static Outcome outcome(int code) {
        return code == 0 ? Outcome.UNKNOWN : StatusCode.outcome(code);
    }

    /** What the stream says of its response, which {@code code} has ended before its end. */
    static Http2Message reset(Http2Stream stream, ErrorCode code, long wireBytes, boolean inDetail) {
        return answer(
                stream,
                code.name(),
                code.outcome(),
                wireBytes,
                inDetail,
                List.of(new Value(Http2Attribute.RESET, code.name())));
    }

    private static Http2Message answer(
            Http2Stream stream, String status, Outcome outcome, long wireBytes, boolean inDetail, List<Value> further) {
        Http2Call call = stream.asCall();
        Details details = Details.NONE;
        if (inDetail) {
            List<Value> values = new ArrayList<>(
                    call == null ? stream.responseValues : call.ofResponse(stream.responseValues, stream.code));
            values.addAll(further);
            details = new Details(
                    "",
                    withBody(values, stream.responseBodyBytes, Http2Attribute.RESPONSE_STALLED_MS, stream.telling),
                    "");
        }
        return new Http2Message(
                HttpMethod.OTHER,
                "",
                "",
                status,
                outcome,
                wireBytes,
                details,
                Trace.NONE,
                call != null,
                call != null && call.showsTheMethod(stream.code),
                call == null ? null : call.responseMessages(),
                call != null || stream.events == null ? null : stream.events.events());
    }

    private static List<Value> withBody(
            List<Value> values, long bodyBytes, Attribute stalled, FlowControl.@Nullable Window window) {
        List<Value> all = new ArrayList<>(values);
        if (bodyBytes >= 0) {
            all.add(new Value(Http2Attribute.BODY_BYTES, Long.toString(bodyBytes)));
        }
        if (window != null && window.stalledNanos() != StreamedEvents.UNKNOWN) {
            all.add(new Value(stalled, DurationText.millis(window.stalledNanos())));
        }
        return all;
    }

    /** Whether this one, which has no details, is this request. */
    boolean isRequest(boolean ofCall, HttpMethod of, @Nullable String ofOperation, long ofWireBytes) {
        return isCall == ofCall && method == of && operation.equals(ofOperation) && wireBytes == ofWireBytes;
    }

    /** Whether this one, which has no details, is this response. */
    boolean isResponse(String ofStatus, long ofWireBytes, boolean showing) {
        return showsTheMethod == showing && status.equals(ofStatus) && wireBytes == ofWireBytes;
    }

    /** Whether its status is a code of HTTP. */
    boolean hasCode() {
        return !status.isEmpty() && Character.isDigit(status.charAt(0));
    }

    /** Whether it is of a call. */
    boolean isCall() {
        return isCall;
    }

    /** Whether this response shows that its server has the method that was called. */
    boolean showsTheMethod() {
        return showsTheMethod;
    }

    boolean isUndecided() {
        return !undecidedPath.isEmpty();
    }

    @Override
    public HttpMethod method() {
        return method;
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
        if (messages != null) {
            begunAt = at;
        }
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
        for (Value value : details.attributes()) {
            visitor.attribute(value.of(), value.text());
        }
        if (events != null && !details.attributes().isEmpty()) {
            events.attributes(visitor);
        }
        if (messages != null && status.isEmpty()) {
            messages.ofRequest(visitor, begunAt);
        } else if (messages != null) {
            messages.ofResponse(visitor, begunAt);
        }
    }

    @Override
    public String toString() {
        return (operation.isEmpty() ? status : operation) + " (" + wireBytes + " bytes)";
    }
}
