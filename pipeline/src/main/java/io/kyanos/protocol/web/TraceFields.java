package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;
import io.kyanos.record.Trace;

/**
 * The fields of the head in hand by which its request is found in traces and logs. Of those that name a trace {@code traceparent}
 * counts most, then {@code b3}, then {@code X-B3-TraceId}; of a field that comes again, the first. Values that are not
 * well-formed say nothing. Reused; not thread-safe.
 */
public final class TraceFields {

    private static final String[] NAMES = {"traceparent", "b3", "x-b3-traceid", "x-b3-spanid", "x-request-id"};

    /** Longer values are none of these. */
    private static final int MAX_VALUE_BYTES = 256;

    /** https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags. */
    private static final int TRACE_ID_AT = "00-".length();

    private static final int TRACE_ID_END = TRACE_ID_AT + 32;
    private static final int PARENT_ID_AT = TRACE_ID_END + 1;
    private static final int PARENT_ID_END = PARENT_ID_AT + 16;
    private static final int TRACEPARENT_LENGTH = PARENT_ID_END + "-01".length();

    private String parentTrace = "";
    private String parentSpan = "";
    private String b3Trace = "";
    private String b3Span = "";
    private String trace = "";
    private String span = "";
    private String request = "";

    public void forget() {
        parentTrace = "";
        parentSpan = "";
        b3Trace = "";
        b3Span = "";
        trace = "";
        span = "";
        request = "";
    }

    /** The ids of the fields so far. */
    public Trace trace() {
        String traceId = !parentTrace.isEmpty() ? parentTrace : !b3Trace.isEmpty() ? b3Trace : trace;
        String spanId = !parentTrace.isEmpty() ? parentSpan : !b3Trace.isEmpty() ? b3Span : trace.isEmpty() ? "" : span;
        return traceId.isEmpty() && request.isEmpty() ? Trace.NONE : new Trace(traceId, spanId, request);
    }

    /** Takes a field of the wire, if it is one of these. */
    public void field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo) {
        if (valueTo - valueFrom > MAX_VALUE_BYTES) {
            return;
        }
        switch (nameEnd - from) {
            case 2, 11, 12 -> {
                String name = nameOf(view, from, nameEnd);
                if (!name.isEmpty()) {
                    field(name, view.latin1(valueFrom, valueTo));
                }
            }
            default -> {
                // none of them
            }
        }
    }

    private static String nameOf(ByteView view, int from, int nameEnd) {
        for (String name : NAMES) {
            if (name.length() == nameEnd - from && Octets.equalsIgnoringCase(view, from, nameEnd, name)) {
                return name;
            }
        }
        return "";
    }

    /** Takes a field. {@code name}: in lower case. */
    public void field(String name, String value) {
        switch (name) {
            case "traceparent" -> readTraceparent(value);
            case "b3" -> readB3(value);
            case "x-b3-traceid" -> trace = trace.isEmpty() && Trace.isTraceId(value) ? value : trace;
            case "x-b3-spanid" -> span = span.isEmpty() && Trace.isSpanId(value) ? value : span;
            case "x-request-id" -> request = request.isEmpty() && Trace.isRequestId(value) ? value : request;
            default -> {
                // none of them
            }
        }
    }

    /** https://github.com/openzipkin/b3-propagation#single-header: trace id, span id, and perhaps two more. */
    private void readB3(String value) {
        String[] parts = value.split("-", -1);
        boolean hasIds =
                parts.length >= 2 && parts.length <= 4 && Trace.isTraceId(parts[0]) && Trace.isSpanId(parts[1]);
        boolean isSampling = parts.length < 3 || parts[2].equals("0") || parts[2].equals("1") || parts[2].equals("d");
        boolean hasParent = parts.length < 4 || Trace.isSpanId(parts[3]);
        if (b3Trace.isEmpty() && hasIds && isSampling && hasParent) {
            b3Trace = parts[0];
            b3Span = parts[1];
        }
    }

    /** Lower-case hexadecimal digits, neither id all zeros, version not ff; later versions may say more after the flags. */
    private void readTraceparent(String value) {
        int length = value.length();
        if (length < TRACEPARENT_LENGTH || value.startsWith("ff") || !parentTrace.isEmpty()) {
            return;
        }
        boolean first = value.startsWith("00");
        if (length > TRACEPARENT_LENGTH && (first || value.charAt(TRACEPARENT_LENGTH) != '-')) {
            return;
        }
        boolean isDivided = value.charAt(TRACE_ID_AT - 1) == '-'
                && value.charAt(TRACE_ID_END) == '-'
                && value.charAt(PARENT_ID_END) == '-';
        String traceId = value.substring(TRACE_ID_AT, TRACE_ID_END);
        String parentId = value.substring(PARENT_ID_AT, PARENT_ID_END);
        if (isDivided
                && isHex(value, 0)
                && isHex(value, TRACEPARENT_LENGTH - 2)
                && Trace.isTraceId(traceId)
                && Trace.isSpanId(parentId)) {
            parentTrace = traceId;
            parentSpan = parentId;
        }
    }

    /** Two digits. */
    private static boolean isHex(String value, int at) {
        for (int i = at; i < at + 2; i++) {
            char c = value.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return true;
    }
}
