package io.kyanos.event;

/** How much of a connection the kernel side captures; the codes are the wire's. */
public enum TraceState {
    /** User space has not spoken: the kernel side follows its own rule. */
    UNSET(0),
    FULL(1),
    /** Only the first bytes of each turn. */
    HEADS(2),
    OFF(3);

    private static final TraceState[] BY_CODE = values();

    private final int code;

    TraceState(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The state that the wire calls {@code code}; {@link #UNSET} for a code it does not define. */
    public static TraceState of(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNSET;
    }
}
