package io.kyanos.protocol.http;

import io.kyanos.record.Attribute;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.Trace;

/**
 * A request or a response, as far as the conversation's detail asked for it. Immutable but for the operation of a request
 * whose words its answer decides on: until then it is the method alone. Whatever decides hands the message on.
 */
final class HttpMessage implements Message {

    /** What the message says of one attribute. */
    record Value(Attribute of, String text) {}

    static final Value[] NO_ATTRIBUTES = {};

    private final HttpMethod method;
    private String operation;
    private String undecidedPath;
    private final String resource;
    private final String status;
    private final Outcome outcome;
    private final long wireBytes;
    private final Value[] attributes;
    private final String text;
    private final Trace trace;

    private HttpMessage(
            HttpMethod method,
            String operation,
            String undecidedPath,
            String resource,
            String status,
            Outcome outcome,
            long wireBytes,
            Value[] attributes,
            String text,
            Trace trace) {
        this.method = method;
        this.operation = operation;
        this.undecidedPath = undecidedPath;
        this.resource = resource;
        this.status = status;
        this.outcome = outcome;
        this.wireBytes = wireBytes;
        this.attributes = attributes;
        this.text = text;
        this.trace = trace;
    }

    /**
     * @param undecidedPath what of the path decides on the operation later; empty if it is decided
     * @param attributes given away
     */
    static HttpMessage request(
            HttpMethod method,
            String operation,
            String undecidedPath,
            String resource,
            long wireBytes,
            Value[] attributes,
            String text,
            Trace trace) {
        return new HttpMessage(
                method, operation, undecidedPath, resource, "", Outcome.OK, wireBytes, attributes, text, trace);
    }

    /** A request without ids of traces. */
    static HttpMessage request(
            HttpMethod method,
            String operation,
            String undecidedPath,
            String resource,
            long wireBytes,
            Value[] attributes,
            String text) {
        return request(method, operation, undecidedPath, resource, wireBytes, attributes, text, Trace.NONE);
    }

    /** @param attributes given away */
    static HttpMessage response(int code, long wireBytes, Value[] attributes, String text) {
        return new HttpMessage(
                HttpMethod.OTHER,
                "",
                "",
                "",
                StatusCode.text(code),
                StatusCode.outcome(code),
                wireBytes,
                attributes,
                text,
                Trace.NONE);
    }

    /** Whether it is this request, without details. */
    boolean isRequest(HttpMethod of, String ofOperation, long ofWireBytes) {
        return method == of && operation.equals(ofOperation) && wireBytes == ofWireBytes && isPlain();
    }

    /** Whether it is this response, without details. */
    boolean isResponse(int code, long ofWireBytes) {
        return status.equals(StatusCode.text(code)) && wireBytes == ofWireBytes && isPlain();
    }

    private boolean isPlain() {
        return undecidedPath.isEmpty()
                && attributes.length == 0
                && resource.isEmpty()
                && text.isEmpty()
                && trace.isNone();
    }

    /** A request's method; {@link HttpMethod#OTHER} for a response. */
    HttpMethod method() {
        return method;
    }

    boolean isUndecided() {
        return !undecidedPath.isEmpty();
    }

    String undecidedPath() {
        return undecidedPath;
    }

    void decided(String as) {
        operation = as;
        undecidedPath = "";
    }

    @Override
    public String operation() {
        return operation;
    }

    @Override
    public String resource() {
        return resource;
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
    public Trace trace() {
        return trace;
    }

    @Override
    public void attributes(AttributeVisitor visitor) {
        for (Value value : attributes) {
            visitor.attribute(value.of(), value.text());
        }
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public String toString() {
        return (operation.isEmpty() ? status : operation) + " (" + wireBytes + " bytes)";
    }
}
