package io.kyanos.protocol.http;

import io.kyanos.protocol.Descriptor.InvalidReason;
import java.util.List;

/** Why bytes are not HTTP/1 at their place: metric labels. */
final class Reason {

    static final String START_LINE = "start_line";
    static final String HEAD_TOO_LONG = "head_too_long";
    static final String CHUNK = "chunk";
    static final String TRAILERS = "trailers";
    static final String CUT_SHORT = "cut_short";

    /** Those of bytes that are counted. What is cut short is counted as why it was cut. */
    static final List<InvalidReason> ALL = List.of(
            new InvalidReason(START_LINE, "Neither a request line nor a status line."),
            new InvalidReason(HEAD_TOO_LONG, "A head beyond 64 KiB, or more fields than are read."),
            new InvalidReason(CHUNK, "Not the head or the end of a chunk."),
            new InvalidReason(TRAILERS, "What follows the last chunk is not a trailer."));

    private Reason() {}
}
