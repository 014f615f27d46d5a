package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.record.Trace;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one message in the making: what its fields say that details are kept of, in the order of the wire:
 * start line, head, trailers. Safe to show. For details only, never for the hot path; not
 * thread-safe.
 */
final class HttpAttributes implements HttpHead.FieldVisitor {

    private static final String HEADER_PREFIX = "header.";
    private static final String HOST = "host";

    private final Detail detail;
    private final boolean ofRequest;
    private final TraceFields traces = new TraceFields();
    private final List<String> ofLine = new ArrayList<>();
    private final List<String> found = new ArrayList<>();
    private final Set<Malformed> malformed = EnumSet.noneOf(Malformed.class);
    private String host = "";

    HttpAttributes(Detail detail, boolean ofRequest) {
        this.detail = detail;
        this.ofRequest = ofRequest;
    }

    /** What the start line says, which goes before the fields. */
    void addOfLine(String name, String value) {
        ofLine.add(name);
        ofLine.add(value);
    }

    /** The value of the first field {@code Host}; empty if there was none. */
    String host() {
        return host;
    }

    /** Names and values in turn. */
    String[] toArray() {
        List<String> all = new ArrayList<>(ofLine);
        all.addAll(found);
        Trace trace = traces.trace();
        if (!trace.traceId().isEmpty()) {
            all.addAll(List.of("trace_id", trace.traceId()));
        }
        if (!trace.spanId().isEmpty()) {
            all.addAll(List.of("span_id", trace.spanId()));
        }
        for (Malformed what : malformed) {
            all.add("malformed");
            all.add(what.word());
        }
        return all.toArray(HttpMessage.NO_ATTRIBUTES);
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
        String known = attributeOf(name);
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
            add(HEADER_PREFIX + name, detail.maskSecrets() ? Secrets.maskedField(name, value) : value);
        }
    }

    private void add(String name, String value) {
        found.add(name);
        found.add(value);
    }

    private @Nullable String attributeOf(String name) {
        return switch (name) {
            case "host" -> ofRequest ? HOST : null;
            case "user-agent" -> ofRequest ? "user_agent" : null;
            case "content-type" -> "content_type";
            case "content-encoding" -> "content_encoding";
            case "upgrade" -> "upgrade";
            case "x-request-id" -> "request_id";
            case "x-correlation-id" -> "correlation_id";
            case "x-amzn-trace-id" -> "amzn_trace_id";
            case "x-b3-traceid" -> "b3_trace_id";
            case "x-b3-spanid" -> "b3_span_id";
            case "b3" -> "b3";
            case "traceparent" -> "traceparent";
            default -> null;
        };
    }

    private void addKnown(String known, String value) {
        if (known.equals(HOST)) {
            host = host.isEmpty() ? value : host;
            return;
        }
        add(known, value);
    }

    private boolean has(String name) {
        for (int i = 0; i < found.size(); i += 2) {
            if (found.get(i).equals(name)) {
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
