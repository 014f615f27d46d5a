package io.kyanos.protocol.nats;

import io.kyanos.protocol.Descriptor.InvalidReason;
import java.util.List;

/** Why bytes are not NATS at their place: metric labels. */
final class NatsReason {

    static final String OPERATION = "operation";
    static final String ARGUMENTS = "arguments";
    static final String SIZE = "size";
    static final String LINE_TOO_LONG = "line_too_long";
    static final String PAYLOAD_END = "payload_end";

    /** What is cut short is counted as why it was. */
    static final String CUT_SHORT = "cut_short";

    static final List<InvalidReason> ALL = List.of(
            new InvalidReason(OPERATION, "A line begins with no operation that its side may send."),
            new InvalidReason(ARGUMENTS, "A line has too few arguments, or too many."),
            new InvalidReason(
                    SIZE, "The size of a payload is no number, is too large, or less than that of its headers."),
            new InvalidReason(LINE_TOO_LONG, "A line has no end."),
            new InvalidReason(PAYLOAD_END, "No line end stands behind a payload."));

    private NatsReason() {}
}
