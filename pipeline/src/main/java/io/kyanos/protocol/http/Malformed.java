package io.kyanos.protocol.http;

import java.util.Locale;

/**
 * What in a message violates RFC 9112: all values of the attribute {@code malformed}. The message is framed all the
 * same.
 */
enum Malformed {
    /** Blanks too many, or of another kind than one space; control bytes; no blank after a status code. */
    START_LINE,
    /** Neither HTTP/1.0 nor HTTP/1.1. */
    VERSION,
    /** A line that is not a field, or a field with control bytes. */
    HEADER,
    HEADER_TOO_LONG,
    TOO_MANY_HEADERS,
    /** A value that continues on the next line (RFC 9112 section 5.2). */
    FOLD,
    /** The rest of the head is not looked at but for framing. */
    HEAD_TOO_LONG,
    /** Not a length, several, or one alongside a Transfer-Encoding, which overrides it (RFC 9112 section 6.3). */
    CONTENT_LENGTH,
    /** In a request, one that does not end in chunked; or in HTTP/1.0 (RFC 9112 section 6.1). */
    TRANSFER_ENCODING,
    /** A line between chunks. */
    CHUNK;

    private final String word = name().toLowerCase(Locale.ROOT);

    String word() {
        return word;
    }
}
