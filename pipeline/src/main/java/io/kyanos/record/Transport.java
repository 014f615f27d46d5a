package io.kyanos.record;

/** What carries the bytes of a connection. */
public enum Transport {
    TCP("tcp"),
    UDP("udp"),
    /** A stream socket of the machine itself; its ends have names, or none, instead of addresses. */
    UNIX("unix");

    private final String label;

    Transport(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
