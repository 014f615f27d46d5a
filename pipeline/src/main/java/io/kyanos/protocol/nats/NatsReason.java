package io.kyanos.protocol.nats;

import java.util.Set;

/** Why bytes are not NATS at their place: metric labels. */
final class NatsReason {

    static final String OPERATION = "operation";
    static final String ARGUMENTS = "arguments";
    static final String SIZE = "size";
    static final String LINE_TOO_LONG = "line_too_long";
    static final String PAYLOAD_END = "payload_end";
    static final String CUT_SHORT = "cut_short";

    /** Those of bytes that are counted. What is cut short is counted as why it was. */
    static final Set<String> ALL = Set.of(OPERATION, ARGUMENTS, SIZE, LINE_TOO_LONG, PAYLOAD_END);

    private NatsReason() {}

    static String of(NatsLine.Verdict verdict) {
        return switch (verdict) {
            case OPERATION -> OPERATION;
            case ARGUMENTS -> ARGUMENTS;
            case SIZE -> SIZE;
            case TOO_LONG -> LINE_TOO_LONG;
            case WHOLE, PARTLY -> throw new IllegalArgumentException(verdict + ": no reason");
        };
    }
}
