package io.kyanos.event;

/** Which way bytes go, seen from the process that holds the socket. */
public enum Direction {
    EGRESS,
    INGRESS;

    private static final Direction[] BY_CODE = values();

    /** The direction that the wire calls {@code code}; anything but 0 is ingress. */
    public static Direction of(int code) {
        return code == 0 ? EGRESS : BY_CODE[1];
    }

    /** What the wire calls it. */
    public int code() {
        return this == EGRESS ? 0 : 1;
    }

    public Direction opposite() {
        return this == EGRESS ? INGRESS : EGRESS;
    }
}
