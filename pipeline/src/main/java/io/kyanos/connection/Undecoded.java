package io.kyanos.connection;

/** Why a connection that no filter excludes is not read: which protocol it speaks, as far as that is certain. */
public enum Undecoded {
    /** TLS, from its beginning or joined in its middle. */
    TLS("tls"),
    /** An upgrade to WebSocket. */
    WEBSOCKET("websocket"),
    SSH("ssh"),
    /** A UDP socket that speaks no supported protocol. */
    UDP("udp"),
    /** None of the others, on a unix socket: mostly what the processes of one program tell each other. */
    UNIX("unix"),
    /** None of these and none that is supported, up to the bound of inference or the connection's end. */
    UNKNOWN("unknown");

    private final String label;

    Undecoded(String label) {
        this.label = label;
    }

    /** The word used in metrics. */
    public String label() {
        return label;
    }

    /** Of a connection that was handed on, under this name, to an unsupported protocol. */
    static Undecoded handedOnTo(String name) {
        return switch (name) {
            case "tls" -> TLS;
            case "websocket" -> WEBSOCKET;
            default -> UNKNOWN;
        };
    }
}
