package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The methods that have labels of their own (RFC 9110 section 9.3, RFC 5789); any other token is {@link #OTHER}. */
public enum HttpMethod {
    GET(0),
    HEAD(1),
    POST(2),
    PUT(3),
    DELETE(4),
    CONNECT(5),
    OPTIONS(6),
    TRACE(7),
    PATCH(8),
    OTHER(9);

    /** All but {@link #OTHER}. */
    public static final List<HttpMethod> NAMED = List.of(GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH);

    private final int index;
    // Never written to
    @SuppressWarnings("ImmutableEnumChecker")
    private final byte[] wire = name().getBytes(StandardCharsets.US_ASCII);

    HttpMethod(int index) {
        this.index = index;
    }

    public static HttpMethod of(ByteView view, int from, int to) {
        for (int i = 0; i < NAMED.size(); i++) {
            HttpMethod method = NAMED.get(i);
            if (method.wire.length == to - from && view.startsWith(method.wire, from)) {
                return method;
            }
        }
        return OTHER;
    }

    /** Its place in {@link #NAMED}. */
    public int index() {
        return index;
    }

    public byte[] wire() {
        return wire;
    }

    /** Fit for a metric label. */
    public String label() {
        return this == OTHER ? "other" : name();
    }
}
