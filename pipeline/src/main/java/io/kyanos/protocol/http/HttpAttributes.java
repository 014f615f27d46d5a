package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.web.Secrets;
import io.kyanos.protocol.web.TraceFields;
import io.kyanos.record.Attribute;
import io.kyanos.record.Details;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Trace;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one message in the making: what is kept of its fields, in the order of the wire: start line, head,
 * trailers. Safe to show. For details only, never for the hot path; not thread-safe.
 */
final class HttpAttributes implements HttpHead.FieldVisitor {

    private final Detail detail;
    private final boolean ofRequest;
    private final TraceFields traces = new TraceFields();
    private final List<Value> ofLine = new ArrayList<>();
    private final List<Value> found = new ArrayList<>();
    private final Set<Malformed> malformed = EnumSet.noneOf(Malformed.class);
    private String host = "";

    HttpAttributes(Detail detail, boolean ofRequest) {
        this.detail = detail;
        this.ofRequest = ofRequest;
    }

    /** What the start line says, which goes before the fields. */
    void addOfLine(Attribute of, String value) {
        ofLine.add(new Value(of, value));
    }

    /** The value of the first field {@code Host}; empty if there was none. */
    String host() {
        return host;
    }

    /** What is kept of a message whose attributes and text are these; null of what was not asked for. */
    static Details details(String resource, @Nullable HttpAttributes attributes, @Nullable MessageText text) {
        return new Details(
                resource, attributes == null ? List.of() : attributes.toList(), text == null ? "" : text.text());
    }

    private List<Value> toList() {
        List<Value> all = new ArrayList<>(ofLine);
        all.addAll(found);
        Trace trace = traces.trace();
        if (!trace.traceId().isEmpty()) {
            all.add(new Value(HttpAttribute.TRACE_ID, trace.traceId()));
        }
        if (!trace.spanId().isEmpty()) {
            all.add(new Value(HttpAttribute.SPAN_ID, trace.spanId()));
        }
        for (Malformed what : malformed) {
            all.add(new Value(HttpAttribute.MALFORMED, what.word()));
        }
        return all;
    }

    @Override
    public void malformed(Malformed what) {
        malformed.add(what);
    }

    @Override
    public void field(ByteView view, int from, int nameEnd, int valueFrom, int valueTo) {
        if (nameEnd - from > Detail.MAX_HEADER_NAME_LENGTH) {
            return;
        }
        String name = view.latin1(from, nameEnd).toLowerCase(Locale.ROOT);
        Attribute known = attributeOf(name);
        boolean wanted = detail.headers().contains(name);
        if (known == null && !wanted) {
            return;
        }
        String value = SafeText.line(unfolded(view.utf8(valueFrom, valueTo)));
        traces.field(name, value);
        if (known != null && !has(known)) {
            addKnown(known, value);
        }
        if (wanted) {
            add(HttpAttribute.HEADER.member(name), detail.maskSecrets() ? Secrets.maskedField(name, value) : value);
        }
    }

    private void add(Attribute of, String value) {
        found.add(new Value(of, value));
    }

    private @Nullable Attribute attributeOf(String name) {
        return switch (name) {
            case "host" -> ofRequest ? HttpAttribute.HOST : null;
            case "user-agent" -> ofRequest ? HttpAttribute.USER_AGENT : null;
            case "content-type" -> HttpAttribute.CONTENT_TYPE;
            case "content-encoding" -> HttpAttribute.CONTENT_ENCODING;
            case "upgrade" -> HttpAttribute.UPGRADE;
            case "x-request-id" -> HttpAttribute.REQUEST_ID;
            case "x-correlation-id" -> HttpAttribute.CORRELATION_ID;
            case "x-amzn-trace-id" -> HttpAttribute.AMZN_TRACE_ID;
            case "x-b3-traceid" -> HttpAttribute.B3_TRACE_ID;
            case "x-b3-spanid" -> HttpAttribute.B3_SPAN_ID;
            case "b3" -> HttpAttribute.B3;
            case "traceparent" -> HttpAttribute.TRACEPARENT;
            default -> null;
        };
    }

    private void addKnown(Attribute known, String value) {
        if (known.equals(HttpAttribute.HOST)) {
            host = host.isEmpty() ? value : host;
            return;
        }
        add(known, value);
    }

    private boolean has(Attribute attribute) {
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i).of().equals(attribute)) {
                return true;
            }
        }
        return false;
    }

    /** RFC 9112 section 5.2: a fold, with the blanks around it, means one space. */
    private static String unfolded(String value) {
        return value.indexOf('\n') < 0 ? value : value.replaceAll("[ \\t]*\\r?\\n[ \\t]+", " ");
    }
}
