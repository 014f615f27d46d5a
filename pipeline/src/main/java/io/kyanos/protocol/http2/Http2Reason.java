package io.kyanos.protocol.http2;

import io.kyanos.protocol.Descriptor.InvalidReason;
import java.util.List;

/** Why bytes are not HTTP/2 at their place: metric labels. */
final class Http2Reason {

    static final String PREFACE = "preface";
    static final String FRAME = "frame";
    static final String FRAME_SIZE = "frame_size";
    static final String CONTINUATION = "continuation";
    static final String PADDING = "padding";
    static final String FIELDS = "fields";

    /** What is cut short is counted as why it was. */
    static final String CUT_SHORT = "cut_short";

    static final List<InvalidReason> ALL = List.of(
            new InvalidReason(PREFACE, "A client begins with something else than the preface."),
            new InvalidReason(
                    FRAME,
                    "A frame is on a stream, or of a length, that its type cannot have, or is not the one that a server begins with."),
            new InvalidReason(FRAME_SIZE, "A frame is longer than the other side has allowed."),
            new InvalidReason(CONTINUATION, "A header block is interrupted, or continued where none has begun."),
            new InvalidReason(PADDING, "A frame has more padding than bytes."),
            new InvalidReason(FIELDS, "A header block is not well-formed."));

    private Http2Reason() {}
}
