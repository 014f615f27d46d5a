package io.kyanos.protocol.http;

/** Why bytes are not HTTP/1 at their place: metric labels, and so the whole set of them. */
final class Reason {

    static final String START_LINE = "start_line";
    static final String HEAD_TOO_LONG = "head_too_long";
    static final String CHUNK = "chunk";
    static final String TRAILERS = "trailers";
    static final String CUT_SHORT = "cut_short";

    private Reason() {}
}
