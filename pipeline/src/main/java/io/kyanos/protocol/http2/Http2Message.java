package io.kyanos.protocol.http2;

import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.protocol.web.RoutedRequest;
import io.kyanos.protocol.web.StatusCode;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.Trace;
import java.util.ArrayList;
import java.util.List;
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

    private Http2Message(
            HttpMethod method,
            String operation,
            String undecidedPath,
            String status,
            Outcome outcome,
            long wireBytes,
            Details details,
            Trace trace) {
        this.method = method;
        this.operation = operation;
        this.undecidedPath = undecidedPath;
        this.status = status;
        this.outcome = outcome;
        this.wireBytes = wireBytes;
        this.details = details;
        this.trace = trace;
    }

    /** What the stream says of its request, of which so much has been seen. */
    static Http2Message request(Http2Stream stream, boolean inDetail) {
        String operation = stream.operation;
        return new Http2Message(
                stream.method,
                operation == null ? stream.method.label() : operation,
                stream.undecidedPath,
                "",
                Outcome.OK,
                stream.requestBytes,
                inDetail
                        ? new Details(stream.resource, withBody(stream.requestValues, stream.requestBodyBytes), "")
                        : Details.NONE,
                stream.trace);
    }

    /** What the stream says of its response, which has ended. */
    static Http2Message response(Http2Stream stream, boolean inDetail) {
        return new Http2Message(
                HttpMethod.OTHER,
                "",
                "",
                StatusCode.text(stream.code),
                StatusCode.outcome(stream.code),
                stream.responseBytes,
                inDetail
                        ? new Details("", withBody(stream.responseValues, stream.responseBodyBytes), "")
                        : Details.NONE,
                Trace.NONE);
    }

    /** What the stream says of its response, which {@code code} has ended before its end. */
    static Http2Message reset(Http2Stream stream, ErrorCode code, long wireBytes, boolean inDetail) {
        List<Value> values = stream.responseValues;
        if (inDetail) {
            values = new ArrayList<>(values);
            values.add(new Value(Http2Attribute.RESET, code.name()));
        }
        return new Http2Message(
                HttpMethod.OTHER,
                "",
                "",
                code.name(),
                code.outcome(),
                wireBytes,
                inDetail ? new Details("", withBody(values, stream.responseBodyBytes), "") : Details.NONE,
                Trace.NONE);
    }

    private static List<Value> withBody(List<Value> values, long bodyBytes) {
        if (bodyBytes < 0) {
            return values;
        }
        List<Value> all = new ArrayList<>(values);
        all.add(new Value(Http2Attribute.BODY_BYTES, Long.toString(bodyBytes)));
        return all;
    }

    /** Whether this one, which has no details, is this request. */
    boolean isRequest(HttpMethod of, @Nullable String ofOperation, long ofWireBytes) {
        return method == of && operation.equals(ofOperation) && wireBytes == ofWireBytes;
    }

    /** Whether this one, which has no details, is this response. */
    boolean isResponse(String ofStatus, long ofWireBytes) {
        return status.equals(ofStatus) && wireBytes == ofWireBytes;
    }

    /** Whether a side has reset the stream before the response ended. */
    boolean isReset() {
        return !status.isEmpty() && !Character.isDigit(status.charAt(0));
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
    public String toString() {
        return (operation.isEmpty() ? status : operation) + " (" + wireBytes + " bytes)";
    }
}
