package io.kyanos.protocol.http;

import java.util.Set;

/** Why bytes are not HTTP/1 at their place: metric labels. */
final class Reason {

    static final String START_LINE = "start_line";
    static final String HEAD_TOO_LONG = "head_too_long";
    static final String CHUNK = "chunk";
    static final String TRAILERS = "trailers";
    static final String CUT_SHORT = "cut_short";

    /** Those of bytes that are counted. What is cut short is counted as why it was cut. */
    static final Set<String> ALL = Set.of(START_LINE, HEAD_TOO_LONG, CHUNK, TRAILERS);

    private Reason() {}
}
