package io.kyanos.protocol;

import java.util.Locale;
import java.util.Set;

/**
 * How much of each message is kept in addition to its labels and sizes.
 *
 * @param attributes keep resource and attributes (keys, paths, headers)
 * @param maxTextBytes keep up to so many captured bytes of each message for {@code Message.text()}; 0 keeps none
 * @param maskSecrets replace secrets (Authorization, cookies, AUTH, passwords) in text and attributes
 * @param headers lower-case names of the header fields whose values are kept as attributes {@code header.<name>} by
 *     protocols that have header fields; at most {@link #MAX_HEADERS}, and only together with {@code attributes}
 * @param traces keep the ids by which requests are found in traces, as {@code Message.trace()}
 */
public record Detail(boolean attributes, int maxTextBytes, boolean maskSecrets, Set<String> headers, boolean traces) {

    /** More header fields than these are not kept of one message. */
    public static final int MAX_HEADERS = 32;

    /** Longer names are not asked for. */
    public static final int MAX_HEADER_NAME_LENGTH = 128;

    /** Labels, sizes and outcome only: what metrics need. */
    public static final Detail NONE = new Detail(false, 0, true);

    /** @throws IllegalArgumentException if a number or a name is out of its bounds */
    public Detail {
        if (maxTextBytes < 0) {
            throw new IllegalArgumentException("maxTextBytes: " + maxTextBytes + " (expected: >= 0)");
        }
        headers = Set.copyOf(headers);
        if (headers.size() > MAX_HEADERS) {
            throw new IllegalArgumentException("headers: " + headers.size() + " (expected: <= " + MAX_HEADERS + ")");
        }
        if (!attributes && !headers.isEmpty()) {
            throw new IllegalArgumentException("headers: " + headers + " (expected: none without attributes)");
        }
        for (String header : headers) {
            if (header.isEmpty()
                    || header.length() > MAX_HEADER_NAME_LENGTH
                    || !header.equals(header.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("header: '" + header
                        + "' (expected: a name in lower case of at most " + MAX_HEADER_NAME_LENGTH + " characters)");
            }
        }
    }

    /** Keeps no values of header fields. */
    public Detail(boolean attributes, int maxTextBytes, boolean maskSecrets) {
        this(attributes, maxTextBytes, maskSecrets, Set.of());
    }

    /** Keeps ids of traces only as attributes. */
    public Detail(boolean attributes, int maxTextBytes, boolean maskSecrets, Set<String> headers) {
        this(attributes, maxTextBytes, maskSecrets, headers, false);
    }

    /** The same, and the ids of traces: what exemplars need. */
    public Detail withTraces() {
        return new Detail(attributes, maxTextBytes, maskSecrets, headers, true);
    }

    /** The same, and attributes, with the values of these header fields. */
    public Detail withHeaders(Set<String> lowerCaseNames) {
        return new Detail(attributes || !lowerCaseNames.isEmpty(), maxTextBytes, maskSecrets, lowerCaseNames, traces);
    }

    public boolean text() {
        return maxTextBytes > 0;
    }

    /** Whether messages have {@link io.kyanos.record.Details}. */
    public boolean details() {
        return attributes || text();
    }
}
