package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.record.Attribute;
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

    /** https://www.w3.org/TR/trace-context/#traceparent-header: version, trace id, parent id, flags. */
    private static final int TRACE_ID_OFFSET = "00-".length();

    private static final int TRACE_ID_LENGTH = 32;
    private static final int TRACEPARENT_LENGTH = "00-".length() + TRACE_ID_LENGTH + "-0123456789abcdef-01".length();

    private final Detail detail;
    private final boolean ofRequest;
    private final List<HttpMessage.Value> ofLine = new ArrayList<>();
    private final List<HttpMessage.Value> found = new ArrayList<>();
    private final Set<Malformed> malformed = EnumSet.noneOf(Malformed.class);
    private String host = "";

    HttpAttributes(Detail detail, boolean ofRequest) {
        this.detail = detail;
        this.ofRequest = ofRequest;
    }

    /** What the start line says, which goes before the fields. */
    void addOfLine(Attribute of, String value) {
        ofLine.add(new HttpMessage.Value(of, value));
    }

    /** The value of the first field {@code Host}; empty if there was none. */
    String host() {
        return host;
    }

    HttpMessage.Value[] toArray() {
        List<HttpMessage.Value> all = new ArrayList<>(ofLine);
        all.addAll(found);
        for (Malformed what : malformed) {
            all.add(new HttpMessage.Value(HttpAttribute.MALFORMED, what.word()));
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
        Attribute known = attributeOf(name);
        boolean wanted = detail.headers().contains(name);
        if (known == null && !wanted) {
            return;
        }
        String value = SafeText.line(unfolded(view.utf8(valueFrom, valueTo)));
        if (known != null && !has(known)) {
            addKnown(known, value);
        }
        if (wanted) {
            add(HttpAttribute.HEADER.member(name), detail.maskSecrets() ? Secrets.maskedField(name, value) : value);
        }
    }

    private void add(Attribute of, String value) {
        found.add(new HttpMessage.Value(of, value));
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
        if (known.equals(HttpAttribute.TRACEPARENT) && isTraceparent(value)) {
            add(HttpAttribute.TRACE_ID, value.substring(TRACE_ID_OFFSET, TRACE_ID_OFFSET + TRACE_ID_LENGTH));
        }
    }

    private boolean has(Attribute attribute) {
        for (int i = 0; i < found.size(); i++) {
            if (found.get(i).of().equals(attribute)) {
                return true;
            }
        }
        return false;
    }

    /** Lower-case hexadecimal digits, neither id all zeros, version not ff; later versions may say more after the flags. */
    private static boolean isTraceparent(String value) {
        int length = value.length();
        if (length < TRACEPARENT_LENGTH || value.startsWith("ff")) {
            return false;
        }
        boolean first = value.startsWith("00");
        if (length > TRACEPARENT_LENGTH && (first || value.charAt(TRACEPARENT_LENGTH) != '-')) {
            return false;
        }
        int parentAt = TRACE_ID_OFFSET + TRACE_ID_LENGTH + 1;
        for (int i = 0; i < TRACEPARENT_LENGTH; i++) {
            char c = value.charAt(i);
            boolean dash = i == TRACE_ID_OFFSET - 1 || i == parentAt - 1 || i == TRACEPARENT_LENGTH - 3;
            if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                return false;
            }
        }
        return !isZero(value, TRACE_ID_OFFSET, parentAt - 1) && !isZero(value, parentAt, TRACEPARENT_LENGTH - 3);
    }

    private static boolean isZero(String value, int from, int to) {
        for (int i = from; i < to; i++) {
            if (value.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }

    /** RFC 9112 section 5.2: a fold, with the blanks around it, means one space. */
    private static String unfolded(String value) {
        return value.indexOf('\n') < 0 ? value : value.replaceAll("[ \\t]*\\r?\\n[ \\t]+", " ");
    }
}
